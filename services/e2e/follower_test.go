package e2e_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/client"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// The states and kinds of failure that scenarios wait for.
const (
	ok      = backmonv1.State_STATE_OK
	late    = backmonv1.State_STATE_LATE
	missing = backmonv1.State_STATE_MISSING
	unknown = backmonv1.State_STATE_UNKNOWN
	ended   = backmonv1.State_STATE_UNSPECIFIED // no status is there
)

// follower watches all statuses from outside, as a bot does.
type follower struct {
	mu     sync.Mutex
	series map[string]client.Event
	disks  map[string]client.Event
	events []client.Event
	bell   bell
	err    error
}

// follow watches until the test ends.
func follow(t *testing.T, url string) *follower {
	t.Helper()
	c, err := client.Connect(t.Context(), url, client.Options{Name: "follower"})
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{series: map[string]client.Event{}, disks: map[string]client.Event{}, bell: newBell()}
	left := make(chan struct{})
	go func() {
		defer close(left)
		for event, err := range c.Watch(t.Context(), client.Filter{}) {
			f.see(event, err)
		}
	}()
	t.Cleanup(func() {
		<-left
		_ = c.Close()
	})
	return f
}

func (f *follower) see(event client.Event, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.bell.rung()
	if err != nil {
		f.err = err
		return
	}
	f.events = append(f.events, event)
	switch {
	case event.Backup != nil:
		keep(f.series, seriesName(event.Backup.GetSeries()), event)
	case event.Disk != nil:
		keep(f.disks, event.Disk.GetEnvironment()+" "+event.Disk.GetDisk(), event)
	case event.Kind == client.Reset:
		clear(f.series)
		clear(f.disks)
	}
}

func keep(last map[string]client.Event, name string, event client.Event) {
	if event.Gone {
		delete(last, name)
	} else {
		last[name] = event
	}
}

// seriesName is how scenarios name a series: "environment disk group".
func seriesName(id *backmonv1.SeriesId) string {
	return fmt.Sprintf("%s %s %s", id.GetEnvironment(), id.GetDisk(), id.GetGroup())
}

// until waits for something to hold of the last statuses. It is asked after each
// change, with the follower locked.
func (f *follower) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		f.mu.Lock()
		done, err, ring, now := holds(), f.err, f.bell.ring, f.describe()
		f.mu.Unlock()
		if done {
			return
		}
		if err != nil {
			t.Fatalf("wait for %s: %v", what, err)
		}
		select {
		case <-ring:
		case <-deadline:
			t.Fatalf("waited %v for %s; now:\n%s", patience, what, now)
		}
	}
}

func (f *follower) describe() string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.series)) {
		fmt.Fprintln(&text, name, f.series[name].Backup.GetState(), f.series[name].Backup.GetReasons())
	}
	for _, name := range slices.Sorted(maps.Keys(f.disks)) {
		d := f.disks[name].Disk
		fmt.Fprintln(&text, "disk", name, d.GetErrorKind(), d.GetError(), "evaluated", d.GetEvaluatedAt().AsTime())
	}
	return text.String()
}

// state waits until a series has a state, and returns its status. The state
// ended stands for a series without a status.
func (f *follower) state(t *testing.T, name string, want backmonv1.State) client.Event {
	t.Helper()
	var event client.Event
	f.until(t, fmt.Sprintf("%q to be %s", name, want), func() bool {
		event = f.series[name]
		return event.Backup.GetState() == want
	})
	return event
}

// failure waits until a disk's evaluation has ended so, and returns its status.
func (f *follower) failure(t *testing.T, name string, want backmonv1.ErrorKind) client.Event {
	t.Helper()
	var event client.Event
	f.until(t, fmt.Sprintf("disk %q to report %s", name, want), func() bool {
		event = f.disks[name]
		return event.Disk != nil && event.Disk.GetErrorKind() == want
	})
	return event
}

// evaluations is how often a disk was evaluated since an event.
func (f *follower) evaluations(name string, since uint64) (count int) {
	for _, event := range f.events {
		if event.Kind == client.Disk && event.Sequence > since && event.Disk.GetEnvironment()+" "+event.Disk.GetDisk() == name {
			count++
		}
	}
	return count
}

// undisturbed waits for some evaluations of a disk, and fails the test when one
// since the event failed or when its series left their state.
func (f *follower) undisturbed(t *testing.T, disk string, since uint64, evaluations int) {
	t.Helper()
	f.until(t, fmt.Sprintf("%d evaluations of disk %q", evaluations, disk), func() bool {
		return f.evaluations(disk, since) >= evaluations
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, event := range f.events {
		if event.Sequence <= since {
			continue
		}
		if d := event.Disk; d != nil && d.GetEnvironment()+" "+d.GetDisk() == disk && d.GetError() != "" {
			t.Errorf("disk %q was disturbed: %s", disk, d.GetError())
		}
		if b := event.Backup; b != nil && strings.HasPrefix(seriesName(b.GetSeries()), disk+" ") && b.GetState() != ok {
			t.Errorf("series %q was disturbed: %v", seriesName(b.GetSeries()), b.GetReasons())
		}
	}
}

// last is the sequence of the newest event.
func (f *follower) last() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	var last uint64
	for _, event := range f.events {
		last = max(last, event.Sequence)
	}
	return last
}

// countEvaluations is evaluations for those who don't hold the lock.
func (f *follower) countEvaluations(name string, since uint64) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.evaluations(name, since)
}
