package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
)

// at once, for tests of what comes after a failure.
var atOnce = []time.Duration{time.Millisecond}

// seen is one call of a handler.
type seen struct {
	worker string
	job    bus.Job
}

// setAckWait makes the server impatient.
func setAckWait(t *testing.T, js jetstream.JetStream, stream, durable string, wait time.Duration) {
	t.Helper()
	consumer := must[jetstream.Consumer](t)(js.Consumer(patient(t), stream, durable))
	config := consumer.CachedInfo().Config
	config.AckWait = wait
	must[jetstream.Consumer](t)(js.UpdateConsumer(patient(t), stream, config))
}

func TestTwoWorkersShare(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		const jobs = 12
		b := s.Connect(t, "discoverer")
		calls := make(chan seen, 100)
		// Both workers must be at it at the same time for any job to end.
		meet := make(chan struct{})
		for _, name := range []string{"one", "two"} {
			inBackground(t, s.Connect(t, name).ConsumeDisks, bus.ConsumeOptions{}, func(ctx context.Context, job bus.Job) error {
				calls <- seen{name, job}
				select {
				case meet <- struct{}{}:
				case <-meet:
				case <-ctx.Done():
				}
				return ctx.Err()
			})
		}
		for i := range jobs {
			publishFound(t, b, fmt.Sprint("disk-", i), "", bus.Stored)
		}
		count := map[string]int{}
		for range jobs {
			call := receive(t, calls, "a job")
			count[call.worker]++
			if call.job.Delivery != 1 {
				t.Errorf("job %d was delivered %d times", call.job.Sequence, call.job.Delivery)
			}
		}
		if count["one"] != jobs/2 || count["two"] != jobs/2 {
			t.Errorf("shares %v", count)
		}
		_, js := raw(t, s)
		eventually(t, "the queue to be empty", func() bool { return queueLength(t, js) == 0 })
	})
}

func TestJob(t *testing.T) {
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	s := bustest.Start(t)
	b := s.Connect(t, "test")
	must[bus.Outcome](t)(b.PublishDiskFound(bus.ContextWithTraceparent(patient(t), trace), found("d"), ""))
	type call struct {
		job   bus.Job
		trace string
	}
	calls := make(chan call, 1)
	inBackground(t, b.ConsumeDisks, bus.ConsumeOptions{}, func(ctx context.Context, job bus.Job) error {
		calls <- call{job, bus.Traceparent(ctx)}
		return nil
	})
	got := receive(t, calls, "the job")
	if got.trace != trace || got.job.Disk.GetDisk() != "d" || got.job.Sequence == 0 || time.Since(got.job.Queued) > bustest.Timeout {
		t.Errorf("call %+v", got)
	}
	f := got.job.Fence("run-1")
	if f.GetJob() != got.job.Sequence || f.GetDelivery() != 1 || f.GetRun() != "run-1" {
		t.Errorf("fence %v", f)
	}
	bus.Job{}.Progress() // of a job in another package's test: does nothing
}

// Progress keeps a long job; a worker that is silent loses it.
func TestProgressHoldsTheJob(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		const wait = 400 * time.Millisecond
		_, js := raw(t, s)
		setAckWait(t, js, bus.StreamDisks, bus.DurableEvaluator, wait)
		b := s.Connect(t, "test")
		publishFound(t, b, "d", "", bus.Stored)
		deliveries := make(chan uint64, 10)
		var calls atomic.Int64
		handler := func(ctx context.Context, job bus.Job) error {
			calls.Add(1)
			deliveries <- job.Delivery
			if job.Delivery > 1 {
				return nil
			}
			ticks := time.NewTicker(wait / 20)
			defer ticks.Stop()
			for end := time.Now().Add(3 * wait); time.Now().Before(end); <-ticks.C {
				job.Progress()
			}
			if calls.Load() != 1 {
				t.Error("delivered again in spite of progress")
			}
			<-ctx.Done() // silent
			return ctx.Err()
		}
		stop := inBackground(t, b.ConsumeDisks, bus.ConsumeOptions{}, handler)
		inBackground(t, s.Connect(t, "other").ConsumeDisks, bus.ConsumeOptions{}, handler)
		for want := range uint64(2) {
			if got := receive(t, deliveries, "a delivery"); got != want+1 {
				t.Errorf("delivery %d, want %d", got, want+1)
			}
		}
		stop()
	})
}

