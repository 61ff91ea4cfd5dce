package purger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
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
	m := &r.service.memory
	m.mu.Lock()
	news := changed(&m.planned, p.series.Series, fingerprint.String())
	m.mu.Unlock()
	if !news {
		return nil
	}
	r.log.Info("would be deleted (dry run)", zap.Stringer("series", p.series.Series), zap.Int("files", len(p.files)))
	account := r.newAccount(p, backmonv1.PurgeMode_PURGE_MODE_DRY_RUN)
	account.all(backmonv1.PurgeVerdict_PURGE_VERDICT_PLANNED)
	return account.publish(ctx, backmonv1.PurgePhase_PURGE_PHASE_RESULT)
}

// execute deletes the planned files: the intent first, the result after.
func (r *run) execute(ctx context.Context, p plan, record bus.BackupRecord) error {
	deleter, ok := r.disk.(storage.Deleter)
	if !ok {
		return r.report(ctx, p.series.Series, &Refusal{ReasonReadOnly, errReadOnly.Error()}, len(p.files))
	}
	account := r.newAccount(p, backmonv1.PurgeMode_PURGE_MODE_ENFORCE)
	if err := account.publish(ctx, backmonv1.PurgePhase_PURGE_PHASE_INTENT); err != nil {
		return fmt.Errorf("nothing is deleted, as the intent can't be written: %w", err)
	}
	current, err := r.service.bus.LastStatus(ctx, record.Status.GetSeries())
	if err != nil || current.Sequence != record.Sequence {
		// A newer status has plans of its own. The intent is closed without a delete.
		account.all(backmonv1.PurgeVerdict_PURGE_VERDICT_CHANGED)
		return errors.Join(err, account.publish(ctx, backmonv1.PurgePhase_PURGE_PHASE_RESULT))
	}
	deletions, deleteErr := deleter.Delete(ctx, victims(p.files))
	account.enter(deletions)
	r.gone += account.gone()
	// What was deleted must be written down, also while the service stops.
	if err := account.publish(context.WithoutCancel(ctx), backmonv1.PurgePhase_PURGE_PHASE_RESULT); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	r.remember(p.series.Series, deletions)
	r.log.Info("files deleted", zap.Stringer("series", p.series.Series), zap.Int("planned", len(p.files)), zap.Int("gone", account.gone()))
	return r.stopped(ctx, p, deleteErr)
}

// stopped decides what an error that ended a deletion means for the disk.
func (r *run) stopped(ctx context.Context, p plan, err error) error {
	switch {
	case err == nil:
		return r.report(ctx, r.id, nil, 0)
	case errors.Is(err, storage.ErrAccessDenied):
		// Once for the disk, not for each file; the next evaluation tries again.
		refusal := &Refusal{ReasonDenied, "the right to delete is missing: " + err.Error()}
		return errors.Join(r.report(ctx, r.id, refusal, len(p.files)), errDenied)
	default:
		return err
	}
}

// errDenied ends the work on a disk whose files may not be deleted.
var errDenied = errors.New("access denied")

func (r *run) remember(id backup.SeriesID, deletions []storage.Deletion) {
	for _, d := range deletions {
		if d.Verdict == storage.Held {
			until := d.Until
			if until.IsZero() { // nobody knows: look again in a day
				until = r.service.now().Add(backup.Day)
			}
			r.service.memory.hold(id, d.Key, until)
		}
	}
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
			Series: series, Key: []byte(f.Key), Size: f.Size, ModifiedAt: wire.Stamp(f.ModifiedAt), Etag: wire.Text(f.ETag), Reason: wire.Text(f.Reason),
		})
	}
	return a
}
