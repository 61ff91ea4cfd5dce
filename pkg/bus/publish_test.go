package bus_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func TestPublishDiskFound(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "discoverer")
		_, js := raw(t, s)
		publishFound(t, b, "d", "tick 1", bus.Stored)
		publishFound(t, b, "d", "tick 2", bus.Coalesced)
		publishFound(t, b, "other", "other tick 1", bus.Stored)
		outcome, err := b.PublishDiskFound(patient(t), found("d"), "tick 1")
		if err != nil || outcome == bus.Stored {
			t.Errorf("again with the same id while queued: %v, %v", outcome, err)
		}
		consume(t, b, 2)
		// A cluster says that it has the acknowledgement before all have acted on it.
		eventually(t, "the queue to be empty", func() bool { return queueLength(t, js) == 0 })
		publishFound(t, b, "d", "tick 1", bus.Duplicate)
		// What was refused as coalesced is not remembered as stored.
		publishFound(t, b, "d", "tick 2", bus.Stored)
	})
}

// consume works off n requests.
func consume(t *testing.T, b *bus.Bus, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(patient(t))
	defer cancel()
	var done atomic.Int64
	err := b.ConsumeDisks(ctx, bus.ConsumeOptions{}, func(context.Context, bus.Job) error {
		if done.Add(1) == int64(n) {
			cancel()
		}
		return nil
	})
	if err != nil || done.Load() != int64(n) {
		t.Fatalf("worked off %d of %d: %v", done.Load(), n, err)
	}
}

func TestRacingDiscoverers(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		const discoverers, disks = 4, 25
		var stored, others atomic.Int64
		var wait sync.WaitGroup
		for range discoverers {
			b := s.Connect(t, "discoverer")
			wait.Go(func() {
				for i := range disks {
					disk := fmt.Sprint("disk-", i)
					outcome, err := b.PublishDiskFound(patient(t), found(disk), disk+"/slot")
					switch {
					case err != nil:
						t.Error(err)
					case outcome == bus.Stored:
						stored.Add(1)
					default:
						others.Add(1)
					}
				}
			})
		}
		wait.Wait()
		if stored.Load() != disks || others.Load() != (discoverers-1)*disks {
			t.Errorf("%d stored, %d not; want %d and %d", stored.Load(), others.Load(), disks, (discoverers-1)*disks)
		}
	})
}

// A full store answers with the same code as a disk that is queued.
func TestFullStoreIsNotCoalesced(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	config := must[jetstream.Stream](t)(js.Stream(patient(t), bus.StreamDisks)).CachedInfo().Config
	config.MaxMsgs = 1
	must[jetstream.Stream](t)(js.UpdateStream(patient(t), config))
	b := s.ConnectWith(t, bus.Options{Name: "test", Patience: time.Millisecond})
	publishFound(t, b, "d", "", bus.Stored)
	outcome, err := b.PublishDiskFound(patient(t), found("other"), "")
	if err == nil || !strings.Contains(err.Error(), "maximum messages exceeded") {
		t.Errorf("into a full stream: %v, %v", outcome, err)
	}
}

func TestCloudEvent(t *testing.T) {
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	s := bustest.Start(t)
	b := s.Connect(t, "discoverer")
	_, js := raw(t, s)
	begin := time.Now()
	ctx := bus.ContextWithTraceparent(patient(t), trace)
	must[bus.Outcome](t)(b.PublishDiskFound(ctx, found("d"), "prod/d/1"))
	stream := must[jetstream.Stream](t)(js.Stream(ctx, bus.StreamDisks))
	msg := must[*jetstream.RawStreamMsg](t)(stream.GetLastMsgForSubject(ctx, bus.DiskFoundSubject(env, "d")))
	want := map[string]string{
		"ce-specversion": "1.0", "ce-id": "prod/d/1", "ce-source": "/backmon/discoverer",
		"ce-type": "backmon.v1.DiskFound", "datacontenttype": "application/protobuf", "traceparent": trace,
	}
	for key, value := range want {
		if got := msg.Header[key]; len(got) != 1 || got[0] != value {
			t.Errorf("%s is %q, want %q", key, got, value)
		}
	}
	at, err := time.Parse(time.RFC3339Nano, msg.Header["ce-time"][0])
	if err != nil || at.Before(begin.Add(-time.Second)) || at.After(time.Now()) {
		t.Errorf("ce-time is %v, %v", at, err)
	}
}

func TestNoTraceparent(t *testing.T) {
	ctx := bus.ContextWithTraceparent(t.Context(), "")
	if ctx != t.Context() || bus.Traceparent(ctx) != "" {
		t.Error("an empty trace is added")
	}
}

func TestPublishSurvivesRestart(t *testing.T) {
	s := bustest.Start(t)
	lost := make(chan error, 100)
	b := s.ConnectWith(t, bus.Options{Name: "test", OnError: func(err error) { lost <- err }})
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() { publishFound(t, b, fmt.Sprint("before-", i), fmt.Sprint("before ", i), bus.Stored) })
	}
	wait.Wait()
	s.Restart(t)
	receive(t, lost, "connection lost")
	for i := range 20 {
		wait.Go(func() { publishFound(t, b, fmt.Sprint("after-", i), fmt.Sprint("after ", i), bus.Stored) })
	}
	wait.Wait()
	_, js := raw(t, s)
	if got := queueLength(t, js); got != 40 {
		t.Errorf("%d in the queue, want 40", got)
	}
}

func TestDeadLetter(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	b := s.Connect(t, "evaluator")
	letter := &backmonv1.DeadLetter{Subject: "x", Error: "no use", Payload: make([]byte, 1<<20)}
	if err := b.PublishDeadLetter(patient(t), letter); err != nil {
		t.Fatal(err)
	}
	got := deadLetters(t, js)
	if len(got) != 1 || got[0].GetService() != "evaluator" || got[0].GetFailedAt() == nil ||
		got[0].GetError() != "no use" || len(got[0].GetPayload()) != 512<<10 {
		t.Errorf("dead letters %v", got)
	}
}

func TestLiveStatuses(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		conn, _ := raw(t, s)
		sub := must[*nats.Subscription](t)(conn.SubscribeSync("backmon.v1.live.>"))
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
		b := s.Connect(t, "evaluator")
		var updates []bus.BackupUpdate
		for i := range 10 {
			updates = append(updates, bus.BackupUpdate{Status: status("d", fmt.Sprint(i), fence(1, 1, "a"))})
		}
		must[[]bus.Outcome](t)(b.PublishBackupStatuses(patient(t), updates))
		for i := range 10 {
			msg := must[*nats.Msg](t)(sub.NextMsg(bustest.Timeout))
			if want := bus.LiveSubject(subjectOf("d", fmt.Sprint(i))); msg.Subject != want {
				t.Errorf("live on %q, want %q", msg.Subject, want)
			}
		}
	})
}
