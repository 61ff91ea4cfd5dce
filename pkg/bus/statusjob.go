package bus

import (
	"context"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// StatusJob is one delivery of a status, of a series or a disk, to who tells people
// of it.
type StatusJob struct {
	// Backup or Disk is set: what was published. A newer one may be there by now.
	Backup *backmonv1.BackupStatus
	Disk   *backmonv1.DiskStatus
	// Sequence of the status in StreamStatus.
	Sequence uint64
	// Delivery counts the deliveries of this status, from 1.
	Delivery uint64
	// Stored is when the server took the status.
	Stored time.Time

	heartbeat *heartbeat
}

// Progress tells the server that the job goes on, as Job.Progress does.
func (j StatusJob) Progress() { j.heartbeat.beat() }

// ConsumeStatuses hands every status, tombstones among them, to handler, as
// ConsumeDisks does with requests. When the durable is made it begins with the last
// status of each series and disk.
//
// With several workers, here or elsewhere, the statuses of one series may be in
// work at the same time, and one that failed comes again after newer ones: compare
// Sequence with what was seen before.
func (b *Bus) ConsumeStatuses(ctx context.Context, options ConsumeOptions, handler func(context.Context, StatusJob) error) error {
	return b.consume(ctx, options, source{
		stream: StreamStatus, durable: DurableNotifier, what: "statuses",
		job: func(d *delivery) (proto.Message, func(context.Context) error) {
			job := StatusJob{Sequence: d.sequence, Delivery: d.number, Stored: d.stored, heartbeat: d.heartbeat}
			handle := func(ctx context.Context) error { return handler(ctx, job) }
			if strings.HasPrefix(d.msg.Subject(), diskStatusPrefix+".") {
				job.Disk = new(backmonv1.DiskStatus)
				return job.Disk, handle
			}
			job.Backup = new(backmonv1.BackupStatus)
			return job.Backup, handle
		},
	})
}
