package notifier

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
)

// view is what this process has heard of the records in NATS. It may be a little
// old: it says when to look, and what is written is checked against the leader.
type view struct {
	groupBy []string

	mu        sync.Mutex
	incidents map[incident.Subject]known[incident.Incident]
	keys      map[string]incident.Subject // of their records
	silences  map[string]incident.Silence // by the keys of their records
	// removed are the silences that were taken back of late.
	removed []known[incident.Silence]
	// buckets hold what belongs together, as long as there is something of it.
	buckets map[string]*bucket
	// groups names the bucket and the receiver of each group by the key of its record.
	groups map[string]groupRef
	// dirty are the buckets that something changed in.
	dirty map[string]bool
	// replayed counts what was heard to its end at least once since a reset.
	replayed map[source]bool
	// edges is when silences were last looked at for having begun or ended.
	edges time.Time
	// changed wakes the planner, complete those who wait for the replay.
	changed  chan struct{}
	complete chan struct{}
}

// known is a value, its place among its successors, and when it was heard of.
type known[T any] struct {
	value    T
	revision uint64
	heard    time.Time
	// learned is when the value's content was heard of while it was new; zero for
	// what was there before this process was.
	learned time.Time
}

// groupRef names a receiver's group.
type groupRef struct{ receiver, bucket string }

// source is one of the three kinds of record.
type source int

const (
	fromIncidents source = iota
	fromGroups
	fromSilences
	sources
)

func newView(groupBy []string) *view {
	return &view{
		groupBy: groupBy, incidents: map[incident.Subject]known[incident.Incident]{}, keys: map[string]incident.Subject{}, groups: map[string]groupRef{},
		silences: map[string]incident.Silence{}, buckets: map[string]*bucket{}, dirty: map[string]bool{}, replayed: map[source]bool{},
		changed: make(chan struct{}, 1), complete: make(chan struct{}),
	}
}

// setIncident takes in an incident, if it is newer than what is known.
func (v *view) setIncident(i incident.Incident, revision uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	old, ok := v.incidents[i.Subject]
	if ok && old.revision >= revision {
		return
	}
	now := known[incident.Incident]{value: i, revision: revision, heard: time.Now()}
	switch {
	case ok && old.value.Content() == i.Content() && old.value.Open() == i.Open():
		now.learned = old.learned
	case v.replayed[fromIncidents]:
		now.learned = now.heard
	}
	v.incidents[i.Subject] = now
	v.keys[bus.IncidentKey(wire.SeriesID(i.Subject))] = i.Subject
	id, b := v.bucketOf(v.byOf(i))
	if ok {
		if before := bucketID(v.byOf(old.value)); before != id {
			v.move(before, i.Subject)
		}
	}
	b.subjects[i.Subject] = true
	delete(b.left, i.Subject)
	v.mark(id)
	if incident.OfDisk(i.Subject) {
		v.markDisk(i.Subject)
	}
}

// dropIncident forgets an incident whose record has ended.
func (v *view) dropIncident(key string, revision uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	subject, ok := v.keys[key]
	old := v.incidents[subject]
	if !ok || old.revision > revision {
		return
	}
	delete(v.keys, key)
	delete(v.incidents, subject)
	v.leave(bucketID(v.byOf(old.value)), subject)
}

// setGroup takes in what a receiver was told, if it is newer than what is known.
func (v *view) setGroup(g incident.Group, revision uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	id, b := v.bucketOf(g.By)
	if b.groups[g.Receiver].revision >= revision {
		return
	}
	b.groups[g.Receiver] = known[incident.Group]{value: g, revision: revision, heard: time.Now()}
	v.groups[bus.NoticeGroupKey(g.Receiver, g.ID())] = groupRef{g.Receiver, id}
	v.mark(id)
}

// dropGroup forgets what a receiver was told, when its record has ended.
func (v *view) dropGroup(key string, revision uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	ref, ok := v.groups[key]
	if !ok {
		return
	}
	if b := v.buckets[ref.bucket]; b != nil && b.groups[ref.receiver].revision <= revision {
		delete(v.groups, key)
		delete(b.groups, ref.receiver)
		v.mark(ref.bucket)
		v.free(ref.bucket)
	}
}

// setSilence takes in a silence; all that it may cover is looked at.
func (v *view) setSilence(key string, s incident.Silence) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.silences[key] = s
	v.markAll()
}

// dropSilence forgets a silence that was removed.
func (v *view) dropSilence(key string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s, ok := v.silences[key]; ok {
		v.removed = append(v.removed, known[incident.Silence]{value: s, heard: time.Now()})
	}
	delete(v.silences, key)
	v.forgetRemoved(time.Now())
	v.markAll()
}

// forgetRemoved drops what was taken back so long ago that no notice waits for it
// any more; the lock is held.
func (v *view) forgetRemoved(now time.Time) {
	v.removed = slices.DeleteFunc(v.removed, func(s known[incident.Silence]) bool { return now.Sub(s.heard) > farOff })
}

// arrive says that a source was heard to its end; nothing is planned before all were.
func (v *view) arrive(from source) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.replayed[from] = true
	if len(v.replayed) == int(sources) {
		select {
		case <-v.complete:
		default:
			close(v.complete)
		}
		v.markAll()
	}
}

// reset forgets what came from a source: it comes again.
func (v *view) reset(from source) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.replayed[from] {
		delete(v.replayed, from)
		select {
		case <-v.complete:
			v.complete = make(chan struct{})
		default:
		}
	}
	switch from {
	case fromIncidents:
		clear(v.incidents)
		clear(v.keys)
		for id, b := range v.buckets {
			clear(b.subjects)
			v.free(id)
		}
	case fromGroups:
		clear(v.groups)
		for id, b := range v.buckets {
			clear(b.groups)
			v.free(id)
		}
	default:
		clear(v.silences)
	}
}

// await waits until all sources were heard, and reports whether ctx goes on.
func (v *view) await(ctx context.Context) bool {
	v.mu.Lock()
	complete := v.complete
	v.mu.Unlock()
	select {
	case <-complete:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// all returns all incidents, in no order.
func (v *view) all() []incident.Incident {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := make([]incident.Incident, 0, len(v.incidents))
	for _, i := range v.incidents {
		out = append(out, i.value)
	}
	return out
}
