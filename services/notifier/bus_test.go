package notifier_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// memory is NATS as the notifier sees it, kept in memory: what is written is seen by
// all who share it, in one order. What fails, and when, the test decides.
type memory struct {
	mu          sync.Mutex
	changed     chan struct{} // closed at every change
	sequence    uint64
	statuses    map[string]stored // by subject
	queue, past []bus.StatusJob   // of the durable
	incidents   *shelf[*backmonv1.Incident]
	groups      *shelf[*backmonv1.NoticeGroup]
	silences    *shelf[*backmonv1.Silence]
	kept        map[string]time.Duration // for how long groups are kept, by key
	audit       map[string]proto.Message // by id
	order       []string                 // ids of audit records
	letters     []*backmonv1.DeadLetter
}

type stored struct {
	message  proto.Message
	sequence uint64
}

func newMemory() *memory {
	m := &memory{
		changed: make(chan struct{}), statuses: map[string]stored{}, audit: map[string]proto.Message{}, kept: map[string]time.Duration{},
	}
	m.incidents = newShelf[*backmonv1.Incident](m)
	m.groups = newShelf[*backmonv1.NoticeGroup](m)
	m.silences = newShelf[*backmonv1.Silence](m)
	return m
}

// bell wakes who waits for a change; the lock is held.
func (m *memory) bell() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// publish is what an evaluator does.
func (m *memory) publish(s backup.Status) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sequence++
	message := wire.Status(s, nil)
	m.statuses[s.Series.String()] = stored{message, m.sequence}
	m.past = append(m.past, bus.StatusJob{Backup: message, Sequence: m.sequence})
	m.queue = append(m.queue, m.past[len(m.past)-1])
	m.bell()
}

// publishDisk is what an evaluator does.
func (m *memory) publishDisk(d *backmonv1.DiskStatus) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sequence++
	m.statuses[diskName(d.GetEnvironment(), d.GetDisk())] = stored{d, m.sequence}
	m.queue = append(m.queue, bus.StatusJob{Disk: d, Sequence: m.sequence})
	m.bell()
}

func diskName(environment, disk string) string { return "disk\x00" + environment + "\x00" + disk }

// redeliver puts old messages into the queue again.
func (m *memory) redeliver(jobs ...bus.StatusJob) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue = append(m.queue, jobs...)
	m.bell()
}

// next takes a status off the queue.
func (m *memory) next(ctx context.Context) (bus.StatusJob, bool) {
	for {
		m.mu.Lock()
		if len(m.queue) > 0 {
			job := m.queue[0]
			m.queue = m.queue[1:]
			m.mu.Unlock()
			return job, true
		}
		changed := m.changed
		m.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return bus.StatusJob{}, false
		}
	}
}

func (m *memory) ConsumeStatuses(ctx context.Context, options bus.ConsumeOptions, handler func(context.Context, bus.StatusJob) error) error {
	var group sync.WaitGroup
	for range max(1, options.Workers) {
		group.Go(func() {
			for {
				job, ok := m.next(ctx)
				if !ok {
					return
				}
				if err := handler(ctx, job); err != nil {
					time.AfterFunc(time.Second, func() { m.redeliver(job) })
				}
			}
		})
	}
	group.Wait()
	return nil
}

func (m *memory) LastStatus(_ context.Context, series *backmonv1.SeriesId) (bus.BackupRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.statuses[wire.ParseSeriesID(series).String()]
	if !ok {
		return bus.BackupRecord{}, nil
	}
	return bus.BackupRecord{Status: s.message.(*backmonv1.BackupStatus), Sequence: s.sequence}, nil
}

func (m *memory) LeaderDiskStatus(_ context.Context, environment, disk string) (bus.DiskRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.statuses[diskName(environment, disk)]
	if !ok {
		return bus.DiskRecord{}, nil
	}
	return bus.DiskRecord{Status: s.message.(*backmonv1.DiskStatus), Sequence: s.sequence}, nil
}

func (m *memory) Incident(_ context.Context, of *backmonv1.SeriesId) (bus.IncidentRecord, error) {
	return m.incidents.get(bus.IncidentKey(of))
}

func (m *memory) PutIncident(_ context.Context, i *backmonv1.Incident, after uint64, _ time.Duration) (uint64, error) {
	return m.incidents.put(bus.IncidentKey(i.GetSubject()), i, after)
}

func (m *memory) WatchIncidents(ctx context.Context, visit func(bus.IncidentEvent) error) error {
	return m.incidents.watch(ctx, visit)
}

func (m *memory) NoticeGroup(_ context.Context, receiver, id string) (bus.NoticeGroupRecord, error) {
	return m.groups.get(bus.NoticeGroupKey(receiver, id))
}

func (m *memory) PutNoticeGroup(_ context.Context, id string, g *backmonv1.NoticeGroup, after uint64, ttl time.Duration) (uint64, error) {
	key := bus.NoticeGroupKey(g.GetReceiver(), id)
	revision, err := m.groups.put(key, g, after)
	if err == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.kept[key] = ttl
	}
	return revision, err
}

