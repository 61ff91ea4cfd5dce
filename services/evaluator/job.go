package evaluator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// errUnknownEnvironment is final: another attempt here knows it no better.
var errUnknownEnvironment = errors.New("this evaluator's configuration does not have the environment")

// handle evaluates the disk of one job and publishes what came out.
func (s *Service) handle(ctx context.Context, job bus.Job) error {
	environment, ok := s.environment(job.Disk.GetEnvironment())
	if !ok {
		return bus.Permanent(fmt.Errorf("evaluate disk %q of %q: %w", job.Disk.GetDisk(), job.Disk.GetEnvironment(), errUnknownEnvironment))
	}
	e := evaluation{
		service: s, job: job, fence: job.Fence(rand.Text()), now: time.Now(),
		log:    s.log.With(zap.String("env", environment.Name), zap.String("disk", job.Disk.GetDisk()), zap.Uint64("run", job.Sequence)),
		target: scan.Target{Environment: environment.Name, Disk: environment.Provider.Disk(job.Disk.GetDisk()), Definitions: environment.Definitions},
	}
	if err := e.run(ctx); err != nil {
		return fmt.Errorf("evaluate disk %q of %q: %w", job.Disk.GetDisk(), environment.Name, err)
	}
	return nil
}

// evaluation is the work on one job.
type evaluation struct {
	service  *Service
	job      bus.Job
	fence    *backmonv1.Fence
	now      time.Time
	log      *zap.Logger
	target   scan.Target
	previous map[backup.SeriesID]bus.BackupRecord
	disk     bus.DiskRecord
}

func (e *evaluation) run(ctx context.Context) error {
	statuses, err := e.recall(ctx)
	if err != nil {
		return err
	}
	result := e.service.scanner.Scan(ctx, e.target, e.now, statuses, func(int64) { e.job.Progress() })
	if ctx.Err() != nil && result.Failure != nil {
		return e.interrupted(ctx, result)
	}
	return e.publish(ctx, result)
}

// interrupted tells an end of the process, after which another evaluator starts
// anew, from a disk that took too long, which is a finding.
func (e *evaluation) interrupted(ctx context.Context, result scan.Result) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return e.publish(ctx, result)
}

// recall reads what was last said of the disk and its series.
func (e *evaluation) recall(ctx context.Context) ([]backup.Status, error) {
	name := e.target.Disk.Name()
	e.previous = map[backup.SeriesID]bus.BackupRecord{}
	statuses := []backup.Status{} // not nil: what is not among them is new
	for record, err := range e.service.bus.LastStatuses(ctx, e.target.Environment, name) {
		if err != nil && record.Sequence > 0 { // it will be overwritten
			e.log.Warn("a stored status can't be read", zap.Error(err))
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the last statuses: %w", err)
		}
		s := wire.ParseStatus(record.Status)
		e.previous[s.Series] = record
		if !record.Gone() {
			statuses = append(statuses, s)
		}
	}
	var err error
	if e.disk, err = e.service.bus.LastDiskStatus(ctx, e.target.Environment, name); err != nil {
		return nil, fmt.Errorf("read the disk's last status: %w", err)
	}
	e.job.Progress()
	return statuses, nil
}

// publish says what changed of the series, then how the disk is. The disk's
// status comes last: who waits for it finds the series' there.
func (e *evaluation) publish(ctx context.Context, result scan.Result) error {
	updates := e.updates(result.Statuses)
	outcomes, err := e.service.bus.PublishBackupStatuses(ctx, updates)
	if err != nil {
		return fmt.Errorf("publish statuses: %w", err)
	}
	e.job.Progress()
	status := DiskStatus(e.target, result, e.now, e.disk.Status, e.purgeable())
	status.Fence = e.fence
	outcome, err := e.service.bus.PublishDiskStatus(ctx, status, e.disk.Revision())
	if err != nil {
		return fmt.Errorf("publish the disk's status: %w", err)
	}
	e.report(result, outcomes, outcome)
	return nil
}

// updates lists the statuses that say something new, and those due for a refresh.
func (e *evaluation) updates(statuses []backup.Status) []bus.BackupUpdate {
	var updates []bus.BackupUpdate
	for _, s := range statuses {
		record, known := e.previous[s.Series]
		message := wire.Status(s, e.fence)
		if known && !record.Gone() && wire.SameContent(record.Status, message) && e.now.Sub(record.Stored) < refreshAfter {
			continue
		}
		updates = append(updates, bus.BackupUpdate{Status: message, After: record.Revision()})
	}
	return updates
}

func (e *evaluation) report(result scan.Result, outcomes []bus.Outcome, disk bus.Outcome) {
	superseded := 0
	for _, o := range outcomes {
		if o == bus.Superseded {
			superseded++
		}
	}
	fields := []zap.Field{
		zap.Int("series", len(result.Statuses)), zap.Int("published", len(outcomes)-superseded), zap.Int64("objects", result.Cost.Objects),
		zap.Int("requests", result.Cost.Requests), zap.Duration("elapsed", time.Since(e.now)),
	}
	switch {
	case disk == bus.Superseded || superseded > 0:
		e.log.Info("a newer evaluation has taken over", append(fields, zap.Int("superseded", superseded))...)
	case result.Failure != nil:
		e.log.Warn("the disk could not be judged", append(fields, zap.Error(result.Failure))...)
	default:
		e.log.Info("disk evaluated", fields...)
	}
}

// purgeable is how many files a purger may have deleted since the last statuses:
// of those that they list, what one run may take of each series.
func (e *evaluation) purgeable() int64 {
	share := e.service.config.PurgeShare
	if share == 0 {
		return 0
	}
	files := 0
	for _, record := range e.previous {
		files += min(len(record.Status.GetExpired().GetFiles()), backup.PurgeShare(int(record.Status.GetFiles().GetCount()), share))
	}
	return int64(files)
}
