package bus_test

import (
	"errors"
	"fmt"
	"strconv"
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

// incident is of a series of disk "d"; its id is what the tests tell it by.
func incident(group, id string) *backmonv1.Incident {
	return &backmonv1.Incident{Subject: status("d", group, nil).GetSeries(), Id: id}
}

func putIncident(t testing.TB, b *bus.Bus, i *backmonv1.Incident, after uint64, ttl time.Duration) uint64 {
	t.Helper()
	return must[uint64](t)(b.PutIncident(patient(t), i, after, ttl))
}

func readIncident(t testing.TB, b *bus.Bus, group string) bus.IncidentRecord {
	t.Helper()
	return must[bus.IncidentRecord](t)(b.Incident(patient(t), incident(group, "").GetSubject()))
}

func TestIncidents(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		writer, reader := s.Connect(t, "notifier"), s.Connect(t, "other")
		odd := "odd * > . \xff"
		if got := readIncident(t, reader, odd); got.Value != nil || got.Revision != 0 || got.Key != bus.IncidentKey(incident(odd, "").GetSubject()) {
			t.Errorf("before the first: %+v", got)
		}
		want := incident(odd, "1")
		first := putIncident(t, writer, want, 0, 0)
		if got := readIncident(t, reader, odd); !proto.Equal(got.Value, want) || got.Revision != first {
			t.Errorf("%+v, want %v by %d", got, want, first)
		}
		second := putIncident(t, writer, incident(odd, "2"), first, 0)
		for _, after := range []uint64{0, first, second + 1} {
			if revision, err := reader.PutIncident(patient(t), incident(odd, "3"), after, 0); !errors.Is(err, bus.ErrConflict) {
				t.Errorf("after %d: %d, %v", after, revision, err)
			}
		}
		ofDisk := &backmonv1.Incident{Subject: &backmonv1.SeriesId{Environment: env, Disk: "d"}, Id: "disk"}
		putIncident(t, writer, ofDisk, 0, 0)
		if got := must[bus.IncidentRecord](t)(reader.Incident(patient(t), ofDisk.GetSubject())); !proto.Equal(got.Value, ofDisk) {
			t.Errorf("of the disk: %+v", got)
		}
		if got := readIncident(t, reader, odd); got.Value.GetId() != "2" || got.Revision != second {
			t.Errorf("in the end: %+v", got)
		}
	})
}

// Several writers count in one incident: none of their steps may get lost.
func TestIncidentRace(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		const writers, steps = 4, 15
		var wait sync.WaitGroup
		for i := range writers {
			b := s.Connect(t, fmt.Sprint("notifier-", i))
			wait.Go(func() {
				for range steps {
					if err := countUp(t, b); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wait.Wait()
		if got := readIncident(t, s.Connect(t, "reader"), "g").Value.GetId(); got != fmt.Sprint(writers*steps) {
			t.Errorf("counted to %s, want %d", got, writers*steps)
		}
	})
}

// countUp adds one to the number that an incident's id is.
func countUp(t *testing.T, b *bus.Bus) error {
	for {
		last, err := b.Incident(t.Context(), incident("g", "").GetSubject())
		if err != nil {
			return err
		}
		count, _ := strconv.Atoi(last.Value.GetId())
		_, err = b.PutIncident(t.Context(), incident("g", fmt.Sprint(count+1)), last.Revision, 0)
		if !errors.Is(err, bus.ErrConflict) {
			return err
		}
	}
}

// Who gets no acknowledgement tries again, and finds its own value.
func TestIncidentWithLostAcknowledgement(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "notifier")
		got := must[[2]uint64](t)(b.PutIncidentTwice(patient(t), incident("g", "1"), 0))
		if got[0] == 0 || got[0] != got[1] {
			t.Errorf("revisions %v", got)
		}
		again := must[[2]uint64](t)(b.PutIncidentTwice(patient(t), incident("g", "2"), got[0]))
		if again[0] <= got[0] || again[0] != again[1] {
			t.Errorf("revisions %v after %v", again, got)
		}
		// The same content of another writer is not one's own.
		if _, err := b.PutIncident(patient(t), incident("g", "2"), got[0], 0); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("another's: %v", err)
		}
	})
}

