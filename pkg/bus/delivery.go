package bus

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// delivery is a message of a queue on its way through a handler.
type delivery struct {
	queue *queue
	msg   jetstream.Msg
	// sequence of the message in its stream, and when it was stored.
	sequence uint64
	stored   time.Time
	// number of this delivery of the message, from 1.
	number    uint64
	heartbeat *heartbeat
	// handle is the handler with its job.
	handle func(context.Context) error
}

// newDelivery reads a message. With an error the message is unreadable, and the
// delivery can still be given up.
func (q *queue) newDelivery(msg jetstream.Msg) (*delivery, error) {
	d := &delivery{queue: q, msg: msg}
	meta, err := msg.Metadata()
	if err != nil {
		return d, err
	}
	d.sequence, d.number, d.stored = meta.Sequence.Stream, meta.NumDelivered, meta.Timestamp
	d.heartbeat = &heartbeat{
		send:     msg.InProgress,
		failed:   d.report,
		interval: q.ackWait / 3,
		last:     time.Now(),
	}
	body, handle := q.job(d)
	d.handle = handle
	return d, decode(msg.Headers(), msg.Data(), body)
}

// run calls the handler. An error after the job's context was ended from
// outside says why that was.
func (d *delivery) run(ctx context.Context) (err error) {
	ctx, cancel := d.jobContext(ctx)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = fmt.Errorf("%w: %w", cause, err)
		}
	}()
	return d.handle(ctx)
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

// heartbeat sends at most once within an interval.
type heartbeat struct {
	send     func() error
	failed   func(error)
	interval time.Duration

	mu   sync.Mutex
	last time.Time
}

// beat does nothing for a job that a test made.
func (h *heartbeat) beat() {
	if h == nil {
		return
	}
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
