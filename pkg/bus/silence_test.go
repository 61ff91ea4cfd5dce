package bus_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func silence(id, why string, left time.Duration) *backmonv1.Silence {
	return &backmonv1.Silence{Id: id, Why: why, Until: timestamppb.New(time.Now().Add(left))}
}

func putSilence(t testing.TB, b *bus.Bus, s *backmonv1.Silence) {
	t.Helper()
	if err := b.PutSilence(patient(t), s); err != nil {
		t.Fatal(err)
	}
}

func silenceIDs(t testing.TB, b *bus.Bus) []string {
	t.Helper()
	var ids []string
	for _, s := range must[[]*backmonv1.Silence](t)(b.Silences(patient(t))) {
		ids = append(ids, s.GetId()+" "+s.GetWhy())
	}
	return ids
}

func TestSilences(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		writer, reader := s.Connect(t, "operator"), s.Connect(t, "gateway")
		events := watchEntries(t, s.Connect(t, "notifier").WatchSilences, (*backmonv1.Silence).GetWhy)
		wantTold(t, events, "current")
		putSilence(t, writer, silence("b", "move", time.Hour))
		putSilence(t, writer, silence("a b", "move", time.Hour))
		if got := silenceIDs(t, reader); !slices.Equal(got, []string{"a b move", "b move"}) {
			t.Errorf("silences %q", got)
		}
		putSilence(t, writer, silence("b", "longer", 2*time.Hour))
		if err := writer.RemoveSilence(patient(t), "a b"); err != nil {
			t.Fatal(err)
		}
		if got := silenceIDs(t, reader); !slices.Equal(got, []string{"b longer"}) {
			t.Errorf("silences %q", got)
		}
		wantTold(t, events, "b/move", "a=20b/move", "b/longer", "a=20b removed")
		for _, id := range []string{"a b", "never put"} {
			if err := writer.RemoveSilence(patient(t), id); !errors.Is(err, bus.ErrSilenceNotFound) {
				t.Errorf("remove %q: %v", id, err)
			}
		}
	})
}

func TestSilenceEnds(t *testing.T) {
	s := bustest.Start(t)
	b := s.ConnectWith(t, bus.Options{Name: "operator", TombstoneTTL: time.Second})
	events := watchEntries(t, b.WatchSilences, (*backmonv1.Silence).GetWhy)
	wantTold(t, events, "current")
	putSilence(t, b, silence("long", "", time.Hour))
	putSilence(t, b, silence("short", "", time.Second))
	wantTold(t, events, "long/", "short/", "short removed")
	if got := silenceIDs(t, b); !slices.Equal(got, []string{"long "}) {
		t.Errorf("silences %q", got)
	}
}

func TestPutSilenceRefuses(t *testing.T) {
	b := bustest.Start(t).Connect(t, "operator")
	for name, bad := range map[string]*backmonv1.Silence{
		"no id": silence("", "", time.Hour), "past": silence("a", "", -time.Second), "no end": {Id: "a"},
	} {
		if err := b.PutSilence(patient(t), bad); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if got := silenceIDs(t, b); len(got) != 0 {
		t.Errorf("silences %q", got)
	}
}
