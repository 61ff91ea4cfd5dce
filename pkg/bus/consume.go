package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
)

// ConsumeOptions are how a worker takes jobs. Zero values mean the defaults.
type ConsumeOptions struct {
	// Workers is how many jobs are in work at a time; 1 when 0.
	Workers int
	// Deadline ends the context of a job; 30 minutes when 0.
	Deadline time.Duration
	// Grace is how long a job in work may go on after the context of the call has
	// ended. Then it is given back at once, for another worker.
	Grace time.Duration
	// Backoff is how long a job rests after its first, second and so on failure;
	// the last one holds for all further ones. 1 s, 5 s, 30 s, 2 min when empty.
	Backoff []time.Duration
}

const defaultDeadline = 30 * time.Minute

// Bounds of one request for a job. Without a beat the request is made anew.
const (
	pullWait      = 30 * time.Second
	pullHeartbeat = 5 * time.Second
	pullRetry     = time.Second
)

func (o ConsumeOptions) withDefaults() ConsumeOptions {
	o.Workers = max(o.Workers, 1)
	if o.Deadline == 0 {
		o.Deadline = defaultDeadline
	}
	if len(o.Backoff) == 0 {
		o.Backoff = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute}
	}
	return o
}

// source is a durable and how its messages become jobs.
type source struct {
	stream, durable string
	// what it hands out, in the plural.
	what string
	// job returns what the message is read into, and what is called then.
	job func(*delivery) (proto.Message, func(context.Context) error)
}

// queue is one use of a durable.
type queue struct {
	source
	bus      *Bus
	options  ConsumeOptions
	consumer jetstream.Consumer
	ackWait  time.Duration
}

// consume takes jobs until ctx ends and the last one was settled.
func (b *Bus) consume(ctx context.Context, options ConsumeOptions, from source) error {
	q := &queue{source: from, bus: b, options: options.withDefaults()}
	if err := q.open(ctx); ctx.Err() != nil {
		return nil //nolint:nilerr // to be told to stop is no error
	} else if err != nil {
		return fmt.Errorf("consume %s: %w", q.what, err)
	}
	errs := make([]error, q.options.Workers)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = q.work(ctx) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

func (q *queue) open(ctx context.Context) error {
	return q.bus.persist(ctx, q.stream, func(ctx context.Context) error {
		consumer, err := q.bus.js.Consumer(ctx, q.stream, q.durable)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			return missing("stream " + q.stream)
		case errors.Is(err, jetstream.ErrConsumerNotFound):
			return missing("consumer " + q.durable + " of stream " + q.stream)
		case err != nil:
			return err
		}
		q.consumer, q.ackWait = consumer, consumer.CachedInfo().Config.AckWait
		return nil
	})
}

// work takes one job at a time: whatever is fetched ahead would wait here while
// other workers are idle, and time out.
func (q *queue) work(ctx context.Context) error {
	for ctx.Err() == nil {
		msg, err := q.next(ctx)
		switch {
		case err == nil:
			q.handle(ctx, msg)
		case ctx.Err() != nil:
		case q.bus.conn.IsClosed():
			return fmt.Errorf("consume %s: %w", q.what, ErrClosed)
		default:
			q.bus.options.OnError(fmt.Errorf("consume %s, trying again: %w", q.what, err))
			_ = sleep(ctx, pullRetry)
		}
	}
	return nil
}

// next waits for a job. An empty queue is no error to anybody.
func (q *queue) next(ctx context.Context) (jetstream.Msg, error) {
	for {
		msg, err := q.pull(ctx)
		if err == nil || ctx.Err() != nil || !isQuiet(err) {
			return msg, err
		}
	}
}

func (q *queue) pull(ctx context.Context) (jetstream.Msg, error) {
	ctx, cancel := within(ctx, q.bus.epoch.current())
	defer cancel()
	ctx, cancelWait := context.WithTimeout(ctx, pullWait)
	defer cancelWait()
	msg, err := q.consumer.Next(jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(pullHeartbeat))
	if err != nil && errors.Is(context.Cause(ctx), errReconnected) {
		return nil, errReconnected
	}
	return msg, err
}

func isQuiet(err error) bool {
	return errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, jetstream.ErrNoMessages) || errors.Is(err, errReconnected)
}

func (q *queue) handle(ctx context.Context, msg jetstream.Msg) {
	d, err := q.newDelivery(msg)
	switch {
	case err != nil:
		d.settle(ctx, Permanent(err))
	case d.number > maxDeliveries:
		// Its workers died on it, so none of them could give it up.
		d.settle(ctx, Permanent(fmt.Errorf("delivered %d times and never settled", d.number-1)))
	default:
		d.settle(ctx, d.run(ctx))
	}
}

// delay is the rest after a failed delivery.
func (q *queue) delay(delivery uint64) time.Duration {
	last := len(q.options.Backoff) - 1
	if delivery == 0 {
		return q.options.Backoff[0]
	}
	return q.options.Backoff[min(int(delivery)-1, last)]
}
