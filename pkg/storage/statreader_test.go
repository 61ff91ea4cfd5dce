package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// memoryDisk holds .stat files; reads can fail or wait.
type memoryDisk struct {
	Disk
	files map[string]string
	fail  map[string]error
	gate  chan struct{} // closed when reads may go on; nil: at once

	mu          sync.Mutex
	reads       int
	now, utmost int
	arrived     chan struct{} // one for each read that has begun, if not nil
}

func (d *memoryDisk) Read(ctx context.Context, key string, _ int64) (Object, error) {
	d.enter()
	defer d.leave()
	if d.gate != nil {
		select {
		case <-d.gate:
		case <-ctx.Done():
			return Object{}, ctx.Err()
		}
	}
	if err := d.fail[key]; err != nil {
		return Object{}, err
	}
	content, found := d.files[key]
	if !found {
		return Object{}, ErrNotFound
	}
	return Object{Data: []byte(content)}, nil
}

func (d *memoryDisk) enter() {
	d.mu.Lock()
	d.reads++
	d.now++
	d.utmost = max(d.utmost, d.now)
	d.mu.Unlock()
	if d.arrived != nil {
		d.arrived <- struct{}{}
	}
}

func (d *memoryDisk) leave() {
	d.mu.Lock()
	d.now--
	d.mu.Unlock()
}

func pendingOf(keys ...string) []*Pending {
	var pending []*Pending
	for _, key := range keys {
		pending = append(pending, &Pending{Key: key, Ref: StatRef{Found: true, ETag: "1"}})
	}
	return pending
}

func fill(t *testing.T, reader *StatReader, disk Disk, pending []*Pending) StatReport {
	t.Helper()
	report, err := reader.Fill(context.Background(), "env/disk", disk, pending)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestStatReaderFillsAndReportsProblems(t *testing.T) {
	disk := &memoryDisk{
		files: map[string]string{"good.stat": "born_at: 7", "broken.stat": "born_at: ["},
		fail:  map[string]error{"large.stat": ErrTooLarge},
	}
	pending := append(pendingOf("good", "broken", "gone", "large"), &Pending{Key: "without"})
	report := fill(t, NewStatReader(2, 10), disk, pending)
	if pending[0].Stat.BornAt.Unix() != 7 {
		t.Errorf("good: got %+v", pending[0].Stat)
	}
	if report.Requests != 4 || report.Problems.Total != 3 || disk.reads != 4 {
		t.Errorf("got %+v, %d reads; want 4 requests and 3 problems", report, disk.reads)
	}
}

func TestStatReaderRemembersVersions(t *testing.T) {
	disk := &memoryDisk{files: map[string]string{"a.stat": "born_at: 7", "b.stat": "["}}
	reader := NewStatReader(2, 10)
	first := fill(t, reader, disk, pendingOf("a", "b", "gone"))

	again := pendingOf("a", "b", "gone")
	second := fill(t, reader, disk, again)
	if first.Requests != 3 || second.Requests != 1 || second.Problems.Total != 2 || again[0].Stat.BornAt.Unix() != 7 {
		t.Errorf("got %+v, then %+v; want only the vanished one again", first, second)
	}
	changes := map[string]StatRef{
		"ETag": {Found: true, ETag: "2"}, "size": {Found: true, ETag: "1", Size: 1},
		"time": {Found: true, ETag: "1", ModifiedAt: time.Unix(1, 0)},
	}
	for name, ref := range changes {
		if report := fill(t, reader, disk, []*Pending{{Key: "a", Ref: ref}}); report.Requests != 1 {
			t.Errorf("a new %s made %d requests, want 1", name, report.Requests)
		}
	}
	report, err := reader.Fill(context.Background(), "other/disk", disk, pendingOf("a"))
	if err != nil || report.Requests != 1 {
		t.Errorf("another environment's disk of that name: %+v, %v; want a request of its own", report, err)
	}
}

func TestStatReaderFailsAsAWhole(t *testing.T) {
	for name, cause := range map[string]error{
		"access denied": ErrAccessDenied, "slow down": ErrSlowDown, "time-out": ErrTimeout,
		"network": errors.New("connection reset"), "cut": ErrIncomplete,
	} {
		t.Run(name, func(t *testing.T) {
			disk := &memoryDisk{files: map[string]string{"a.stat": "born_at: 7"}, fail: map[string]error{"b.stat": cause}}
			_, err := NewStatReader(2, 10).Fill(context.Background(), "env/disk", disk, pendingOf("a", "b", "a", "a"))
			if !errors.Is(err, cause) || !strings.Contains(err.Error(), `"b"`) {
				t.Errorf("got %v, want %v of \"b\"", err, cause)
			}
		})
	}
}

func TestStatReaderStopsWithItsContext(t *testing.T) {
	disk := &memoryDisk{gate: make(chan struct{}), arrived: make(chan struct{}, 100)}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-disk.arrived
		cancel()
	}()
	_, err := NewStatReader(1, 10).Fill(ctx, "env/disk", disk, pendingOf("a", "b", "c"))
	if !errors.Is(err, context.Canceled) || disk.reads != 1 {
		t.Errorf("got %v after %d reads, want context.Canceled after one", err, disk.reads)
	}
}

func TestStatReaderBoundsItsConcurrency(t *testing.T) {
	const concurrency = 4
	disk := &memoryDisk{gate: make(chan struct{}), arrived: make(chan struct{}, 100)}
	go func() {
		for range concurrency {
			<-disk.arrived // all of them are under way before the first may end
		}
		close(disk.gate)
	}()
	var keys []string
	for i := range 50 {
		keys = append(keys, fmt.Sprint(i))
	}
	fill(t, NewStatReader(concurrency, 10), disk, pendingOf(keys...))
	if disk.utmost != concurrency || disk.reads != 50 {
		t.Errorf("at most %d of %d reads at once, want %d of 50", disk.utmost, disk.reads, concurrency)
	}
}

func TestLRUForgetsTheOneUsedLongestAgo(t *testing.T) {
	cache := newLRU[string, int](2)
	cache.put("a", 1)
	cache.put("b", 2)
	cache.find("a")
	cache.put("c", 3)
	cache.put("a", 4)
	_, foundB := cache.find("b")
	a, foundA := cache.find("a")
	if _, foundC := cache.find("c"); foundB || !foundA || a != 4 || !foundC || len(cache.items) != cache.order.Len() {
		t.Errorf("a %d %t, b %t, c %t; want a renewed and b forgotten", a, foundA, foundB, foundC)
	}
}

func TestNewStatReaderHasDefaults(t *testing.T) {
	reader := NewStatReader(0, -1)
	if cap(reader.slots) != DefaultStatConcurrency || reader.cache.limit != DefaultStatCache {
		t.Errorf("got %d at once, %d remembered", cap(reader.slots), reader.cache.limit)
	}
}
