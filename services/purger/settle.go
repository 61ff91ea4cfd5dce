package purger

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// settleAfter is the age of an intent that has no run at work any more: its last
// batch has ended. To settle one too early would do no harm, but to the reader.
const settleAfter = lookLasts + batchLasts + time.Minute

// settle closes the books of runs that were interrupted between intent and
// result: for each file it looks whether it is still there. No file is deleted on
// the strength of an old intent; but the .stat file that such a run left alone is
// swept up, if the disk may be purged at all.
func (r *run) settle(ctx context.Context, allowed bool) error {
	intents, err := r.service.bus.UnsettledPurges(ctx, r.id.Environment, r.id.Disk)
	if err != nil {
		return fmt.Errorf("look for interrupted runs: %w", err)
	}
	for _, a := range r.join(intents) {
		if r.service.now().Sub(a.message.GetAt().AsTime()) < settleAfter {
			continue // it may be under way, here or at another purger
		}
		if err := r.close(ctx, a, allowed && r.service.config.Enforce); err != nil {
			return fmt.Errorf("settle interrupted run %s: %w", a.message.GetRun(), err)
		}
	}
	return nil
}

// join puts the chunks of each run together.
func (r *run) join(chunks []*backmonv1.FilesPurged) []*account {
	var runs []*account
	byRun := map[string]*account{}
	for _, c := range chunks {
		a := byRun[c.GetRun()]
		if a == nil {
			a = &account{bus: r.service.bus, now: r.service.now, message: proto.CloneOf(c)}
			a.message.Files = nil
			byRun[c.GetRun()] = a
			runs = append(runs, a)
		}
		a.files = append(a.files, c.GetFiles()...)
	}
	return runs
}

// close finds out what became of the files of a run, and writes it down. While
// .stat files that it left alone may not be swept up, it stays open.
func (r *run) close(ctx context.Context, a *account, allowed bool) error {
	open := false
	for _, f := range a.files {
		found, err := find(ctx, r.disk, string(f.GetKey()))
		if err != nil {
			return err
		}
		f.Verdict, f.Reason = became(f, found.file)
		r.job.Progress()
		if found.file != nil || found.stat == nil || !found.stat.ModifiedAt.Before(a.message.GetAt().AsTime()) {
			continue // no orphan, or a newer one, of a file to come
		}
		swept, err := r.sweep(ctx, f, allowed)
		if err != nil {
			return err
		}
		open = open || !swept
	}
	if open && r.service.config.Enforce {
		return nil
	}
	r.log.Warn("an interrupted run is settled", zap.String("run", a.message.GetRun()), zap.Int("files", len(a.files)), zap.Int("gone", a.gone()))
	return a.publishAs(ctx, backmonv1.PurgePhase_PURGE_PHASE_RESULT, "settled")
}

// became says what became of a file of an intent, by what has its name now.
func became(f *backmonv1.PurgedFile, now *storage.Entry) (backmonv1.PurgeVerdict, string) {
	switch {
	case now == nil:
		return backmonv1.PurgeVerdict_PURGE_VERDICT_ABSENT, "the run was interrupted; afterwards the file was gone"
	case now.Size != f.GetSize() || !now.ModifiedAt.Equal(f.GetModifiedAt().AsTime()) || wire.Text(now.ETag) != f.GetEtag():
		return backmonv1.PurgeVerdict_PURGE_VERDICT_CHANGED, "the run was interrupted; afterwards another file had its name"
	}
	return backmonv1.PurgeVerdict_PURGE_VERDICT_FAILED, "the run was interrupted; the file is still there"
}

// sweep deletes the .stat file that lies alone where the file was, unless
// something forbids that now. The storage does so only while no file is there.
func (r *run) sweep(ctx context.Context, f *backmonv1.PurgedFile, allowed bool) (done bool, err error) {
	deleter, ok := r.disk.(storage.Deleter)
	if !allowed || !ok {
		return false, nil
	}
	refusal, err := r.checkHolds(ctx, wire.ParseSeriesID(f.GetSeries()), r.service.now())
	if err != nil || refusal != nil {
		return false, err
	}
	deletions, err := deleter.Delete(ctx, []storage.Victim{{
		Key: string(f.GetKey()), Size: f.GetSize(), ModifiedAt: f.GetModifiedAt().AsTime(), ETag: f.GetEtag(), HasStat: true,
	}})
	if err != nil {
		return false, err
	}
	f.StatDeleted = len(deletions) == 1 && deletions[0].StatDeleted
	return true, nil
}
