package bus_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func hold(id, disk string) *backmonv1.Hold {
	return &backmonv1.Hold{
		Id: id, Environment: env, Disk: disk, Group: []byte("not \xff UTF-8"), By: "ann", Why: "lawsuit",
		Since: timestamppb.Now(),
	}
}

// holdUntil is a hold that ends after a while.
func holdUntil(id string, left time.Duration) *backmonv1.Hold {
	h := hold(id, "d")
	h.Until = timestamppb.New(time.Now().Add(left))
	return h
}

func putHold(t testing.TB, b *bus.Bus, h *backmonv1.Hold) {
	t.Helper()
	if err := b.PutHold(patient(t), h); err != nil {
		t.Fatal(err)
	}
}

// holdIDs reads all holds as "ID of DISK".
func holdIDs(t testing.TB, b *bus.Bus) []string {
	t.Helper()
	var all []string
	for _, h := range must[[]*backmonv1.Hold](t)(b.Holds(patient(t))) {
		all = append(all, h.GetId()+" of "+h.GetDisk())
	}
	return all
}

func wantHolds(t testing.TB, b *bus.Bus, want ...string) {
	t.Helper()
	if got := holdIDs(t, b); !slices.Equal(got, want) {
		t.Errorf("holds %q, want %q", got, want)
	}
}

// Every step is read by another connection, which must not lag.
func TestHolds(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		writer, reader := s.Connect(t, "operator"), s.Connect(t, "purger")
		wantHolds(t, reader)
		want := hold("b", "d")
		putHold(t, writer, want)
		got := must[[]*backmonv1.Hold](t)(reader.Holds(patient(t)))
		if len(got) != 1 || !proto.Equal(got[0], want) {
			t.Fatalf("holds %v, want %v", got, want)
		}
		putHold(t, writer, hold("a", "d"))
		putHold(t, writer, hold("odd id / * > \xe2\x82\xac", "d"))
		wantHolds(t, reader, "a of d", "b of d", "odd id / * > € of d")
		putHold(t, writer, hold("b", "other"))
		wantHolds(t, reader, "a of d", "b of other", "odd id / * > € of d")
		if err := writer.RemoveHold(patient(t), "odd id / * > €"); err != nil {
			t.Fatal(err)
		}
		wantHolds(t, reader, "a of d", "b of other")
		for _, id := range []string{"odd id / * > €", "never put"} {
			if err := writer.RemoveHold(patient(t), id); !errors.Is(err, bus.ErrHoldNotFound) {
				t.Errorf("remove %q: %v", id, err)
			}
		}
		putHold(t, writer, hold("odd id / * > €", "again"))
		wantHolds(t, reader, "a of d", "b of other", "odd id / * > € of again")
	})
}

// A purger that asks a replica that lags would delete what is held.
func TestHoldIsSeenAtOnce(t *testing.T) {
	s := bustest.StartCluster(t)
	writer, reader := s.Connect(t, "operator"), s.Connect(t, "purger")
	for i := range 50 {
		putHold(t, writer, hold(fmt.Sprintf("%02d", i), "d"))
		if got := holdIDs(t, reader); len(got) != i+1 {
			t.Fatalf("%d holds, want %d", len(got), i+1)
		}
	}
}

func TestHoldsOverLossOfTheirLeader(t *testing.T) {
	s := bustest.StartCluster(t)
	b := s.Connect(t, "purger")
	putHold(t, b, hold("a", "d"))
	s.StopLeader(t, bus.StreamHolds)
	wantHolds(t, b, "a of d")
}

func TestHoldsOverRestart(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "purger")
	putHold(t, b, hold("a", "d"))
	s.Restart(t)
	wantHolds(t, b, "a of d")
}

func TestHoldEnds(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.ConnectWith(t, bus.Options{Name: "operator", TombstoneTTL: time.Second})
		putHold(t, b, hold("for ever", "d"))
		putHold(t, b, holdUntil("long", time.Hour))
		putHold(t, b, holdUntil("short", 1500*time.Millisecond))
		putHold(t, b, holdUntil("shortened", time.Hour))
		putHold(t, b, holdUntil("shortened", time.Second))
		putHold(t, b, holdUntil("lengthened", time.Second))
		putHold(t, b, holdUntil("lengthened", time.Hour))
		putHold(t, b, hold("removed", "d"))
		wantHolds(t, b, "for ever of d", "lengthened of d", "long of d", "removed of d", "short of d", "shortened of d")
		if err := b.RemoveHold(patient(t), "removed"); err != nil {
			t.Fatal(err)
		}
		left := []string{"for ever of d", "lengthened of d", "long of d"}
		eventually(t, "the short ones to end", func() bool { return slices.Equal(holdIDs(t, b), left) })
		_, js := raw(t, s)
		stream := must[jetstream.Stream](t)(js.Stream(patient(t), bus.StreamHolds))
		eventually(t, "nothing to be left of them", func() bool {
			return must[*jetstream.StreamInfo](t)(stream.Info(patient(t))).State.Msgs == uint64(len(left))
		})
		wantHolds(t, b, left...)
	})
}

// An end centuries away must not overflow into one that has passed.
func TestHoldWithFarOffEnd(t *testing.T) {
	b := bustest.Start(t).ConnectWith(t, bus.Options{Name: "operator", TombstoneTTL: time.Second})
	h := hold("centuries", "d")
	h.Until = timestamppb.New(time.Now().AddDate(900, 0, 0))
	putHold(t, b, h)
	putHold(t, b, holdUntil("short", time.Second))
	eventually(t, "the short one to end", func() bool { return len(holdIDs(t, b)) == 1 })
	wantHolds(t, b, "centuries of d")
}

