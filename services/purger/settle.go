package purger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/storage"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// settle closes the books of runs that were interrupted between intent and
// result: for each file it looks whether it is still there. Nothing is deleted
// on the strength of an old intent.
func (r *run) settle(ctx context.Context) error {
	intents, err := r.service.bus.UnsettledPurges(ctx, r.id.Environment, r.id.Disk)
	if err != nil {
		return fmt.Errorf("look for interrupted runs: %w", err)
	}
	for _, run := range join(intents) {
		if r.service.now().Sub(run.message.GetAt().AsTime()) < settleAfter {
			continue // it may be under way, here or at another purger
		}
		a := &account{bus: r.service.bus, now: r.service.now, message: run.message, files: run.files}
		if err := r.lookUp(ctx, a); err != nil {
			return fmt.Errorf("settle interrupted run %s: %w", run.message.GetRun(), err)
		}
		if err := a.publishAs(ctx, backmonv1.PurgePhase_PURGE_PHASE_RESULT, "settled"); err != nil {
			return err
		}
		r.log.Warn("an interrupted run is settled", zap.String("run", run.message.GetRun()), zap.Int("files", len(run.files)), zap.Int("gone", a.gone()))
	}
	return nil
}

// Bounds of a run. An intent that is older than the second has no run at work.
const (
	runDeadline = 10 * time.Minute
	settleAfter = runDeadline + 5*time.Minute
)

// join puts the chunks of each run together.
func join(chunks []*backmonv1.FilesPurged) []*account {
	var runs []*account
	byRun := map[string]*account{}
	for _, c := range chunks {
		a := byRun[c.GetRun()]
		if a == nil {
			a = &account{message: proto.CloneOf(c)}
			a.message.Files = nil
			byRun[c.GetRun()] = a
			runs = append(runs, a)
		}
		a.files = append(a.files, c.GetFiles()...)
	}
	return runs
}

// lookUp finds out which files of an intent are still there.
func (r *run) lookUp(ctx context.Context, a *account) error {
	for _, f := range a.files {
		there, err := exists(ctx, r.disk, string(f.GetKey()))
		if err != nil {
			return err
		}
		f.Verdict, f.Reason = backmonv1.PurgeVerdict_PURGE_VERDICT_ABSENT, "the run was interrupted; afterwards the file was gone"
		if there {
			f.Verdict, f.Reason = backmonv1.PurgeVerdict_PURGE_VERDICT_FAILED, "the run was interrupted; the file is still there"
		}
		r.job.Progress()
	}
	return nil
}

// errFound ends a listing that has found its file.
var errFound = errors.New("found")

func exists(ctx context.Context, disk storage.Disk, key string) (bool, error) {
	_, err := disk.List(ctx, storage.Listing{Prefix: key}, func(page []storage.Entry) error {
		for _, e := range page {
			if e.Key == key {
				return errFound
			}
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}
