package purger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
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
	gone    int             // files that went
}

// handle works on one disk's status.
func (s *Service) handle(ctx context.Context, job bus.DiskJob) error {
	name := job.Status.GetDisk()
	environment, ok := s.environment(job.Status.GetEnvironment())
	if !ok || job.Status.GetGone() {
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
	if err := r.settle(ctx); err != nil {
		return err
	}
	refusal := gateDisk(r.job.Status, r.service.config.Interval, r.service.now())
	if refusal != nil || !r.service.memory.denied(r.id) { // a missing right is taken back by a delete that works
		if err := r.report(ctx, r.id, refusal, 0); err != nil || refusal != nil {
			return err
		}
	}
	holds, err := r.service.bus.Holds(ctx)
	if err != nil {
		return fmt.Errorf("read the holds, without which nothing is deleted: %w", err)
	}
	if err := r.eachSeries(ctx, holds); err != nil && !errors.Is(err, errDenied) {
		return err
	}
	return r.evaluateAgain(ctx)
}

// eachSeries purges the series that list expired files.
func (r *run) eachSeries(ctx context.Context, holds []*backmonv1.Hold) error {
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
	refusal := gateSeries(status)
	if refusal == nil {
		refusal = gateHolds(status.Series, holds, r.service.now())
	}
	var p plan
	if refusal == nil {
		p = r.look(ctx, status)
		refusal = p.refusal
	}
	if err := r.report(ctx, status.Series, refusal, len(status.Expired.Files)); err != nil || refusal != nil || len(p.files) == 0 {
		return err
	}
	if !r.service.config.Enforce {
		return r.dryRun(ctx, p)
	}
	return r.execute(ctx, p, record)
}

// blockedWithoutFiles says why a series that is to be purged lists nothing while
// it is not in order: an UNKNOWN one lists no files at all.
func blockedWithoutFiles(s backup.Status) *Refusal {
	if s.Policy.Purge && s.State == backup.Unknown {
		return gateSeries(s)
	}
	return nil
}

// report publishes a refusal when it is another one than before, and that there
// is none any more.
func (r *run) report(ctx context.Context, id backup.SeriesID, refusal *Refusal, files int) error {
	if refusal == nil {
		refusal = &Refusal{}
	}
	m := &r.service.memory
	m.mu.Lock()
	news := changed(&m.refused, id, refusal.Reason)
	m.mu.Unlock()
	if !news {
		return nil
	}
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
}

// evaluateAgain asks for the disk's evaluation after files went, so that the next
// ones of a long backlog come up.
func (r *run) evaluateAgain(ctx context.Context) error {
	if r.gone == 0 {
		return nil
	}
	_, err := r.service.bus.PublishDiskFound(ctx, &backmonv1.DiskFound{
		Environment: r.id.Environment, Disk: r.id.Disk, Trigger: backmonv1.Trigger_TRIGGER_REQUEST, RequestedAt: timestamppb.New(time.Now()),
	}, "")
	return err
}

// errReadOnly says that the storage of a disk can't delete.
var errReadOnly = errors.New("its storage can't delete")
