package bus

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

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
func (j Job) Progress() {
	if j.heartbeat != nil {
		j.heartbeat.beat()
	}
}

// Fence is the mark of this delivery for statuses. Run names the attempt.
func (j Job) Fence(run string) *backmonv1.Fence {
	return &backmonv1.Fence{Job: j.Sequence, Delivery: j.Delivery, Run: run}
}

// heartbeat sends at most once within an interval.
type heartbeat struct {
	send     func() error
	failed   func(error)
	interval time.Duration

	mu   sync.Mutex
	last time.Time
}

func (h *heartbeat) beat() {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if now.Sub(h.last) < h.interval {
		return
	}
	h.last = now
	if err := h.send(); err != nil {
		h.failed(err)
	}
}

// delivery is a message of the queue on its way through a handler.
type delivery struct {
	queue *queue
	msg   jetstream.Msg
	job   Job
}

// newDelivery reads a message. With an error the message is unreadable, and the
// delivery can still be given up.
func (q *queue) newDelivery(msg jetstream.Msg) (*delivery, error) {
	d := &delivery{queue: q, msg: msg, job: Job{Disk: new(backmonv1.DiskFound)}}
	meta, err := msg.Metadata()
	if err != nil {
		return d, err
	}
	d.job.Sequence, d.job.Delivery, d.job.Queued = meta.Sequence.Stream, meta.NumDelivered, meta.Timestamp
	d.job.heartbeat = &heartbeat{
		send:     msg.InProgress,
		failed:   d.report,
		interval: q.ackWait / 3,
		last:     time.Now(),
	}
	return d, decode(msg.Headers(), msg.Data(), d.job.Disk)
}

// jobContext is the handler's: it outlives the end of ctx by the grace, ends at
// the deadline, and carries the event's trace.
func (d *delivery) jobContext(ctx context.Context) (context.Context, context.CancelFunc) {
	own := ContextWithTraceparent(context.WithoutCancel(ctx), headerOf(d.msg.Headers(), headerTraceparent))
	own, cancel := context.WithTimeoutCause(own, d.queue.options.Deadline, errDeadline)
	own, cancelCause := context.WithCancelCause(own)
	stop := context.AfterFunc(ctx, func() {
		if sleep(own, d.queue.options.Grace) == nil {
			cancelCause(errStopping)
		}
	})
	return own, func() {
		stop()
		cancelCause(nil)
		cancel()
	}
}
