package bus_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

const env = "prod"

func found(disk string) *backmonv1.DiskFound {
	return &backmonv1.DiskFound{Environment: env, Disk: disk, Trigger: backmonv1.Trigger_TRIGGER_TICK}
}

func fence(job, delivery uint64, run string) *backmonv1.Fence {
	return &backmonv1.Fence{Job: job, Delivery: delivery, Run: run}
}

func status(disk, group string, f *backmonv1.Fence) *backmonv1.BackupStatus {
	return &backmonv1.BackupStatus{
		Series: &backmonv1.SeriesId{
			Environment: env, Disk: disk, Directory: "db", File: "%Y-%M-%D.dump", Group: []byte(group),
		},
		State: backmonv1.State_STATE_OK,
		Fence: f,
	}
}

func gone(disk, group string, f *backmonv1.Fence) *backmonv1.BackupStatus {
	s := status(disk, group, f)
	s.State = backmonv1.State_STATE_GONE
	return s
}

// subjectOf is the subject of status(disk, group, ...).
func subjectOf(disk, group string) string {
	return bus.BackupStatusSubject(env, disk, "db", "%Y-%M-%D.dump", group)
}

// raw is a connection that knows nothing of backmon.
func raw(t testing.TB, s *bustest.Server) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	options := nats.GetDefaultOptions()
	options.Servers = s.Config.URLs
	if s.Embedded() {
		options.InProcessServer = s
	}
	conn, err := options.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return conn, js
}

// patient bounds what a test waits for.
func patient(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bustest.Timeout)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ticks := time.NewTicker(10 * time.Millisecond)
	defer ticks.Stop()
	for end := time.Now().Add(bustest.Timeout); !holds(); <-ticks.C {
		if time.Now().After(end) {
			t.Fatalf("timed out: %s", what)
		}
	}
}

// receive waits for one value.
func receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(bustest.Timeout):
		t.Fatalf("timed out: %s", what)
		panic("unreachable")
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func publishFound(t testing.TB, b *bus.Bus, disk, id string, want bus.Outcome) {
	t.Helper()
	got, err := b.PublishDiskFound(patient(t), found(disk), id)
	if err != nil || got != want {
		t.Fatalf("publish %q with id %q: %v, %v; want %v", disk, id, got, err, want)
	}
}

func publishStatus(t testing.TB, b *bus.Bus, s *backmonv1.BackupStatus, after bus.Revision, want bus.Outcome) {
	t.Helper()
	got, err := b.PublishBackupStatus(patient(t), s, after)
	if err != nil || got != want {
		t.Fatalf("publish with %v after %v: %v, %v; want %v", s.GetFence(), after, got, err, want)
	}
}

// records reads the last statuses of a disk by group.
func records(t testing.TB, b *bus.Bus, disk string) map[string]bus.BackupRecord {
	t.Helper()
	all := map[string]bus.BackupRecord{}
	for record, err := range b.LastStatuses(patient(t), env, disk) {
		if err != nil {
			t.Fatal(err)
		}
		all[string(record.Status.GetSeries().GetGroup())] = record
	}
	return all
}

func unmarshal(t testing.TB, data []byte, message proto.Message) {
	t.Helper()
	if err := proto.Unmarshal(data, message); err != nil {
		t.Fatal(err)
	}
}

// queueLength is how many requests are queued or in work.
func queueLength(t testing.TB, js jetstream.JetStream) uint64 {
	t.Helper()
	stream, err := js.Stream(patient(t), bus.StreamDisks)
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().State.Msgs
}

// deadLetters reads all of them.
func deadLetters(t testing.TB, js jetstream.JetStream) []*backmonv1.DeadLetter {
	t.Helper()
	stream, err := js.Stream(patient(t), bus.StreamDeadLetters)
	if err != nil {
		t.Fatal(err)
	}
	var all []*backmonv1.DeadLetter
	state := stream.CachedInfo().State
	for sequence := max(state.FirstSeq, 1); sequence <= state.LastSeq; sequence++ {
		msg, err := stream.GetMsg(patient(t), sequence)
		if err != nil {
			t.Fatal(err)
		}
		letter := new(backmonv1.DeadLetter)
		unmarshal(t, msg.Data, letter)
		all = append(all, letter)
	}
	return all
}

// inBackground hands jobs to handler until the returned function is
// called, which waits for the end.
func inBackground[J any](t *testing.T, from func(context.Context, bus.ConsumeOptions, func(context.Context, J) error) error, options bus.ConsumeOptions, handler func(context.Context, J) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- from(ctx, options, handler) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := receive(t, done, "the end of the work"); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}