// A tool's mark of removal is no incident: the next one is a first one.
func TestIncidentAfterRemoval(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "notifier")
	_, js := raw(t, s)
	kv := must[jetstream.KeyValue](t)(js.KeyValue(patient(t), "BACKMON_INCIDENTS"))
	old := putIncident(t, b, incident("g", "1"), 0, 0)
	if err := kv.Purge(patient(t), bus.IncidentKey(incident("g", "").GetSubject())); err != nil {
		t.Fatal(err)
	}
	if got := readIncident(t, b, "g"); got.Value != nil || got.Revision != 0 {
		t.Errorf("after its removal: %+v", got)
	}
	if _, err := b.PutIncident(patient(t), incident("g", "2"), old, 0); !errors.Is(err, bus.ErrConflict) {
		t.Errorf("after the one that was removed: %v", err)
	}
	putIncident(t, b, incident("g", "2"), 0, 0)
	if got := readIncident(t, b, "g"); got.Value.GetId() != "2" {
		t.Errorf("%+v", got)
	}
}

func TestIncidentEnds(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "notifier")
		first := putIncident(t, b, incident("short", "1"), 0, time.Second)
		putIncident(t, b, incident("long", "1"), 0, time.Hour)
		revision := putIncident(t, b, incident("lengthened", "1"), 0, time.Second)
		putIncident(t, b, incident("lengthened", "2"), revision, 0)
		eventually(t, "the short one to end", func() bool { return readIncident(t, b, "short").Revision == 0 })
		if _, err := b.PutIncident(patient(t), incident("short", "2"), first, 0); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("after the one that ended: %v", err)
		}
		putIncident(t, b, incident("short", "2"), 0, 0)
		for _, group := range []string{"short", "long", "lengthened"} {
			if readIncident(t, b, group).Value == nil {
				t.Errorf("%s is gone", group)
			}
		}
	})
}

// What another key's value says to be is not believed.
func TestForeignIncident(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "notifier")
	_, js := raw(t, s)
	data := must[[]byte](t)(proto.Marshal(incident("a", "1")))
	for group, payload := range map[string][]byte{"b": data, "c": []byte("\xff\xff")} {
		msg := nats.NewMsg("$KV.BACKMON_INCIDENTS." + bus.IncidentKey(incident(group, "").GetSubject()))
		msg.Data = payload
		must[*jetstream.PubAck](t)(js.PublishMsg(patient(t), msg))
		if got, err := b.Incident(patient(t), incident(group, "").GetSubject()); err == nil {
			t.Errorf("%s: %+v", group, got)
		}
	}
}

// Every step counts once while the server that leads the bucket is lost.
func TestIncidentsOverLossOfTheirLeader(t *testing.T) {
	const before, after = 10, 20
	s := bustest.StartCluster(t)
	b := s.Connect(t, "notifier")
	for range before {
		if err := countUp(t, b); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	go func() {
		var err error
		for range after {
			err = errors.Join(err, countUp(t, b))
		}
		done <- err
	}()
	s.StopLeader(t, bus.StreamIncidents)
	if err := receive(t, done, "the last step"); err != nil {
		t.Fatal(err)
	}
	if got := readIncident(t, b, "g").Value.GetId(); got != fmt.Sprint(before+after) {
		t.Errorf("counted to %s, want %d", got, before+after)
	}
}

func TestIncidentWithoutBucket(t *testing.T) {
	s := bustest.Start(t)
	b := s.ConnectWith(t, bus.Options{Name: "notifier", Patience: time.Millisecond})
	_, js := raw(t, s)
	if err := js.DeleteStream(patient(t), bus.StreamIncidents); err != nil {
		t.Fatal(err)
	}
	_, errRead := b.Incident(patient(t), incident("g", "").GetSubject())
	_, errPut := b.PutIncident(patient(t), incident("g", "1"), 0, 0)
	errWatch := b.WatchIncidents(patient(t), func(bus.IncidentEvent) error { return nil })
	for _, err := range []error{errRead, errPut, errWatch} {
		wantMissing(t, err, "stream KV_BACKMON_INCIDENTS")
	}
}
