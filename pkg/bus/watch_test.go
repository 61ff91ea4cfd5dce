package bus_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// watch watches in the background.
func watch(t *testing.T, b *bus.Bus, filter bus.Filter) <-chan bus.Event {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	events, done := make(chan bus.Event), make(chan error, 1)
	go func() {
		done <- b.WatchStatuses(ctx, filter, func(event bus.Event) error {
			select {
			case events <- event:
				return nil
			case <-ctx.Done():
				return nil
			}
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

// tell is an event in short: "3 replayed", "gone 3", "disk d", "current", "reset".
func tell(event bus.Event) string {
	text := ""
	switch event.Kind {
	case bus.EventAudit, bus.EventEntry:
		return "not of this stream"
	case bus.EventCurrent:
		return "current"
	case bus.EventReset:
		return "reset"
	case bus.EventDisk:
		text = "disk " + event.Disk.GetDisk()
	case bus.EventBackup:
		text = fmt.Sprintf("%s by %d", event.Backup.GetSeries().GetGroup(), event.Backup.GetFence().GetJob())
	}
	if event.Gone {
		text = "gone " + text
	}
	if event.Replayed {
		text += " replayed"
	}
	return text
}

func wantEvents(t *testing.T, events <-chan bus.Event, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := tell(receive(t, events, w)); got != w {
			t.Fatalf("event %q, want %q", got, w)
		}
	}
}

// next publishes a series' next status.
func next(t *testing.T, b *bus.Bus, disk, group string, job uint64) {
	t.Helper()
	publishStatus(t, b, status(disk, group, fence(job, 1, "")), records(t, b, disk)[group].Revision(), bus.Stored)
}

func TestWatch(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "test")
		for job := range uint64(3) {
			next(t, b, "d", "a", job+1)
		}
		next(t, b, "d", "b", 1)
		next(t, b, "d", "a", 4)
		events := watch(t, s.Connect(t, "gateway"), bus.Filter{})
		wantEvents(t, events, "b by 1 replayed", "a by 4 replayed", "current")
		next(t, b, "d", "b", 2)
		next(t, b, "d", "b", 3)
		must[bus.Outcome](t)(b.PublishDiskStatus(patient(t), &backmonv1.DiskStatus{Environment: env, Disk: "d"}, bus.Revision{}))
		publishStatus(t, b, gone("d", "a", fence(9, 1, "")), records(t, b, "d")["a"].Revision(), bus.Stored)
		wantEvents(t, events, "b by 2", "b by 3", "disk d", "gone a by 9")
	})
}

func TestWatchNothing(t *testing.T) {
	b := bustest.Start(t).Connect(t, "test")
	events := watch(t, b, bus.Filter{})
	wantEvents(t, events, "current")
	next(t, b, "d", "a", 1)
	wantEvents(t, events, "a by 1")
}

func TestWatchOneDisk(t *testing.T) {
	b := bustest.Start(t).Connect(t, "test")
	next(t, b, "d", "a", 1)
	next(t, b, "other", "x", 1)
	events := watch(t, b, bus.Filter{Environment: env, Disk: "d"})
	wantEvents(t, events, "a by 1 replayed", "current")
	next(t, b, "other", "x", 2)
	must[bus.Outcome](t)(b.PublishDiskStatus(patient(t), &backmonv1.DiskStatus{Environment: env, Disk: "d", Gone: true}, bus.Revision{}))
	wantEvents(t, events, "gone disk d")
}

// Nothing twice, nothing left out.
func TestWatchOverRestart(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "test")
	next(t, b, "d", "a", 1)
	events := watch(t, s.Connect(t, "gateway"), bus.Filter{})
	wantEvents(t, events, "a by 1 replayed", "current")
	next(t, b, "d", "a", 2)
	wantEvents(t, events, "a by 2")
	s.Restart(t)
	next(t, b, "d", "a", 3)
	next(t, b, "d", "b", 1)
	wantEvents(t, events, "a by 3", "b by 1")
}

func TestWatchEmptyOverRestart(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "test")
	next(t, b, "other", "x", 1)
	events := watch(t, s.Connect(t, "gateway"), bus.Filter{Environment: env, Disk: "d", Kind: bus.EventBackup})
	wantEvents(t, events, "current")
	s.Restart(t)
	next(t, b, "d", "a", 1)
	wantEvents(t, events, "a by 1")
}

// A stream that is made anew has other sequences: all begins again.
func TestWatchResets(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	b := s.Connect(t, "test")
	for job := range uint64(5) {
		next(t, b, "d", "a", job+1)
	}
	events := watch(t, s.Connect(t, "gateway"), bus.Filter{})
	wantEvents(t, events, "a by 5 replayed", "current")
	if err := js.DeleteStream(patient(t), bus.StreamStatus); err != nil {
		t.Fatal(err)
	}
	bustest.Provision(t, b)
	publishStatus(t, b, status("d", "b", fence(1, 1, "")), bus.Revision{}, bus.Stored)
	wantEvents(t, events, "reset")
	for event := range events {
		if event.Kind == bus.EventBackup {
			if got := string(event.Backup.GetSeries().GetGroup()); got != "b" {
				t.Errorf("series %q after the reset", got)
			}
			break
		}
	}
}

// A tombstone may have come and gone while the watcher was away.
func TestWatchResetsAfterLongAbsence(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "test")
	next(t, b, "d", "a", 1)
	events := watch(t, s.ConnectWith(t, bus.Options{Name: "gateway", TombstoneTTL: time.Nanosecond}), bus.Filter{})
	wantEvents(t, events, "a by 1 replayed", "current")
	s.Restart(t)
	wantEvents(t, events, "reset", "a by 1 replayed", "current")
}

func TestWatchSlowReader(t *testing.T) {
	const changes = 450
	s := bustest.Start(t)
	b := s.Connect(t, "test")
	events := watch(t, s.Connect(t, "gateway"), bus.Filter{})
	wantEvents(t, events, "current")
	for job := range uint64(changes) {
		next(t, b, "d", "a", job+1)
	}
	for job := range uint64(changes) {
		wantEvents(t, events, fmt.Sprintf("a by %d", job+1))
	}
}

func TestWatchUnreadable(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	heard := make(chan error, 10)
	must[*jetstream.PubAck](t)(js.Publish(patient(t), subjectOf("d", "bad"), []byte("\xff\xff")))
	publishStatus(t, s.Connect(t, "test"), status("d", "good", fence(1, 1, "")), bus.Revision{}, bus.Stored)
	b := s.ConnectWith(t, bus.Options{Name: "gateway", OnError: func(err error) { heard <- err }})
	wantEvents(t, watch(t, b, bus.Filter{}), "good by 1 replayed", "current")
	receive(t, heard, "the complaint")
}

func TestWatchVisitorEnds(t *testing.T) {
	b := bustest.Start(t).Connect(t, "test")
	enough := errors.New("enough")
	err := b.WatchStatuses(patient(t), bus.Filter{}, func(bus.Event) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("error %v, want the visitor's", err)
	}
	if err := b.WatchStatuses(patient(t), bus.Filter{Disk: "d"}, func(bus.Event) error { return nil }); err == nil {
		t.Error("a bad filter is accepted")
	}
}
