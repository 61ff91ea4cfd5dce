package bus

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Job is one delivery of a request to evaluate a disk.
type Job struct {
	// Disk is the request.
	Disk *backmonv1.DiskFound
	// Sequence of the request in StreamDisks; grows with time.
	Sequence uint64
	// Delivery counts the deliveries of this request, from 1.
	Delivery uint64
	// Queued is when the request was stored.
	Queued time.Time

	heartbeat *heartbeat
}

// Progress tells the server that the job goes on, so that nobody else gets it.
// Call it at each step, as often as you like: it sends at most three times
// within the time after which a silent job is given to another worker. It is
// safe for concurrent use. It is no proof that the job is still this worker's:
// only publishing a status tells.
func (j Job) Progress() { j.heartbeat.beat() }

// Fence is the mark of this delivery for statuses. Run names the attempt.
func (j Job) Fence(run string) *backmonv1.Fence {
	return &backmonv1.Fence{Job: j.Sequence, Delivery: j.Delivery, Run: run}
}

// ConsumeDisks hands requests to evaluate a disk to handler until ctx ends, and
// returns nil after the last job was settled. Each worker takes one job at a
// time, shared with all other processes that consume.
//
// A handler that returns nil is done. An error of Permanent goes to the dead
// letters at once, any other after five deliveries; before, the job is
// delivered again after a rest. A panic is an error like any other. A message
// that can't be read is a dead letter at once.
//
// A handler calls Job.Progress at each step; one that is silent for a minute
// loses its job to another worker.
func (b *Bus) ConsumeDisks(ctx context.Context, options ConsumeOptions, handler func(context.Context, Job) error) error {
	return b.consume(ctx, options, source{
		stream: StreamDisks, durable: DurableEvaluator, what: "disks",
		job: func(d *delivery) (proto.Message, func(context.Context) error) {
			job := Job{new(backmonv1.DiskFound), d.sequence, d.number, d.stored, d.heartbeat}
			return job.Disk, func(ctx context.Context) error { return handler(ctx, job) }
		},
	})
}
