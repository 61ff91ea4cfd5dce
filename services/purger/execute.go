package purger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/gate"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// dryRun publishes what would be deleted, when it is not what the last dry run
// of the series said.
func (r *run) dryRun(ctx context.Context, p plan) error {
	var fingerprint strings.Builder
	for _, f := range p.files {
		fmt.Fprintf(&fingerprint, "%s\x00%s\x00%d\x00", f.Key, f.ETag, f.ModifiedAt.UnixNano())
	}
	return r.service.memory.planned.once(p.series.Series, fingerprint.String(), func() error {
		r.log.Info("would be deleted (dry run)", zap.Stringer("series", p.series.Series), zap.Int("files", len(p.files)))
		account := r.newAccount(p, backmonv1.PurgeMode_PURGE_MODE_DRY_RUN)
		account.all(backmonv1.PurgeVerdict_PURGE_VERDICT_PLANNED)
		return account.publish(ctx, backmonv1.PurgePhase_PURGE_PHASE_RESULT)
	})
}

// execute deletes the planned files: the intent first, the result after.
func (r *run) execute(ctx context.Context, p plan, record bus.BackupRecord) error {
	account := r.newAccount(p, backmonv1.PurgeMode_PURGE_MODE_ENFORCE)
	if err := account.publish(ctx, backmonv1.PurgePhase_PURGE_PHASE_INTENT); err != nil {
		return fmt.Errorf("nothing is deleted, as the intent can't be written: %w", err)
	}
	deleteErr := r.delete(ctx, r.disk.(storage.Deleter), p, record, account) // as plan has seen to
	r.goneAnew += r.remember(p, account)
	if err := r.writeDown(ctx, account); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	r.log.Info("files deleted", zap.Stringer("series", p.series.Series), zap.Int("planned", len(p.files)), zap.Int("gone", account.gone()))
	return r.stopped(ctx, p, deleteErr)
}

// Bounds of what is deleted between two checks.
const (
	batchFiles = 100
	batchLasts = time.Minute
)

// errBatchLasts ends a batch of a slow server. The others have to wait for the
// disk's next run, which begins with a look.
var errBatchLasts = errors.New("the batch took too long")

// delete works through the plan in batches, a check before each, and enters what
// became of each file.
func (r *run) delete(ctx context.Context, deleter storage.Deleter, p plan, record bus.BackupRecord, a *account) error {
	for from := 0; from < len(p.files); from += batchFiles {
		r.job.Progress()
		refusal, err := r.check(ctx, p, record)
		if err != nil {
			a.leave(from, backmonv1.PurgeVerdict_PURGE_VERDICT_FAILED, err.Error())
			return err
		}
		if refusal != nil {
			a.leave(from, backmonv1.PurgeVerdict_PURGE_VERDICT_CHANGED, refusal.Text)
			return nil
		}
		to := min(from+batchFiles, len(p.files))
		deletions, err := deleteBatch(ctx, deleter, victims(p.files[from:to]))
		a.enter(from, to, deletions)
		if err != nil {
			a.leave(to, backmonv1.PurgeVerdict_PURGE_VERDICT_FAILED, err.Error())
			return err
		}
	}
	return nil
}

func deleteBatch(ctx context.Context, deleter storage.Deleter, batch []storage.Victim) ([]storage.Deletion, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, batchLasts, errBatchLasts)
	defer cancel()
	return deleter.Delete(ctx, batch)
}

// writeDown publishes the result, also while the service stops.
func (r *run) writeDown(ctx context.Context, a *account) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), runGrace)
	defer cancel()
	return a.publish(ctx, backmonv1.PurgePhase_PURGE_PHASE_RESULT)
}

// stopped decides what an error that ended a deletion means for the disk.
func (r *run) stopped(ctx context.Context, p plan, err error) error {
	switch {
	case err == nil, errors.Is(err, errBatchLasts):
		return r.report(ctx, r.id, nil, 0)
	case errors.Is(err, storage.ErrAccessDenied):
		// Once for the disk, not for each file; the next evaluation tries again.
		refusal := gate.Refuse(ReasonDenied, "the right to delete is missing: %v", err)
		return errors.Join(r.report(ctx, r.id, refusal, len(p.files)), errDenied)
	default:
		return err
	}
}

// errDenied ends the work on a disk whose files may not be deleted.
var errDenied = errors.New("access denied")

// remember notes what not to try again, and returns how many files went that the
// storage did not call gone before.
func (r *run) remember(p plan, a *account) (goneAnew int) {
	id, m := p.series.Series, &r.service.memory
	gone := map[string]backup.ExpiredFile{}
	for i, f := range a.files {
		switch {
		case f.GetVerdict() == backmonv1.PurgeVerdict_PURGE_VERDICT_HELD && f.GetUntil() == nil: // nobody knows: look again in a day
			m.hold(id, p.files[i].Key, r.service.now().Add(backup.Day))
		case f.GetVerdict() == backmonv1.PurgeVerdict_PURGE_VERDICT_HELD:
			m.hold(id, p.files[i].Key, f.GetUntil().AsTime())
		case isGone(f.GetVerdict()):
			gone[p.files[i].Key] = p.files[i]
		}
	}
	goneAnew = len(gone)
	for _, f := range p.series.Expired.Files { // still there, against what was said
		if m.isGone(id, f) {
			gone[f.Key] = f
		}
	}
	m.gone(id, gone)
	return goneAnew
}

func victims(files []backup.ExpiredFile) []storage.Victim {
	out := make([]storage.Victim, len(files))
	for i, f := range files {
		out[i] = storage.Victim{Key: f.Key, Size: f.Size, ModifiedAt: f.ModifiedAt, ETag: f.ETag, HasStat: f.HasStat}
	}
	return out
}

func (r *run) newAccount(p plan, mode backmonv1.PurgeMode) *account {
	a := &account{bus: r.service.bus, now: r.service.now, message: &backmonv1.FilesPurged{
		Environment: r.id.Environment, Disk: r.id.Disk, Run: rand.Text(), Mode: mode,
	}}
	series := wire.SeriesID(p.series.Series)
	for _, f := range p.files {
		a.files = append(a.files, &backmonv1.PurgedFile{
			Series: series, Key: []byte(f.Key), Size: f.Size, ModifiedAt: wire.Stamp(f.ModifiedAt), Etag: wire.Text(f.ETag), Reason: reason(f.Reason),
		})
		a.reasons = append(a.reasons, reason(f.Reason))
	}
	return a
}
