package page

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/incidents"
)

func newPage(t *testing.T, b *board.Board) *Page {
	t.Helper()
	p, err := New(Config{Ready: func(context.Context) error { return nil }}, b, incidents.New(), nil, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Of what was there before the page was made nothing is told, and of others neither.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := board.New()
		apply := func(group string) {
			e := boardtest.SeriesEvent(boardtest.Status(group))
			e.Stored = time.Now()
			b.Apply(e)
		}
		apply("a")
		b.Apply(bus.Event{Kind: bus.EventCurrent})
		time.Sleep(time.Hour) //nolint:forbidigo // the clock is the bubble's
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		signals := make(chan struct{}, 1)
		go newPage(t, b).follow(ctx, board.Query{Group: "a"}, time.Now(), signals)
		expect := func(when string, want int) {
			t.Helper()
			synctest.Wait()
			if len(signals) != want {
				t.Fatalf("%s: %d signals, want %d", when, len(signals), want)
			}
			if want > 0 {
				<-signals
			}
		}
		expect("the replay", 0)
		apply("b")
		expect("another series", 0)
		apply("a")
		expect("the series", 1)
		apply("a")
		apply("a")
		expect("two changes at once", 1)
		b.Apply(bus.Event{Kind: bus.EventReset})
		b.Apply(bus.Event{Kind: bus.EventCurrent})
		expect("a reset", 1)
	})
}

// That NATS is away, or that nobody looks at the disks any more, is told although
// nothing on the board changes.
func TestFollowDoubts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		b := board.New()
		p, err := New(Config{Interval: time.Hour, Ready: func(context.Context) error {
			if away.Load() {
				return bus.ErrDisconnected
			}
			return nil
		}}, b, incidents.New(), nil, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		d := boardtest.Disk("db")
		d.EvaluatedAt = timestamppb.Now()
		b.Apply(boardtest.DiskEvent(d))
		b.Apply(bus.Event{Kind: bus.EventCurrent})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		signals := make(chan struct{}, 1)
		go p.followDoubts(ctx, signals)
		pass := func(when string, d time.Duration, want int) {
			t.Helper()
			time.Sleep(d) //nolint:forbidigo // the clock is the bubble's
			synctest.Wait()
			if len(signals) != want {
				t.Fatalf("%s: %d signals, want %d", when, len(signals), want)
			}
			if want > 0 {
				<-signals
			}
		}
		pass("all is well", time.Minute, 0)
		away.Store(true)
		pass("NATS is away", liveBeat, 1)
		pass("it stays away", time.Minute, 0)
		away.Store(false)
		pass("NATS is back", liveBeat, 1)
		pass("a disk is stale", 3*time.Hour, 1)
		pass("it stays stale", time.Hour, 0)
	})
}

// Beyond the bound pages are refused, and show what they show without the stream.
func TestTooManyPages(t *testing.T) {
	p := newPage(t, boardtest.Board(bus.Event{Kind: bus.EventCurrent}))
	p.streams = guard.NewPlaces(1)
	p.streams.Take()
	ask := func() *httptest.ResponseRecorder {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // it does not go on
		w := httptest.NewRecorder()
		p.live(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/live?since=0", nil))
		return w
	}
	if w := ask(); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	p.streams.Leave()
	for range 2 {
		if w := ask(); w.Code == http.StatusServiceUnavailable {
			t.Error("a place that was left is not free")
		}
	}
}

// When the server shuts down nobody is kept waiting.
func TestStop(t *testing.T) {
	p := newPage(t, boardtest.Board(bus.Event{Kind: bus.EventCurrent}))
	mux := http.NewServeMux()
	p.Register(mux)
	server := httptest.NewServer(mux)
	defer server.Close()
	response, err := http.Get(server.URL + "/live?since=0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	p.Stop()
	if text, err := io.ReadAll(response.Body); err != nil || len(text) == 0 {
		t.Errorf("%q, %v", text, err)
	}
}
