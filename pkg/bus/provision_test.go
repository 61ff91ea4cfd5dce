package bus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
)

func TestProvisionTwice(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		report, err := s.Connect(t, "test").Provision(patient(t))
		if err != nil || len(report.Created) != 0 || len(report.Drifts) != 0 {
			t.Errorf("second time: %v\n%v", err, report)
		}
	})
}

func TestProvisionCreates(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	for _, stream := range []string{
		bus.StreamDisks, bus.StreamStatus, bus.StreamAudit, bus.StreamDeadLetters, bus.StreamHolds, bus.StreamIncidents,
		bus.StreamNotices, bus.StreamSilences,
	} {
		if err := js.DeleteStream(patient(t), stream); err != nil {
			t.Fatal(err)
		}
	}
	report := must[bus.Report](t)(s.Connect(t, "test").Provision(patient(t)))
	want := []string{
		"stream BACKMON_DISKS", "stream BACKMON_STATUS", "stream BACKMON_AUDIT",
		"stream BACKMON_DEADLETTERS", "stream KV_BACKMON_HOLDS", "stream KV_BACKMON_INCIDENTS", "stream KV_BACKMON_NOTICES",
		"stream KV_BACKMON_SILENCES",
		"consumer evaluator of stream BACKMON_DISKS", "consumer purger of stream BACKMON_STATUS",
		"consumer notifier of stream BACKMON_STATUS",
	}
	if !slices.Equal(report.Created, want) {
		t.Errorf("created %q, want %q", report.Created, want)
	}
	if got := strings.Count(report.String(), "created\n"); got != len(want) {
		t.Errorf("report tells %d:\n%v", got, report)
	}
}

func TestProvisionReportsDrift(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	config := must[jetstream.Stream](t)(js.Stream(patient(t), bus.StreamStatus)).CachedInfo().Config
	config.MaxMsgsPerSubject, config.MaxAge, config.RePublish = 7, time.Hour, nil
	must[jetstream.Stream](t)(js.UpdateStream(patient(t), config))
	consumer := must[jetstream.Consumer](t)(js.Consumer(patient(t), bus.StreamDisks, bus.DurableEvaluator)).CachedInfo().Config
	consumer.AckWait = time.Second
	must[jetstream.Consumer](t)(js.UpdateConsumer(patient(t), bus.StreamDisks, consumer))

	b := s.Connect(t, "test")
	for range 2 {
		report := must[bus.Report](t)(b.Provision(patient(t)))
		want := `stream BACKMON_STATUS: max_msgs_per_subject is 7, wanted 500
stream BACKMON_STATUS: max_age is 1h0m0s, wanted 0s
stream BACKMON_STATUS: republish is none, wanted backmon.v1.status.> to backmon.v1.live.>
consumer evaluator of stream BACKMON_DISKS: ack_wait is 1s, wanted 1m0s
`
		if report.String() != want {
			t.Errorf("report:\n%vwant:\n%v", report, want)
		}
	}
}

// A queue that is made anew must not hand out fences that are older than those
// of the statuses that are there.
func TestNewQueueHasNewerFences(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "test")
	_, js := raw(t, s)
	first := must[jetstream.Stream](t)(js.Stream(patient(t), bus.StreamDisks)).CachedInfo().State.LastSeq
	for i := range 5 {
		publishFound(t, b, fmt.Sprint(i), "", bus.Stored)
	}
	if err := js.DeleteStream(patient(t), bus.StreamDisks); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the clock to tick", func() bool { return uint64(time.Now().UnixMilli()) > first+6 })
	bustest.Provision(t, b)
	publishFound(t, b, "d", "", bus.Stored)
	last := must[jetstream.Stream](t)(js.Stream(patient(t), bus.StreamDisks)).CachedInfo().State.LastSeq
	if last <= first+5 {
		t.Errorf("sequence %d after %d", last, first+5)
	}
}

func TestMissingStreams(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	b := s.ConnectWith(t, bus.Options{Name: "test", Patience: time.Millisecond})
	if err := js.DeleteConsumer(patient(t), bus.StreamDisks, bus.DurableEvaluator); err != nil {
		t.Fatal(err)
	}
	consume := func(ctx context.Context) error {
		return b.ConsumeDisks(ctx, bus.ConsumeOptions{}, func(context.Context, bus.Job) error { return nil })
	}
	wantMissing(t, consume(patient(t)), "consumer evaluator of stream BACKMON_DISKS")
	for _, stream := range []string{bus.StreamDisks, bus.StreamStatus} {
		if err := js.DeleteStream(patient(t), stream); err != nil {
			t.Fatal(err)
		}
	}
	ctx := patient(t)
	wantMissing(t, consume(ctx), "stream BACKMON_DISKS")
	_, err := b.PublishDiskFound(ctx, found("d"), "")
	wantMissing(t, err, "stream BACKMON_DISKS")
	_, err = b.PublishBackupStatus(ctx, status("d", "g", fence(1, 1, "")), bus.Revision{})
	wantMissing(t, err, "stream BACKMON_STATUS")
	_, err = b.LastDiskStatus(ctx, env, "d")
	wantMissing(t, err, "stream BACKMON_STATUS")
	wantMissing(t, b.Ready(ctx), "stream BACKMON_STATUS")
	wantMissing(t, b.WatchStatuses(ctx, bus.Filter{}, func(bus.Event) error { return nil }), "stream BACKMON_STATUS")
	for _, err := range b.LastStatuses(ctx, env, "d") {
		wantMissing(t, err, "stream BACKMON_STATUS")
	}
}

func wantMissing(t *testing.T, err error, object string) {
	t.Helper()
	want := object + " is missing; run `backmon provision`"
	if !errors.Is(err, bus.ErrNotProvisioned) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestReady(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "test")
	if err := b.Ready(patient(t)); err != nil {
		t.Error(err)
	}
	s.Stop(t)
	eventually(t, "the loss to be noticed", func() bool { return errors.Is(b.Ready(patient(t)), bus.ErrDisconnected) })
	s.Restart(t)
	eventually(t, "the bus to be back", func() bool { return b.Ready(patient(t)) == nil })
}
