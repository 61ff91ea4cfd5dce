package purger

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// fakeBus is a bus in memory with the meaning of the real one: sequences grow,
// the last status counts, and an id of an audit record is stored once.
type fakeBus struct {
	step func(point string)
	// What fails, and with what.
	noHolds, noAudit, noStatus error

	mu       sync.Mutex
	sequence uint64
	series   map[backup.SeriesID]bus.BackupRecord
	disk     bus.DiskRecord
	held     []*backmonv1.Hold
	audit    []proto.Message
	ids      map[string]bool
	requests int // for evaluations
}

func newFakeBus() *fakeBus {
	return &fakeBus{step: func(string) {}, series: map[backup.SeriesID]bus.BackupRecord{}, ids: map[string]bool{}}
}

// publish stores the statuses of one evaluation as the evaluator does: a series'
// only when it says something new.
func (b *fakeBus) publish(statuses []backup.Status, disk *backmonv1.DiskStatus) bus.DiskJob {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range statuses {
		message := wire.Status(s, nil)
		if old, known := b.series[s.Series]; known && wire.SameContent(old.Status, message) {
			continue
		}
		b.sequence++
		b.series[s.Series] = bus.BackupRecord{Status: message, Sequence: b.sequence}
	}
	b.sequence++
	b.disk = bus.DiskRecord{Status: disk, Sequence: b.sequence}
	return bus.DiskJob{Status: disk, Sequence: b.sequence, Delivery: 1}
}

// statuses are the last ones, as an evaluator reads them.
func (b *fakeBus) statuses() []backup.Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	statuses := []backup.Status{}
	for _, record := range b.series {
		statuses = append(statuses, wire.ParseStatus(record.Status))
	}
	return statuses
}

func (b *fakeBus) ConsumeDiskStatuses(ctx context.Context, _ bus.ConsumeOptions, _ func(context.Context, bus.DiskJob) error) error {
	b.step("consume")
	<-ctx.Done()
	return b.noStatus
}

func (b *fakeBus) LastStatuses(context.Context, string, string) iter.Seq2[bus.BackupRecord, error] {
	return func(yield func(bus.BackupRecord, error) bool) {
		b.step("last statuses")
		b.mu.Lock()
		records := maps.Clone(b.series)
		b.mu.Unlock()
		for _, id := range slices.SortedFunc(maps.Keys(records), backup.SeriesID.Compare) {
			if !yield(records[id], b.noStatus) {
				return
			}
		}
	}
}

func (b *fakeBus) LastStatus(_ context.Context, series *backmonv1.SeriesId) (bus.BackupRecord, error) {
	b.step("last status")
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.series[wire.ParseSeriesID(series)], nil
}

func (b *fakeBus) LastDiskStatus(context.Context, string, string) (bus.DiskRecord, error) {
	b.step("last disk status")
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.disk, b.noStatus
}

func (b *fakeBus) Holds(context.Context) ([]*backmonv1.Hold, error) {
	b.step("holds")
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.held), b.noHolds
}

func (b *fakeBus) PublishAudit(_ context.Context, message proto.Message, id string) error {
	b.step("audit " + phase(message))
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.noAudit != nil {
		return b.noAudit
	}
	if size := proto.Size(message); size > 1<<20 {
		return fmt.Errorf("a message of %d bytes", size)
	}
	if key := fmt.Sprintf("%T/%s", message, id); !b.ids[key] {
		b.ids[key] = true
		b.audit = append(b.audit, proto.Clone(message))
	}
	return nil
}

func phase(message proto.Message) string {
	if m, ok := message.(*backmonv1.FilesPurged); ok {
		return m.GetPhase().String()
	}
	return "refused"
}

func (b *fakeBus) PublishDiskFound(context.Context, *backmonv1.DiskFound, string) (bus.Outcome, error) {
	b.step("request")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests++
	return bus.Stored, nil
}

// UnsettledPurges are the intents of runs without a whole result.
func (b *fakeBus) UnsettledPurges(context.Context, string, string) ([]*backmonv1.FilesPurged, error) {
	b.step("unsettled")
	b.mu.Lock()
	defer b.mu.Unlock()
	results, chunks := map[string]map[int32]bool{}, map[string]int{}
	for _, m := range b.purged() {
		if m.GetPhase() != backmonv1.PurgePhase_PURGE_PHASE_RESULT {
			continue
		}
		if results[m.GetRun()] == nil {
			results[m.GetRun()], chunks[m.GetRun()] = map[int32]bool{}, int(m.GetChunks())
		}
		results[m.GetRun()][m.GetChunk()] = true
	}
	var open []*backmonv1.FilesPurged
	for _, m := range b.purged() {
		run := m.GetRun()
		if m.GetPhase() == backmonv1.PurgePhase_PURGE_PHASE_INTENT && (chunks[run] == 0 || len(results[run]) < chunks[run]) {
			open = append(open, proto.CloneOf(m))
		}
	}
	return open, nil
}

// purged are the accounts; the lock is held, or nobody works.
func (b *fakeBus) purged() []*backmonv1.FilesPurged {
	var all []*backmonv1.FilesPurged
	for _, m := range b.audit {
		if p, ok := m.(*backmonv1.FilesPurged); ok {
			all = append(all, p)
		}
	}
	return all
}

// refusals are the reasons in order; an empty one says that none is left.
func (b *fakeBus) refusals() []string {
	reasons := []string{}
	for _, m := range b.audit {
		if r, ok := m.(*backmonv1.PurgeRefused); ok {
			reasons = append(reasons, r.GetReason())
		}
	}
	return reasons
}

// soundDisk is the status of a disk that was seen as a whole.
func soundDisk(at time.Time) *backmonv1.DiskStatus {
	return &backmonv1.DiskStatus{
		Environment: "env", Disk: "disk", EvaluatedAt: wire.Stamp(at), SucceededAt: wire.Stamp(at), DefinitionSound: true,
	}
}

// ReadAudit reads what was published.
func (b *fakeBus) ReadAudit(context.Context, bus.AuditFilter) iter.Seq2[bus.AuditRecord, error] {
	b.mu.Lock()
	defer b.mu.Unlock()
	records := slices.Clone(b.audit)
	return func(yield func(bus.AuditRecord, error) bool) {
		for i, m := range records {
			if refused, ok := m.(*backmonv1.PurgeRefused); ok && !yield(bus.AuditRecord{Refused: refused, Sequence: uint64(i + 1)}, nil) {
				return
			}
		}
	}
}
