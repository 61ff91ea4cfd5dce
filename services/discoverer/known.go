package discoverer

import (
	"slices"
	"sync"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// diskID names a disk among all environments.
type diskID struct{ environment, disk string }

// known is what the status stream says of the disks: which exist, when each was
// last evaluated and when its next deadline passes. It may be used concurrently.
type known struct {
	mu    sync.Mutex
	disks map[diskID]*watched
	// changed is signalled when a deadline may have come nearer.
	changed chan struct{}
}

// watched is one disk that has a status.
type watched struct {
	evaluatedAt time.Time
	deadline    time.Time // zero: none
	askedAt     time.Time // when its deadline's evaluation was last asked for
}

func newKnown() *known {
	return &known{disks: map[diskID]*watched{}, changed: make(chan struct{}, 1)}
}

// set takes in a disk's status.
func (k *known) set(m *backmonv1.DiskStatus) {
	id := diskID{m.GetEnvironment(), m.GetDisk()}
	k.mu.Lock()
	defer k.mu.Unlock()
	if m.GetGone() {
		delete(k.disks, id)
		return
	}
	w := &watched{evaluatedAt: m.GetEvaluatedAt().AsTime()}
	if d := m.GetNextDeadline(); d != nil {
		w.deadline = d.AsTime()
	}
	k.disks[id] = w
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// forget empties what is known; the stream tells it anew.
func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.disks)
}

// of lists the known disks of an environment, sorted.
func (k *known) of(environment string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var names []string
	for id := range k.disks {
		if id.environment == environment {
			names = append(names, id.disk)
		}
	}
	slices.Sort(names)
	return names
}

// environments lists the environments that have a known disk, sorted.
func (k *known) environments() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var names []string
	for id := range k.disks {
		names = append(names, id.environment)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// overdue is a disk whose deadline has passed without an evaluation after it.
type overdue struct {
	diskID
	deadline, evaluatedAt time.Time
}

// due returns the disks to ask for now, each at most once per retry, and how long
// to wait until the next one.
func (k *known) due(now time.Time, retry time.Duration) (list []overdue, wait time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	wait = time.Hour
	for id, w := range k.disks {
		if w.deadline.IsZero() || !w.evaluatedAt.Before(w.deadline) {
			continue
		}
		at := w.deadline
		if next := w.askedAt.Add(retry); !w.askedAt.IsZero() && next.After(at) {
			at = next
		}
		if left := at.Sub(now); left > 0 {
			wait = min(wait, left)
			continue
		}
		w.askedAt = now
		wait = min(wait, retry)
		list = append(list, overdue{diskID: id, deadline: w.deadline, evaluatedAt: w.evaluatedAt})
	}
	return list, wait
}
