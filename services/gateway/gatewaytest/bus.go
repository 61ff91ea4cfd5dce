// Package gatewaytest has a bus in memory for tests of what the gateway shows and
// does. It is for tests only.
package gatewaytest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Bus remembers what it was asked for. Its fields are set before it is used.
type Bus struct {
	// Queued says that an evaluation is queued already.
	Queued bool
	// Past are earlier statuses, oldest first.
	Past map[backup.SeriesID][]backup.Status
	// Audit are the records; one without a message is unreadable.
	Audit  []bus.AuditRecord
	Events []bus.IncidentEvent
	Groups []bus.NoticeGroupEvent
	// Err is what every call returns instead of doing anything; readings return it
	// at their end.
	Err error

	mu       sync.Mutex
	found    []*backmonv1.DiskFound
	holds    []*backmonv1.Hold
	silences []*backmonv1.Silence
	tell     func(bus.SilenceEvent) error
	asked    bus.AuditFilter
}

// Found are the evaluations that were asked for.
func (b *Bus) Found() []*backmonv1.DiskFound {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.found)
}

// PublishDiskFound remembers the request.
func (b *Bus) PublishDiskFound(_ context.Context, found *backmonv1.DiskFound, _ string) (bus.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Queued {
		return bus.Coalesced, b.Err
	}
	b.found = append(b.found, found)
	return bus.Stored, b.Err
}

// History tells the Past of a series.
func (b *Bus) History(_ context.Context, series *backmonv1.SeriesId, _ time.Time) iter.Seq2[bus.BackupRecord, error] {
	return func(yield func(bus.BackupRecord, error) bool) {
		for i, s := range b.Past[wire.ParseSeriesID(series)] {
			if !yield(bus.BackupRecord{Status: wire.Status(s, nil), Sequence: uint64(i + 1), Stored: s.EvaluatedAt}, nil) {
				return
			}
		}
		if b.Err != nil {
			yield(bus.BackupRecord{}, b.Err)
		}
	}
}

// ReadAudit tells the records of a disk, of whichever kind.
func (b *Bus) ReadAudit(_ context.Context, filter bus.AuditFilter) iter.Seq2[bus.AuditRecord, error] {
	b.mu.Lock()
	b.asked = filter
	b.mu.Unlock()
	return func(yield func(bus.AuditRecord, error) bool) {
		for _, r := range b.Audit {
			environment, disk, err := placeOf(r)
			if r.Sequence > 0 && r.Sequence <= filter.After || filter.Environment != "" && filter.Environment != environment || filter.Disk != "" && filter.Disk != disk {
				continue
			}
			if !yield(r, err) {
				return
			}
		}
		if b.Err != nil {
			yield(bus.AuditRecord{}, b.Err)
		}
	}
}

// placeOf is what a record is about.
func placeOf(r bus.AuditRecord) (environment, disk string, err error) {
	switch {
	case r.Purged != nil:
		return r.Purged.GetEnvironment(), r.Purged.GetDisk(), nil
	case r.Refused != nil:
		return r.Refused.GetEnvironment(), r.Refused.GetDisk(), nil
	case r.Downloaded != nil:
		return r.Downloaded.GetEnvironment(), r.Downloaded.GetDisk(), nil
	case r.Notified != nil:
		return r.Notified.GetEnvironment(), r.Notified.GetDisk(), nil
	case r.Unnotified != nil:
		return r.Unnotified.GetEnvironment(), r.Unnotified.GetDisk(), nil
	}
	return "", "", errors.New("unreadable")
}

// Asked is what the last reading of the audit asked for.
func (b *Bus) Asked() bus.AuditFilter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked
}

// Holds are those that were put.
func (b *Bus) Holds(context.Context) ([]*backmonv1.Hold, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.holds), b.Err
}

// PutHold keeps a hold.
func (b *Bus) PutHold(_ context.Context, hold *backmonv1.Hold) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Err == nil {
		b.holds = append(b.holds, hold)
	}
	return b.Err
}

// RemoveHold forgets a hold.
func (b *Bus) RemoveHold(_ context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.holds, func(h *backmonv1.Hold) bool { return h.GetId() == id })
	switch {
	case b.Err != nil:
		return b.Err
	case i < 0:
		return bus.ErrHoldNotFound
	}
	b.holds = slices.Delete(b.holds, i, i+1)
	return nil
}

// Silences are those that were put.
func (b *Bus) Silences() []*backmonv1.Silence {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.silences)
}

// PutSilence keeps a silence, and tells who watches.
func (b *Bus) PutSilence(_ context.Context, silence *backmonv1.Silence) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Err != nil {
		return b.Err
	}
	b.silences = append(b.silences, silence)
	return b.told(bus.SilenceEvent{Kind: bus.EventEntry, Entry: bus.Entry[*backmonv1.Silence]{Key: silence.GetId(), Value: silence}})
}

// RemoveSilence forgets a silence, and tells who watches.
func (b *Bus) RemoveSilence(_ context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.silences, func(s *backmonv1.Silence) bool { return s.GetId() == id })
	switch {
	case b.Err != nil:
		return b.Err
	case i < 0:
		return bus.ErrSilenceNotFound
	}
	b.silences = slices.Delete(b.silences, i, i+1)
	return b.told(bus.SilenceEvent{Kind: bus.EventEntry, Removed: true, Entry: bus.Entry[*backmonv1.Silence]{Key: id}})
}

func (b *Bus) told(e bus.SilenceEvent) error {
	if b.tell == nil {
		return nil
	}
	return b.tell(e)
}

// WatchSilences tells of each that is put or removed.
func (b *Bus) WatchSilences(ctx context.Context, visit func(bus.SilenceEvent) error) error {
	b.mu.Lock()
	b.tell = visit
	var events []bus.SilenceEvent
	for _, s := range b.silences {
		events = append(events, bus.SilenceEvent{Kind: bus.EventEntry, Entry: bus.Entry[*backmonv1.Silence]{Key: s.GetId(), Value: s}})
	}
	b.mu.Unlock()
	return current(ctx, replay(append(events, bus.SilenceEvent{Kind: bus.EventCurrent}), visit))
}

// WatchIncidents tells the Events.
func (b *Bus) WatchIncidents(ctx context.Context, visit func(bus.IncidentEvent) error) error {
	return current(ctx, replay(append(b.Events, bus.IncidentEvent{Kind: bus.EventCurrent}), visit))
}

// WatchNoticeGroups tells the Groups.
func (b *Bus) WatchNoticeGroups(ctx context.Context, visit func(bus.NoticeGroupEvent) error) error {
	return current(ctx, replay(append(b.Groups, bus.NoticeGroupEvent{Kind: bus.EventCurrent}), visit))
}

func replay[E any](events []E, visit func(E) error) error {
	for _, e := range events {
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// current waits for the end of a watch.
func current(ctx context.Context, err error) error {
	if err == nil {
		<-ctx.Done()
	}
	return err
}
