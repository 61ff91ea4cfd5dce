package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

// watchEntries watches a bucket in the background, and tells each event in short:
// "g/1", "g/1 replayed", "g removed", "current", "reset". The last token of the key
// names it.
func watchEntries[T proto.Message](
	t *testing.T, watch func(context.Context, func(bus.EntryEvent[T]) error) error, name func(T) string,
) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	events, done := make(chan string), make(chan error, 1)
	go func() {
		done <- watch(ctx, func(event bus.EntryEvent[T]) error {
			select {
			case events <- tellEntry(event, name):
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

func tellEntry[T proto.Message](event bus.EntryEvent[T], name func(T) string) string {
	if event.Kind == bus.EventCurrent {
		return "current"
	}
	if event.Kind == bus.EventReset {
		return "reset"
	}
	text := event.Key[strings.LastIndexByte(event.Key, '.')+1:]
	if event.Revision == 0 {
		text += " without revision"
	}
	if event.Removed {
		return text + " removed"
	}
	text += "/" + name(event.Value)
	if event.Replayed {
		text += " replayed"
	}
	return text
}

func watchIncidents(t *testing.T, b *bus.Bus) <-chan string {
	t.Helper()
	return watchEntries(t, b.WatchIncidents, (*backmonv1.Incident).GetId)
}

func TestWatchIncidents(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "notifier")
		events := watchIncidents(t, s.Connect(t, "gateway"))
		wantTold(t, events, "current")
		a := putIncident(t, b, incident("a", "1"), 0, 0)
		wantTold(t, events, "a/1")
		putIncident(t, b, incident("b", "1"), 0, 0)
		wantTold(t, events, "b/1")
		putIncident(t, b, incident("a", "2"), a, 0)
		wantTold(t, events, "a/2")
		_, js := raw(t, s)
		kv := must[jetstream.KeyValue](t)(js.KeyValue(patient(t), "BACKMON_INCIDENTS"))
		if err := kv.Delete(patient(t), bus.IncidentKey(incident("b", "").GetSubject())); err != nil {
			t.Fatal(err)
		}
		wantTold(t, events, "b removed")
		putIncident(t, b, incident("b", "2"), 0, 0)
		wantTold(t, events, "b/2")
	})
}

// Of what was there before the last value comes.
func TestWatchReplaysIncidents(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "notifier")
	a := putIncident(t, b, incident("a", "1"), 0, 0)
	putIncident(t, b, incident("b", "1"), 0, 0)
	putIncident(t, b, incident("a", "2"), a, 0)
	events := watchIncidents(t, s.Connect(t, "gateway"))
	wantTold(t, events, "b/1 replayed", "a/2 replayed", "current")
	putIncident(t, b, incident("c", "1"), 0, 0)
	wantTold(t, events, "c/1")
}

// The server leaves no mark of what has ended by itself; the watch tells it.
func TestWatchTellsOfEnds(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "notifier")
	putIncident(t, b, incident("before", "1"), 0, time.Second)
	putIncident(t, b, incident("long", "1"), 0, time.Hour)
	events := watchIncidents(t, s.Connect(t, "gateway"))
	wantTold(t, events, "before/1 replayed", "long/1 replayed", "current", "before removed")
	lengthened := putIncident(t, b, incident("lengthened", "1"), 0, 2*time.Second)
	putIncident(t, b, incident("later", "1"), 0, 2*time.Second)
	putIncident(t, b, incident("soon", "1"), 0, time.Second)
	putIncident(t, b, incident("lengthened", "2"), lengthened, 0)
	wantTold(t, events, "lengthened/1", "later/1", "soon/1", "lengthened/2", "soon removed", "later removed")
	putIncident(t, b, incident("soon", "2"), 0, 0)
	wantTold(t, events, "soon/2")
}

// A tool writes a time to live in seconds; one that is no such thing is none.
func TestWatchReadsTimesToLive(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	events := watchIncidents(t, s.Connect(t, "gateway"))
	wantTold(t, events, "current")
	for _, ttl := range []string{"never", "1"} {
		msg := nats.NewMsg("$KV.BACKMON_INCIDENTS." + bus.IncidentKey(incident("g", "").GetSubject()))
		msg.Data = must[[]byte](t)(proto.Marshal(incident("g", ttl)))
		msg.Header.Set(jetstream.MsgTTLHeader, ttl)
		must[*jetstream.PubAck](t)(js.PublishMsg(patient(t), msg))
		wantTold(t, events, "g/"+ttl)
	}
	wantTold(t, events, "g removed")
}

