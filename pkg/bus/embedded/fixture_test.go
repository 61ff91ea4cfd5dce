package embedded_test

import (
	"context"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/embedded"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

const timeout = 30 * time.Second

func patient(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	return ctx
}

func start(t testing.TB, config embedded.Config) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(config, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func connect(t testing.TB, config bus.Config, options bus.Options) *bus.Bus {
	t.Helper()
	options.Name = "test"
	b, err := bus.Connect(patient(t), config, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(patientAfter()); err != nil {
			t.Error(err)
		}
	})
	return b
}

// patientAfter is for what runs after the test's own context has ended.
func patientAfter() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	context.AfterFunc(ctx, cancel)
	return ctx
}

func diskStatus(disk string) *backmonv1.DiskStatus {
	return &backmonv1.DiskStatus{Environment: "prod", Disk: disk, Fence: &backmonv1.Fence{Job: 1, Delivery: 1, Run: disk}}
}

func publish(t testing.TB, b *bus.Bus, disk string) {
	t.Helper()
	outcome, err := b.PublishDiskStatus(patient(t), diskStatus(disk), bus.Revision{})
	if err != nil || outcome != bus.Stored {
		t.Fatalf("publish %q: %v, %v", disk, outcome, err)
	}
}

func isStored(t testing.TB, b *bus.Bus, disk string) bool {
	t.Helper()
	record, err := b.LastDiskStatus(patient(t), "prod", disk)
	if err != nil {
		t.Fatal(err)
	}
	return record.Sequence != 0
}

func provision(t testing.TB, b *bus.Bus) {
	t.Helper()
	if _, err := b.Provision(patient(t)); err != nil {
		t.Fatal(err)
	}
}