func (m *memory) WatchNoticeGroups(ctx context.Context, visit func(bus.NoticeGroupEvent) error) error {
	return m.groups.watch(ctx, visit)
}

func (m *memory) WatchSilences(ctx context.Context, visit func(bus.SilenceEvent) error) error {
	return m.silences.watch(ctx, visit)
}

func (m *memory) WatchStatuses(_ context.Context, _ bus.Filter, visit func(bus.Event) error) error {
	m.mu.Lock()
	var events []bus.Event
	for _, s := range m.statuses {
		if b, ok := s.message.(*backmonv1.BackupStatus); ok {
			events = append(events, bus.Event{Kind: bus.EventBackup, Backup: b, Gone: b.GetState() == backmonv1.State_STATE_GONE})
		}
	}
	m.mu.Unlock()
	for _, e := range append(events, bus.Event{Kind: bus.EventCurrent}) {
		if err := visit(e); err != nil {
			return err
		}
	}
	return errors.New("the replay was not enough")
}

// History has nothing to tell beyond the last status.
func (m *memory) History(context.Context, *backmonv1.SeriesId, time.Time) iter.Seq2[bus.BackupRecord, error] {
	return func(func(bus.BackupRecord, error) bool) {}
}

func (m *memory) ReadAudit(_ context.Context, filter bus.AuditFilter) iter.Seq2[bus.AuditRecord, error] {
	return func(yield func(bus.AuditRecord, error) bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		for i, id := range m.order {
			purged, ok := m.audit[id].(*backmonv1.FilesPurged)
			if !ok || purged.GetAt().AsTime().Before(filter.Since) {
				continue
			}
			if !yield(bus.AuditRecord{Purged: purged, Sequence: uint64(i) + 1, Stored: purged.GetAt().AsTime()}, nil) {
				return
			}
		}
	}
}

func (m *memory) PublishAudit(_ context.Context, message proto.Message, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.audit[id]; !ok {
		m.audit[id] = message
		m.order = append(m.order, id)
		m.bell()
	}
	return nil
}

func (m *memory) PublishDeadLetter(_ context.Context, letter *backmonv1.DeadLetter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.letters = append(m.letters, letter)
	return nil
}

func (m *memory) Ready(context.Context) error { return nil }

// audited returns the audit records so far.
func (m *memory) audited() []proto.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []proto.Message
	for _, id := range m.order {
		out = append(out, m.audit[id])
	}
	return out
}

// buried returns the dead letters so far.
func (m *memory) buried() []*backmonv1.DeadLetter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.letters)
}

// shelf is a KV bucket.
type shelf[T proto.Message] struct {
	memory  *memory
	entries map[string]bus.Entry[T]
	events  []bus.EntryEvent[T]
}

func newShelf[T proto.Message](m *memory) *shelf[T] {
	return &shelf[T]{memory: m, entries: map[string]bus.Entry[T]{}}
}

func (s *shelf[T]) get(key string) (bus.Entry[T], error) {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if e, ok := s.entries[key]; ok {
		return e, nil
	}
	return bus.Entry[T]{Key: key}, nil
}

// put is compare-and-set.
func (s *shelf[T]) put(key string, value T, after uint64) (uint64, error) {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if s.entries[key].Revision != after {
		return 0, fmt.Errorf("put %q: %w", strings.ToValidUTF8(key, "?"), bus.ErrConflict)
	}
	s.memory.sequence++
	s.set(bus.Entry[T]{Key: key, Value: proto.CloneOf(value), Revision: s.memory.sequence})
	return s.memory.sequence, nil
}

// set stores an entry and tells of it; the lock is held.
func (s *shelf[T]) set(e bus.Entry[T]) {
	s.entries[e.Key] = e
	s.events = append(s.events, bus.EntryEvent[T]{Kind: bus.EventEntry, Entry: e})
	s.memory.bell()
}

// keep stores a value whatever is there.
func (s *shelf[T]) keep(key string, value T) {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	s.memory.sequence++
	s.set(bus.Entry[T]{Key: key, Value: value, Revision: s.memory.sequence})
}

// drop ends a key.
func (s *shelf[T]) drop(key string) {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	s.memory.sequence++
	delete(s.entries, key)
	s.events = append(s.events, bus.EntryEvent[T]{Kind: bus.EventEntry, Entry: bus.Entry[T]{Key: key, Revision: s.memory.sequence}, Removed: true})
	s.memory.bell()
}

func (s *shelf[T]) watch(ctx context.Context, visit func(bus.EntryEvent[T]) error) error {
	current := false
	for seen := 0; ; {
		s.memory.mu.Lock()
		events, changed := s.events[seen:], s.memory.changed
		s.memory.mu.Unlock()
		for _, e := range events {
			if err := visit(e); err != nil {
				return err
			}
		}
		seen += len(events)
		if !current {
			current = true
			if err := visit(bus.EntryEvent[T]{Kind: bus.EventCurrent}); err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}