func TestFailedJobs(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		cases := []struct {
			name       string
			handler    func(context.Context) error
			deliveries uint64
			text       string
		}{
			{"always fails", func(context.Context) error { return errors.New("no luck") }, 5, "no luck"},
			{"fails for good", func(context.Context) error { return bus.Permanent(errors.New("no use")) }, 1, "no use"},
			{"wrapped permanent", func(context.Context) error { return fmt.Errorf("disk: %w", bus.Permanent(errors.New("gone"))) }, 1, "disk: gone"},
			{"panics", func(context.Context) error { panic("ouch") }, 5, "panic: ouch"},
			{"takes too long", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, 5, "the job took too long"},
		}
		b := s.Connect(t, "evaluator")
		_, js := raw(t, s)
		for i, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				options := bus.ConsumeOptions{Backoff: atOnce, Deadline: 50 * time.Millisecond}
				stop := inBackground(t, b.ConsumeDisks, options, func(ctx context.Context, _ bus.Job) error { return c.handler(ctx) })
				publishFound(t, b, "d", "", bus.Stored)
				eventually(t, "the dead letter", func() bool { return len(deadLetters(t, js)) == i+1 })
				eventually(t, "the disk's place to be free", func() bool { return queueLength(t, js) == 0 })
				stop()
				letter := deadLetters(t, js)[i]
				if letter.GetDeliveries() != c.deliveries || !strings.Contains(letter.GetError(), c.text) {
					t.Errorf("letter %v; want %d deliveries, %q", letter, c.deliveries, c.text)
				}
				if letter.GetSubject() != bus.DiskFoundSubject(env, "d") || letter.GetType() != "backmon.v1.DiskFound" {
					t.Errorf("letter of %q, type %q", letter.GetSubject(), letter.GetType())
				}
			})
		}
	})
}

func TestFailsThenWorks(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	b := s.Connect(t, "evaluator")
	inBackground(t, b.ConsumeDisks, bus.ConsumeOptions{Backoff: atOnce}, func(_ context.Context, job bus.Job) error {
		if job.Delivery < 5 {
			return errors.New("not yet")
		}
		return nil
	})
	publishFound(t, b, "d", "", bus.Stored)
	eventually(t, "the job to be done", func() bool { return queueLength(t, js) == 0 })
	if letters := deadLetters(t, js); len(letters) != 0 {
		t.Errorf("dead letters %v", letters)
	}
}

// A worker that dies on a job tells nothing: the next one counts.
func TestNeverSettled(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	setAckWait(t, js, bus.StreamDisks, bus.DurableEvaluator, 50*time.Millisecond)
	b := s.Connect(t, "evaluator")
	publishFound(t, b, "d", "", bus.Stored)
	consumer := must[jetstream.Consumer](t)(js.Consumer(patient(t), bus.StreamDisks, bus.DurableEvaluator))
	for range 5 {
		must[jetstream.Msg](t)(consumer.Next())
	}
	inBackground(t, b.ConsumeDisks, bus.ConsumeOptions{}, func(_ context.Context, job bus.Job) error {
		t.Errorf("delivery %d is handled", job.Delivery)
		return nil
	})
	eventually(t, "the job to be given up", func() bool { return queueLength(t, js) == 0 })
	letters := deadLetters(t, js)
	if len(letters) != 1 || !strings.Contains(letters[0].GetError(), "never settled") {
		t.Errorf("dead letters %v", letters)
	}
}

