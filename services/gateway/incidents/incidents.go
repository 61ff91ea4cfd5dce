// Package incidents keeps what the notifier keeps on the bus, to show it: the
// incidents, who was told of them, and what nobody is to be told of. It is filled
// by watching, decides nothing, and tells nobody.
package incidents

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
)

// Bus is where they are watched.
type Bus interface {
	WatchIncidents(ctx context.Context, visit func(bus.IncidentEvent) error) error
	WatchNoticeGroups(ctx context.Context, visit func(bus.NoticeGroupEvent) error) error
	WatchSilences(ctx context.Context, visit func(bus.SilenceEvent) error) error
}

// Board holds the last word on every incident. It may be used concurrently.
type Board struct {
	mu        sync.RWMutex
	incidents shelf[incident.Incident]
	groups    shelf[incident.Group]
	silences  shelf[incident.Silence]
	// changed is closed, and made anew, by every change.
	changed chan struct{}
}

// New returns an empty board.
func New() *Board { return &Board{changed: make(chan struct{})} }

// Run keeps the board in step with the bus until ctx ends, which is no error.
func (b *Board) Run(ctx context.Context, from Bus) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return from.WatchIncidents(ctx, b.applyIncident) })
	group.Go(func() error { return from.WatchNoticeGroups(ctx, b.applyGroup) })
	group.Go(func() error { return from.WatchSilences(ctx, b.applySilence) })
	if err := group.Wait(); err != nil {
		return fmt.Errorf("watch incidents: %w", err)
	}
	return nil
}

func (b *Board) applyIncident(e bus.IncidentEvent) error {
	return apply(b, &b.incidents, e.Kind, e.Key, e.Removed, func() incident.Incident { return wire.ParseIncident(e.Value) })
}

func (b *Board) applyGroup(e bus.NoticeGroupEvent) error {
	return apply(b, &b.groups, e.Kind, e.Key, e.Removed, func() incident.Group { return wire.ParseNoticeGroup(e.Value) })
}

func (b *Board) applySilence(e bus.SilenceEvent) error {
	return apply(b, &b.silences, e.Kind, e.Key, e.Removed, func() incident.Silence { return wire.ParseSilence(e.Value) })
}

// shelf holds the values of one bucket.
type shelf[T any] struct {
	values  map[string]T
	current bool
}

func apply[T any](b *Board, to *shelf[T], kind bus.EventKind, key string, removed bool, value func() T) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case kind == bus.EventCurrent:
		to.current = true
	case kind == bus.EventReset:
		*to = shelf[T]{}
	case removed:
		delete(to.values, key)
	default:
		if to.values == nil {
			to.values = map[string]T{}
		}
		to.values[key] = value()
	}
	close(b.changed)
	b.changed = make(chan struct{})
	return nil
}

// Changed returns a channel that is closed at the next change.
func (b *Board) Changed() <-chan struct{} {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.changed
}

// Current reports whether all that was there has been read.
func (b *Board) Current() bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.incidents.current && b.groups.current && b.silences.current
}

// Open returns the incidents that are not over, the worst first.
func (b *Board) Open() []incident.Incident {
	open := b.all(func(i incident.Incident) bool { return i.Open() })
	incident.Sort(open)
	return open
}

// Closed returns the incidents that are over and not forgotten yet, the newest
// first.
func (b *Board) Closed() []incident.Incident {
	closed := b.all(func(i incident.Incident) bool { return !i.Open() && !i.ClosedAt.IsZero() })
	slices.SortFunc(closed, func(x, y incident.Incident) int {
		return cmp.Or(y.ClosedAt.Compare(x.ClosedAt), x.Subject.Compare(y.Subject))
	})
	return closed
}

func (b *Board) all(wanted func(incident.Incident) bool) []incident.Incident {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var some []incident.Incident
	for _, i := range b.incidents.values {
		if wanted(i) {
			some = append(some, i)
		}
	}
	return some
}

// Incident returns the incident of a series or disk, open or just over.
func (b *Board) Incident(of incident.Subject) (incident.Incident, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	i, ok := b.incidents.values[bus.IncidentKey(wire.SeriesID(of))]
	return i, ok
}

// Silences returns the silences that have not ended, the first to end first.
func (b *Board) Silences(now time.Time) []incident.Silence {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var some []incident.Silence
	for _, s := range b.silences.values {
		if s.Until.After(now) {
			some = append(some, s)
		}
	}
	slices.SortFunc(some, func(x, y incident.Silence) int { return cmp.Or(x.Until.Compare(y.Until), cmp.Compare(x.ID, y.ID)) })
	return some
}

// Groups returns what each receiver was told, in no order.
func (b *Board) Groups() []incident.Group {
	b.mu.RLock()
	defer b.mu.RUnlock()
	groups := make([]incident.Group, 0, len(b.groups.values))
	for _, g := range b.groups.values {
		groups = append(groups, g)
	}
	return groups
}

// Silenced reports whether a silence keeps quiet about a series as it is now.
func (b *Board) Silenced(s *backup.Status, now time.Time) bool {
	i := incident.Incident{Subject: s.Series, Labels: s.Policy.Labels, Severity: s.Severity, State: s.State}
	return slices.ContainsFunc(b.Silences(now), func(silence incident.Silence) bool { return silence.Covers(i, now) })
}
