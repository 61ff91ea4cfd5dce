package bus_test

import (
	"errors"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func noticeGroup(receiver, owner string) *backmonv1.NoticeGroup {
	return &backmonv1.NoticeGroup{Receiver: receiver, Delivery: &backmonv1.Delivery{Owner: owner}}
}

func putGroup(t testing.TB, b *bus.Bus, id string, g *backmonv1.NoticeGroup, after uint64, ttl time.Duration) uint64 {
	t.Helper()
	return must[uint64](t)(b.PutNoticeGroup(patient(t), id, g, after, ttl))
}

func readGroup(t testing.TB, b *bus.Bus, receiver, id string) bus.NoticeGroupRecord {
	t.Helper()
	return must[bus.NoticeGroupRecord](t)(b.NoticeGroup(patient(t), receiver, id))
}

func TestNoticeGroups(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		one, two := s.Connect(t, "one"), s.Connect(t, "two")
		odd := "chat / * > €"
		events := watchEntries(t, s.Connect(t, "gateway").WatchNoticeGroups, func(g *backmonv1.NoticeGroup) string { return g.GetDelivery().GetOwner() })
		wantTold(t, events, "current")
		if got := readGroup(t, one, odd, "g"); got.Value != nil || got.Revision != 0 || got.Key != bus.NoticeGroupKey(odd, "g") {
			t.Errorf("before the first: %+v", got)
		}
		first := putGroup(t, one, "g", noticeGroup(odd, "one"), 0, 0)
		if _, err := two.PutNoticeGroup(patient(t), "g", noticeGroup(odd, "two"), 0, 0); !errors.Is(err, bus.ErrConflict) {
			t.Errorf("of both: %v", err)
		}
		if got := readGroup(t, two, odd, "g"); !proto.Equal(got.Value, noticeGroup(odd, "one")) || got.Revision != first {
			t.Errorf("%+v", got)
		}
		wantTold(t, events, "g/one")
		// The same group of another receiver is another one.
		putGroup(t, two, "g", noticeGroup("ops", "other"), 0, time.Second)
		putGroup(t, two, "g", noticeGroup(odd, "two"), first, 0)
		wantTold(t, events, "g/other", "g/two", "g removed")
		if got := readGroup(t, one, odd, "g"); got.Value.GetDelivery().GetOwner() != "two" {
			t.Errorf("%+v", got)
		}
	})
}

func TestPutNoticeGroupRefuses(t *testing.T) {
	b := bustest.Start(t).Connect(t, "notifier")
	big := noticeGroup("ops", string(make([]byte, 2<<20)))
	for _, bad := range []struct {
		id    string
		group *backmonv1.NoticeGroup
	}{{"", noticeGroup("ops", "")}, {"g", noticeGroup("", "")}, {"g", big}} {
		if _, err := b.PutNoticeGroup(patient(t), bad.id, bad.group, 0, 0); err == nil {
			t.Errorf("%q of %q is accepted", bad.id, bad.group.GetReceiver())
		}
	}
}
