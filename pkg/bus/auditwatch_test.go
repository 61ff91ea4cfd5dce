package bus_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
)

// watchAudit watches in the background, and tells each event in short:
// "refused d/1", "refused d/1 replayed", "current", "reset".
func watchAudit(t *testing.T, b *bus.Bus, filter bus.AuditFilter) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	events, done := make(chan string), make(chan error, 1)
	go func() {
		done <- b.WatchAudit(ctx, filter, func(event bus.AuditEvent) error {
			select {
			case events <- tellAudit(event):
			case <-ctx.Done():
			}
			return nil
		})
	}()
	t.Cleanup(sync.OnceFunc(func() {
		cancel()
		if err := receive(t, done, "the end of the watch"); err != nil {
			t.Error(err)
		}
	}))
	return events
}

func tellAudit(event bus.AuditEvent) string {
	if event.Kind == bus.EventCurrent {
		return "current"
	}
	if event.Kind == bus.EventReset {
		return "reset"
	}
	text := tellRecord(event.Record)
	if event.Replayed {
		text += " replayed"
	}
	return text
}

func wantTold(t *testing.T, events <-chan string, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := receive(t, events, w); got != w {
			t.Fatalf("event %q, want %q", got, w)
		}
	}
}

func TestWatchAudit(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "purger")
		audit(t, b, refused("d", "1"), "1")
		audit(t, b, refused("d", "2"), "2")
		audit(t, b, purged("other", "3", result, 1, 1), "3")
		gateway := s.Connect(t, "gateway")
		all := watchAudit(t, gateway, bus.AuditFilter{})
		one := watchAudit(t, gateway, bus.AuditFilter{Environment: env, Disk: "d", Kinds: []bus.AuditKind{bus.AuditRefused}})
		wantTold(t, all, "refused d/1 replayed", "refused d/2 replayed", "purged other/3 replayed", "current")
		wantTold(t, one, "refused d/1 replayed", "refused d/2 replayed", "current")
		audit(t, b, purged("d", "4", result, 1, 1), "4")
		audit(t, b, refused("d", "5"), "5")
		wantTold(t, all, "purged d/4", "refused d/5")
		wantTold(t, one, "refused d/5")
	})
}

func TestWatchAuditSince(t *testing.T) {
	b := bustest.Start(t).Connect(t, "test")
	var filter bus.AuditFilter
	for i := range 3 {
		audit(t, b, refused("d", fmt.Sprint(i)), fmt.Sprint(i))
	}
	for record, err := range b.ReadAudit(patient(t), bus.AuditFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		filter.Since = record.Stored
	}
	events := watchAudit(t, b, filter)
	wantTold(t, events, "refused d/2 replayed", "current")
	audit(t, b, refused("d", "3"), "3")
	wantTold(t, events, "refused d/3")
}

// Each record comes once, or a counter would count it twice.
func TestWatchAuditOverRestart(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "purger")
	audit(t, b, refused("d", "1"), "1")
	events := watchAudit(t, s.Connect(t, "gateway"), bus.AuditFilter{})
	wantTold(t, events, "refused d/1 replayed", "current")
	audit(t, b, refused("d", "2"), "2")
	wantTold(t, events, "refused d/2")
	s.Restart(t)
	audit(t, b, refused("d", "2"), "2")
	audit(t, b, refused("d", "3"), "3")
	wantTold(t, events, "refused d/3")
}

// A stream that is made anew has other sequences: all begins again.
func TestWatchAuditResets(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	b := s.Connect(t, "purger")
	audit(t, b, refused("d", "1"), "1")
	events := watchAudit(t, s.Connect(t, "gateway"), bus.AuditFilter{})
	wantTold(t, events, "refused d/1 replayed", "current")
	if err := js.DeleteStream(patient(t), bus.StreamAudit); err != nil {
		t.Fatal(err)
	}
	bustest.Provision(t, b)
	audit(t, b, refused("d", "2"), "2")
	wantTold(t, events, "reset")
	for event := range events {
		if event == "refused d/2" || event == "refused d/2 replayed" {
			break
		}
		if event != "current" {
			t.Fatalf("event %q after the reset", event)
		}
	}
}

func TestWatchAuditUnreadable(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	heard := make(chan error, 10)
	must[*jetstream.PubAck](t)(js.Publish(patient(t), bus.AuditSubject("refused", env, "d"), []byte("\xff\xff")))
	audit(t, s.Connect(t, "purger"), refused("d", "good"), "1")
	b := s.ConnectWith(t, bus.Options{Name: "gateway", OnError: func(err error) { heard <- err }})
	wantTold(t, watchAudit(t, b, bus.AuditFilter{}), "refused d/good replayed", "current")
	receive(t, heard, "the complaint")
}

func TestWatchAuditVisitorEnds(t *testing.T) {
	b := bustest.Start(t).Connect(t, "test")
	enough := errors.New("enough")
	if err := b.WatchAudit(patient(t), bus.AuditFilter{}, func(bus.AuditEvent) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("error %v, want the visitor's", err)
	}
}