func TestWatchIncidentsOverRestart(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "notifier")
	first := putIncident(t, b, incident("a", "1"), 0, 0)
	putIncident(t, b, incident("b", "1"), 0, 0)
	events := watchIncidents(t, s.Connect(t, "gateway"))
	wantTold(t, events, "a/1 replayed", "b/1 replayed", "current")
	s.Restart(t)
	second := putIncident(t, b, incident("a", "2"), first, 0)
	wantTold(t, events, "a/2")
	putIncident(t, b, incident("a", "3"), second, time.Second)
	wantTold(t, events, "a/3", "a removed")
}

// A bucket that is made anew has other revisions: all begins again, and what ended
// by itself before is not told of.
func TestWatchIncidentsResets(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "notifier")
	putIncident(t, b, incident("a", "1"), 0, 2*time.Second)
	events := watchIncidents(t, s.Connect(t, "gateway"))
	wantTold(t, events, "a/1 replayed", "current")
	_, js := raw(t, s)
	if err := js.DeleteStream(patient(t), bus.StreamIncidents); err != nil {
		t.Fatal(err)
	}
	bustest.Provision(t, b)
	putIncident(t, b, incident("b", "1"), 0, time.Second)
	for event := range events {
		if event == "reset" {
			break
		}
		if event != "a removed" { // when the watch noticed the loss late
			t.Fatalf("event %q before the reset", event)
		}
	}
	for event := range events {
		if event == "b removed" {
			break
		}
		if !strings.HasPrefix(event, "b/1") && event != "current" {
			t.Fatalf("event %q after the reset", event)
		}
	}
}

func TestWatchIncidentsUnreadable(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	heard := make(chan error, 10)
	must[*jetstream.PubAck](t)(js.Publish(patient(t), "$KV.BACKMON_INCIDENTS.odd", []byte("\xff\xff")))
	putIncident(t, s.Connect(t, "notifier"), incident("g", "1"), 0, 0)
	b := s.ConnectWith(t, bus.Options{Name: "gateway", OnError: func(err error) { heard <- err }})
	wantTold(t, watchIncidents(t, b), "g/1 replayed", "current")
	receive(t, heard, "the complaint")
}

func TestWatchIncidentsVisitorEnds(t *testing.T) {
	b := bustest.Start(t).Connect(t, "test")
	enough := errors.New("enough")
	putIncident(t, b, incident("g", "1"), 0, time.Second)
	for last := range 3 { // with the value, the end of the replay, the end of the value
		n := 0
		err := b.WatchIncidents(patient(t), func(bus.IncidentEvent) error {
			if n++; n > last {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) {
			t.Errorf("event %d: error %v, want the visitor's", last+1, err)
		}
	}
}

// What is replaced while the replay is under way belongs to the replay all the same:
// who takes a bucket for complete must not miss a key that was always there.
func TestReplayHoldsWhatIsReplaced(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		const keys = 400 // more than is on its way at a time
		b := s.Connect(t, "notifier")
		last := uint64(0)
		name := func(i int) string { return fmt.Sprintf("g%03d", i) }
		for i := range keys {
			last = putIncident(t, b, incident(name(i), "1"), 0, 0)
		}
		seen := map[string]string{}
		errComplete := errors.New("complete")
		err := s.Connect(t, "gateway").WatchIncidents(t.Context(), func(event bus.IncidentEvent) error {
			if event.Kind == bus.EventCurrent {
				return errComplete
			}
			if len(seen) == 0 {
				last = putIncident(t, b, incident(name(keys-1), "2"), last, 0)
			}
			seen[event.Key] = event.Value.GetId()
			return nil
		})
		if !errors.Is(err, errComplete) || len(seen) != keys {
			t.Errorf("%d of %d keys before the end of the replay: %v", len(seen), keys, err)
		}
	})
}
