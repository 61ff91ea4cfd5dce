package page

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
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
