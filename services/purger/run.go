package purger

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/gate"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// run is the work that one disk's status gives.
type run struct {
	service *Service
	job     bus.DiskJob
	log     *zap.Logger
	target  scan.Target
	disk    storage.Disk
	id      backup.SeriesID // of the disk
	// goneAnew counts files that went.
	goneAnew int
}

// inTurn handles one status of a disk after the other: two may come at once, and
// would do and tell the same.
func (s *Service) inTurn(ctx context.Context, job bus.DiskJob) error {
	end, err := s.memory.busy.take(ctx, backup.SeriesID{Environment: job.Status.GetEnvironment(), Disk: job.Status.GetDisk()})
	if err != nil {
		return err
	}
	defer end()
	return s.handle(ctx, job)
}

// handle works on one disk's status.
func (s *Service) handle(ctx context.Context, job bus.DiskJob) error {
	name := job.Status.GetDisk()
	environment, ok := s.environment(job.Status.GetEnvironment())
	if !ok || job.Status.GetGone() || !environment.has(name) {
		return nil
	}
	disk := environment.Provider.Disk(name)
	r := &run{
		service: s, job: job, disk: disk,
		log:    s.log.With(zap.String("env", environment.Name), zap.String("disk", name)),
		target: scan.Target{Environment: environment.Name, Disk: disk, Definitions: environment.Definitions},
		id:     backup.SeriesID{Environment: environment.Name, Disk: name},
	}
	if err := r.work(ctx); err != nil {
		return fmt.Errorf("purge disk %q of %q: %w", name, environment.Name, err)
	}
	return nil
}

func (r *run) work(ctx context.Context) error {
	last, err := r.service.bus.LastDiskStatus(ctx, r.id.Environment, r.id.Disk)
	if err != nil {
		return err
	}
	if last.Sequence > r.job.Sequence { // the newer status has a job of its own
		return nil
	}
	refusal, err := r.gate(ctx)
	if err != nil {
		return err
	}
	if err := r.settle(ctx, refusal == nil); err != nil {
		return err
	}
	if refusal != nil || r.service.memory.refused.of(r.id) != ReasonDenied { // a missing right is taken back by a delete that works
		if err := r.report(ctx, r.id, refusal, 0); err != nil || refusal != nil {
			return err
		}
	}
	err = r.eachSeries(ctx)
	if errors.Is(err, errDenied) {
		err = nil
	}
	return errors.Join(err, r.evaluateAgain(ctx))
}

// gate refuses the whole disk.
func (r *run) gate(ctx context.Context) (*gate.Refusal, error) {
	if refusal := gate.Disk(r.job.Status, r.service.config.Interval, r.service.now()); refusal != nil {
		return refusal, nil
	}
	_, err := r.disk.Read(ctx, storage.IgnoreFile, 1)
	switch {
	case err == nil, errors.Is(err, storage.ErrTooLarge):
		return gate.Refuse(ReasonIgnored, "the disk holds a file %s", storage.IgnoreFile), nil
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, storage.ErrAccessDenied): // rights may be for some folders only
		return nil, nil
	}
	return nil, fmt.Errorf("look for %s: %w", storage.IgnoreFile, err)
}

// eachSeries purges the series that list expired files.
func (r *run) eachSeries(ctx context.Context) error {
	holds, err := r.service.bus.Holds(ctx)
	if err != nil {
		return fmt.Errorf("read the holds, without which nothing is deleted: %w", err)
	}
	for record, err := range r.service.bus.LastStatuses(ctx, r.id.Environment, r.id.Disk) {
		if err != nil {
			return fmt.Errorf("read the statuses: %w", err)
		}
		if record.Gone() {
			continue
		}
		if err := r.series(ctx, record, holds); err != nil {
			return err
		}
	}
	return nil
}

// series purges one series.
func (r *run) series(ctx context.Context, record bus.BackupRecord, holds []*backmonv1.Hold) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	status := wire.ParseStatus(record.Status)
	if len(status.Expired.Files) == 0 {
		return r.report(ctx, status.Series, blockedWithoutFiles(status), 0)
	}
	p := r.plan(ctx, record.Status, status, holds)
	if ctx.Err() != nil { // what could not be seen then says nothing of the disk
		return context.Cause(ctx)
	}
	if err := r.report(ctx, status.Series, cmp.Or(p.refusal, p.left), len(status.Expired.Files)); err != nil || p.refusal != nil || len(p.files) == 0 {
		return err
	}
	if !r.service.config.Enforce {
		return r.dryRun(ctx, p)
	}
	return r.execute(ctx, p, record)
}

// plan asks everything that may forbid to purge a series, and plans what may go.
func (r *run) plan(ctx context.Context, message *backmonv1.BackupStatus, status backup.Status, holds []*backmonv1.Hold) plan {
	refusal := gate.Record(message, status)
	if refusal == nil {
		refusal = gate.Holds(status.Series, holds, r.service.now())
	}
	if _, ok := r.disk.(storage.Deleter); !ok && refusal == nil && r.service.config.Enforce {
		refusal = gate.Refuse(ReasonReadOnly, "its storage can't delete")
	}
	if refusal != nil {
		return plan{refusal: refusal}
	}
	return r.look(ctx, status)
}

// blockedWithoutFiles says why a series that is to be purged lists nothing while
// it is not in order: an UNKNOWN one lists no files at all, and one whose files
// all belong to a second rule too lists none of these.
func blockedWithoutFiles(s backup.Status) *gate.Refusal {
	switch {
	case !s.Policy.Purge:
		return nil
	case s.State == backup.Unknown:
		return gate.Series(s)
	}
	return ambiguous(s)
}

// report publishes a refusal when it is another one than before, and that there
// is none any more.
func (r *run) report(ctx context.Context, id backup.SeriesID, refusal *gate.Refusal, files int) error {
	if refusal == nil {
		refusal = &gate.Refusal{}
	}
	return r.service.memory.refused.once(id, refusal.Reason, func() error {
		message := &backmonv1.PurgeRefused{
			Environment: r.id.Environment, Disk: r.id.Disk, Run: rand.Text(), At: timestamppb.New(r.service.now()),
			Reason: refusal.Reason, Text: wire.Text(refusal.Text), Files: int64(files),
		}
		if id != r.id {
			message.Series = wire.SeriesID(id)
		}
		if refusal.Reason != "" {
			r.log.Info("purging is refused", zap.Stringer("series", id), zap.String("reason", refusal.Reason), zap.String("text", refusal.Text))
		}
		return r.service.bus.PublishAudit(ctx, message, message.GetRun())
	})
}

// evaluateAgain asks for the disk's evaluation after files went, so that the next
// ones of a long backlog come up.
func (r *run) evaluateAgain(ctx context.Context) error {
	if r.goneAnew == 0 {
		return nil
	}
	_, err := r.service.bus.PublishDiskFound(ctx, &backmonv1.DiskFound{
		Environment: r.id.Environment, Disk: r.id.Disk, Trigger: backmonv1.Trigger_TRIGGER_REQUEST, RequestedAt: timestamppb.New(time.Now()),
	}, "")
	return err
}