func TestUnreadableJob(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	b := s.Connect(t, "evaluator")
	must[*jetstream.PubAck](t)(js.Publish(patient(t), bus.DiskFoundSubject(env, "d"), []byte("\xff\xff")))
	inBackground(t, b.ConsumeDisks, bus.ConsumeOptions{}, func(context.Context, bus.Job) error {
		t.Error("an unreadable job is handled")
		return nil
	})
	eventually(t, "the job to be given up", func() bool { return queueLength(t, js) == 0 })
	if letters := deadLetters(t, js); len(letters) != 1 || string(letters[0].GetPayload()) != "\xff\xff" {
		t.Errorf("dead letters %v", letters)
	}
}

// A job that can't be kept as a dead letter must not be lost.
func TestNoDeadLetterStream(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	if err := js.DeleteStream(patient(t), bus.StreamDeadLetters); err != nil {
		t.Fatal(err)
	}
	b := s.ConnectWith(t, bus.Options{Name: "evaluator", Patience: time.Millisecond})
	deliveries := make(chan uint64, 100)
	stop := inBackground(t, b.ConsumeDisks, bus.ConsumeOptions{Backoff: atOnce}, func(_ context.Context, job bus.Job) error {
		deliveries <- job.Delivery
		return bus.Permanent(errors.New("no use"))
	})
	publishFound(t, b, "d", "", bus.Stored)
	for range 2 {
		receive(t, deliveries, "a delivery")
	}
	stop()
	if got := queueLength(t, js); got != 1 {
		t.Errorf("%d in the queue, want 1", got)
	}
}

func TestStopGivesTheJobBack(t *testing.T) {
	s := bustest.Start(t)
	one, two := s.Connect(t, "one"), s.Connect(t, "two")
	started, taken := make(chan struct{}, 1), make(chan uint64, 1)
	stop := inBackground(t, one.ConsumeDisks, bus.ConsumeOptions{}, func(ctx context.Context, _ bus.Job) error {
		started <- struct{}{}
		<-ctx.Done()
		return fmt.Errorf("list: %w", ctx.Err())
	})
	publishFound(t, one, "d", "", bus.Stored)
	receive(t, started, "the job")
	stop()
	inBackground(t, two.ConsumeDisks, bus.ConsumeOptions{}, func(_ context.Context, job bus.Job) error {
		taken <- job.Delivery
		return nil
	})
	if got := receive(t, taken, "the job at the other worker"); got != 2 {
		t.Errorf("delivery %d, want 2", got)
	}
}

func TestGraceLetsTheJobEnd(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	b := s.Connect(t, "one")
	started, finish := make(chan struct{}, 1), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- b.ConsumeDisks(ctx, bus.ConsumeOptions{Grace: bustest.Timeout}, func(ctx context.Context, _ bus.Job) error {
			started <- struct{}{}
			<-finish
			return ctx.Err()
		})
	}()
	publishFound(t, b, "d", "", bus.Stored)
	receive(t, started, "the job")
	cancel()
	close(finish)
	if err := receive(t, done, "the end"); err != nil {
		t.Error(err)
	}
	if got := queueLength(t, js); got != 0 {
		t.Errorf("%d in the queue: the job was not acknowledged", got)
	}
}

func TestConsumeOverRestart(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	calls := make(chan string, 10)
	inBackground(t, b.ConsumeDisks, bus.ConsumeOptions{}, func(_ context.Context, job bus.Job) error {
		calls <- job.Disk.GetDisk()
		return nil
	})
	publishFound(t, b, "before", "", bus.Stored)
	receive(t, calls, "the job before")
	s.Restart(t)
	publishFound(t, b, "after", "", bus.Stored)
	if got := receive(t, calls, "the job after"); got != "after" {
		t.Errorf("job %q", got)
	}
}

func TestPermanent(t *testing.T) {
	cause := errors.New("cause")
	if bus.Permanent(nil) != nil {
		t.Error("Permanent(nil) is an error")
	}
	if err := bus.Permanent(cause); !errors.Is(err, cause) || err.Error() != "cause" {
		t.Errorf("Permanent(cause) is %v", err)
	}
	if got := bus.Reason(errors.New("line\nline" + strings.Repeat("x", 500))); strings.Contains(got, "\n") || len(got) > 210 {
		t.Errorf("reason %q", got)
	}
}