// A clock that is ahead of the server's must not take a hold away from those
// that are behind: the message outlives the hold.
func TestHoldOutlivesItsEnd(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "operator")
	putHold(t, b, holdUntil("a", time.Second))
	_, js := raw(t, s)
	stream := must[jetstream.Stream](t)(js.Stream(patient(t), bus.StreamHolds))
	msg := must[*jetstream.RawStreamMsg](t)(stream.GetLastMsgForSubject(patient(t), bus.HoldSubject("a")))
	ttl := must[time.Duration](t)(time.ParseDuration(msg.Header.Get(jetstream.MsgTTLHeader)))
	if ttl < 24*time.Hour || ttl > 25*time.Hour {
		t.Errorf("the message stays %s", ttl)
	}
}

// Who can't read all holds must hold all.
func TestHoldsFailClosed(t *testing.T) {
	other, err := proto.Marshal(hold("other", "d"))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		data []byte
	}{
		{"unreadable", []byte("\xff\xff")},
		{"empty", nil},
		{"another's", other},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := bustest.Start(t)
			b := s.Connect(t, "purger")
			putHold(t, b, hold("good", "d"))
			_, js := raw(t, s)
			must[*jetstream.PubAck](t)(js.Publish(patient(t), bus.HoldSubject("bad"), c.data))
			if holds, err := b.Holds(patient(t)); err == nil || holds != nil {
				t.Errorf("holds %v, %v", holds, err)
			}
			if err := b.RemoveHold(patient(t), "bad"); err != nil {
				t.Fatal(err)
			}
			wantHolds(t, b, "good of d")
		})
	}
}

func TestNoHoldBucket(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	if err := js.DeleteStream(patient(t), bus.StreamHolds); err != nil {
		t.Fatal(err)
	}
	b := s.ConnectWith(t, bus.Options{Name: "purger", Patience: time.Millisecond})
	holds, err := b.Holds(patient(t))
	wantMissing(t, err, "stream KV_BACKMON_HOLDS")
	if holds != nil {
		t.Errorf("holds %v", holds)
	}
	wantMissing(t, b.PutHold(patient(t), hold("a", "d")), "stream KV_BACKMON_HOLDS")
	wantMissing(t, b.RemoveHold(patient(t), "a"), "stream KV_BACKMON_HOLDS")
}

func TestHoldsWithoutServer(t *testing.T) {
	s := bustest.Start(t)
	b := s.ConnectWith(t, bus.Options{Name: "purger", Patience: time.Millisecond})
	putHold(t, b, hold("a", "d"))
	s.Stop(t)
	if holds, err := b.Holds(patient(t)); err == nil {
		t.Errorf("holds %v of a server that is down", holds)
	}
}

func TestPutHoldRefuses(t *testing.T) {
	b := bustest.Start(t).Connect(t, "operator")
	for _, bad := range []*backmonv1.Hold{hold("", "d"), holdUntil("past", -time.Second)} {
		if err := b.PutHold(patient(t), bad); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
	wantHolds(t, b)
}

// The bucket is one for other tools too: they see the holds, and end them.
func TestHoldsAreKeyValues(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "operator")
	_, js := raw(t, s)
	bucket := must[jetstream.KeyValue](t)(js.KeyValue(patient(t), "BACKMON_HOLDS"))
	putHold(t, b, hold("a b", "d"))
	putHold(t, b, hold("c", "d"))
	if err := b.RemoveHold(patient(t), "c"); err != nil {
		t.Fatal(err)
	}
	keys := must[[]string](t)(bucket.Keys(patient(t)))
	if !slices.Equal(keys, []string{"a=20b"}) {
		t.Errorf("keys %q", keys)
	}
	data := must[[]byte](t)(proto.Marshal(hold("e", "d")))
	must[uint64](t)(bucket.Put(patient(t), "e", data))
	wantHolds(t, b, "a b of d", "e of d")
	if err := bucket.Delete(patient(t), "e"); err != nil {
		t.Fatal(err)
	}
	if err := bucket.Purge(patient(t), "a=20b"); err != nil {
		t.Fatal(err)
	}
	wantHolds(t, b)
}

// A bucket made by hand answers from any replica; backmon asks the leader all
// the same, and says what differs.
func TestHoldBucketDrift(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "operator")
	_, js := raw(t, s)
	if err := js.DeleteStream(patient(t), bus.StreamHolds); err != nil {
		t.Fatal(err)
	}
	must[jetstream.KeyValue](t)(js.CreateKeyValue(patient(t), jetstream.KeyValueConfig{Bucket: "BACKMON_HOLDS", TTL: time.Hour}))
	report := must[bus.Report](t)(b.Provision(patient(t)))
	want := `stream KV_BACKMON_HOLDS: max_age is 1h0m0s, wanted 0s
stream KV_BACKMON_HOLDS: allow_direct is true, wanted false
stream KV_BACKMON_HOLDS: allow_msg_ttl is false, wanted true
`
	if report.String() != want {
		t.Errorf("report:\n%vwant:\n%v", report, want)
	}
	putHold(t, b, hold("a", "d"))
	wantHolds(t, b, "a of d")
}

// A header that says nothing of the end of a key is no end.
func TestForeignHeaderOfHold(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "purger")
	_, js := raw(t, s)
	msg := nats.NewMsg(bus.HoldSubject("a"))
	msg.Header.Set("X-Tool", "by hand")
	msg.Data = must[[]byte](t)(proto.Marshal(hold("a", "d")))
	must[*jetstream.PubAck](t)(js.PublishMsg(patient(t), msg))
	wantHolds(t, b, "a of d")
}
