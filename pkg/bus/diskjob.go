package bus

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// DiskJob is one delivery of a disk's status to who works on disks that were
// evaluated.
type DiskJob struct {
	// Status is what was published; a newer one may be there by now.
	Status *backmonv1.DiskStatus
	// Sequence of the status in StreamStatus, as that of a DiskRecord.
	Sequence uint64
	// Delivery counts the deliveries of this status, from 1.
	Delivery uint64
	// Stored is when the server took the status.
	Stored time.Time

	heartbeat *heartbeat
}

// Progress tells the server that the job goes on, as Job.Progress does. It is
// no proof that nobody else works on the disk.
func (j DiskJob) Progress() { j.heartbeat.beat() }

// ConsumeDiskStatuses hands the statuses of disks, tombstones among them, to
// handler, as ConsumeDisks does with requests. When the durable is made it
// begins with the last status of each disk.
//
// Every status is delivered, so after a long absence those of the meantime come
// too: compare Sequence with that of LastDiskStatus. Unlike in ConsumeDisks two
// statuses of one disk may be in work at the same time, at two workers.
func (b *Bus) ConsumeDiskStatuses(ctx context.Context, options ConsumeOptions, handler func(context.Context, DiskJob) error) error {
	return b.consume(ctx, options, source{
		stream: StreamStatus, durable: DurablePurger, what: "disk statuses",
		job: func(d *delivery) (proto.Message, func(context.Context) error) {
			job := DiskJob{new(backmonv1.DiskStatus), d.sequence, d.number, d.stored, d.heartbeat}
			return job.Status, func(ctx context.Context) error { return handler(ctx, job) }
		},
	})
}
