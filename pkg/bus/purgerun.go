package bus

import (
	"context"
	"fmt"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// PurgeRun is what the audit stream holds of one purge run of a disk.
type PurgeRun struct {
	// Run is the run's id.
	Run string
	// Mode of the run.
	Mode backmonv1.PurgeMode
	// Intent and Result are the chunks of each phase, as they were stored.
	Intent, Result []AuditRecord
}

// Announced tells whether all chunks of the intent are there. A run deletes
// nothing before.
func (r PurgeRun) Announced() bool { return isWhole(r.Intent) }

// Accounted tells whether all chunks of the result are there. A run that is
// Announced and not Accounted is under way, or was interrupted.
func (r PurgeRun) Accounted() bool { return isWhole(r.Result) }

// begun tells whether the run's first record was read.
func (r PurgeRun) begun() bool {
	return r.Mode != backmonv1.PurgeMode_PURGE_MODE_ENFORCE ||
		len(r.Intent) > 0 && r.Intent[0].Purged.GetChunk() <= 1
}

func isWhole(chunks []AuditRecord) bool {
	have := map[int32]bool{}
	for _, c := range chunks {
		have[c.Purged.GetChunk()] = true
	}
	return len(chunks) > 0 && len(have) >= int(chunks[0].Purged.GetChunks())
}

// purgeWindow is how long before a disk's last record LastPurged looks: longer
// than five deliveries of a job take.
const purgeWindow = 3 * time.Hour

// LastPurged reads the newest purge runs of a disk, the oldest first: the last
// one, and those that wrote within three hours before its last record, as two
// purgers at once do, or one that took over. None when the disk has none.
//
// A run comes with all its chunks of both phases. The exception is a run that is
// Accounted: its Intent may lie further back and be left out. An unreadable
// record is an error, as it may be of any run.
func (b *Bus) LastPurged(ctx context.Context, env, disk string) ([]PurgeRun, error) {
	runs, err := b.lastPurged(ctx, env, disk, purgeWindow)
	if err != nil {
		return nil, fmt.Errorf("read last purge of disk %q: %w", disk, err)
	}
	return runs, nil
}

// lastPurged widens the window until it cuts no run.
func (b *Bus) lastPurged(ctx context.Context, env, disk string, window time.Duration) ([]PurgeRun, error) {
	filter := AuditFilter{Environment: env, Disk: disk, Kinds: []AuditKind{AuditPurged}}
	last, err := b.lastStored(ctx, StreamAudit, filter.subject())
	if err != nil || last == nil {
		return nil, err
	}
	for ; ; window *= 8 {
		filter.Since = last.stored.Add(-window)
		runs, err := b.purgeRuns(ctx, filter)
		if err != nil || !anyCut(runs) || window > auditAge {
			return runs, err
		}
	}
}

// UnsettledPurges reads the chunks of intents, oldest first, of the runs among
// those of LastPurged whose result is not whole. Such a run was interrupted, or
// is under way at another purger just now: nobody but its purger knows.
func (b *Bus) UnsettledPurges(ctx context.Context, env, disk string) ([]*backmonv1.FilesPurged, error) {
	runs, err := b.LastPurged(ctx, env, disk)
	if err != nil {
		return nil, err
	}
	var chunks []*backmonv1.FilesPurged
	for _, run := range runs {
		if run.Accounted() {
			continue
		}
		for _, record := range run.Intent {
			chunks = append(chunks, record.Purged)
		}
	}
	return chunks, nil
}

// anyCut tells whether a run that may be interrupted began before the window.
func anyCut(runs []PurgeRun) bool {
	for _, run := range runs {
		if !run.begun() && !run.Accounted() {
			return true
		}
	}
	return false
}

// purgeRuns sorts records by their run, in the order of the runs' first ones.
func (b *Bus) purgeRuns(ctx context.Context, filter AuditFilter) ([]PurgeRun, error) {
	var runs []PurgeRun
	index := map[string]int{}
	for record, err := range b.ReadAudit(ctx, filter) {
		if err != nil {
			return nil, err
		}
		id := record.Purged.GetRun()
		at, ok := index[id]
		if !ok {
			at = len(runs)
			index[id] = at
			runs = append(runs, PurgeRun{Run: id})
		}
		runs[at].add(record)
	}
	return runs, nil
}

func (r *PurgeRun) add(record AuditRecord) {
	r.Mode = record.Purged.GetMode()
	if record.Purged.GetPhase() == backmonv1.PurgePhase_PURGE_PHASE_RESULT {
		r.Result = append(r.Result, record)
		return
	}
	r.Intent = append(r.Intent, record)
}
