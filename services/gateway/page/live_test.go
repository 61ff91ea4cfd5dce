package page_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/gatewaytest"
	"github.com/backmon/backmon/services/gateway/page/pagetest"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// changes listens to a page's events, and tells of each change.
func changes(t *testing.T, url, path string) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r) //nolint:bodyclose // the reader below closes it
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("%d, %s", response.StatusCode, got)
	}
	lines, closed := make(chan string, 16), make(chan struct{})
	reader := bufio.NewScanner(response.Body)
	if !reader.Scan() || reader.Text() != ": backmon" { // it listens
		t.Fatalf("it begins with %q, %v", reader.Text(), reader.Err())
	}
	go func() {
		defer close(lines)
		defer func() { _ = response.Body.Close() }()
		for reader.Scan() {
			if name, ok := strings.CutPrefix(reader.Text(), "event: "); ok {
				select {
				case lines <- name:
				case <-closed:
				}
			}
		}
	}()
	t.Cleanup(func() {
		close(closed)
		cancel()
	})
	return lines
}

// livePath is where the page at a path is told of changes.
func livePath(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	return attribute(get(t, h, path).all(func(n *node) bool { return n.Data == "body" })[0], "data-live")
}

func expectChange(t *testing.T, what string, from <-chan string) {
	t.Helper()
	select {
	case got, open := <-from:
		if !open || got != "change" {
			t.Fatalf("%s: got %q", what, got)
		}
	case <-time.After(patience):
		t.Fatalf("%s: no change is told", what)
	}
}

// stored is an event that the stream took at a time.
func stored(group string, at time.Time) bus.Event {
	e := boardtest.SeriesEvent(boardtest.Status(group))
	e.Stored = at
	return e
}

func TestLive(t *testing.T) {
	b := board.New()
	long := time.Now().Add(-time.Hour)
	for _, e := range []bus.Event{stored("a", long), stored("b", long), {Kind: bus.EventCurrent}} {
		b.Apply(e)
	}
	to := new(gatewaytest.Bus)
	s := pagetest.Site{Board: b, Bus: to}
	h, url := s.Handler(t), s.Serve(t)
	all := changes(t, url, livePath(t, h, "/"))
	a := changes(t, url, livePath(t, h, "/series/prod/db/postgres/nightly/a"))
	since := livePath(t, h, "/series/prod/db/postgres/nightly/a")

	b.Apply(stored("b", time.Now()))
	expectChange(t, "a series for all", all)
	b.Apply(stored("a", time.Now()))
	expectChange(t, "the series itself", a) // it was told nothing of b before
	expectChange(t, "the series for all", all)
	b.Apply(boardtest.DiskEvent(boardtest.Disk("db")))
	expectChange(t, "its disk", a)
	b.Apply(boardtest.DiskEvent(boardtest.Disk("other")))
	b.Apply(bus.Event{Kind: bus.EventReset})
	b.Apply(bus.Event{Kind: bus.EventCurrent})
	expectChange(t, "a reset", a)
	if err := to.PutSilence(t.Context(), wire.Silence(incident.Silence{ID: "x", Until: time.Now().Add(time.Hour)})); err != nil {
		t.Fatal(err)
	}
	expectChange(t, "a silence", a)

	b.Apply(stored("a", time.Now()))
	expectChange(t, "what changed since the page was made", changes(t, url, since))
}

// Hundreds may follow; each is told, and none holds up another.
func TestLiveManyPages(t *testing.T) {
	b := board.New()
	b.Apply(stored("a", time.Now().Add(-time.Hour)))
	b.Apply(bus.Event{Kind: bus.EventCurrent})
	s := pagetest.Site{Board: b}
	url, path := s.Serve(t), livePath(t, s.Handler(t), "/")
	all := make([]<-chan string, 200)
	for i := range all {
		all[i] = changes(t, url, path)
	}
	b.Apply(stored("a", time.Now()))
	for _, told := range all {
		expectChange(t, "one of many", told)
	}
}

func TestLiveErrors(t *testing.T) {
	h := pagetest.Site{Board: pagetest.Well(seven)}.Handler(t)
	if got := get(t, h, "/live?since=yesterday"); got.status != http.StatusBadRequest {
		t.Errorf("status %d", got.status)
	}
}

// A HEAD asks whether there are events, and waits for none.
func TestLiveHead(t *testing.T) {
	got := ask(t, pagetest.Site{Board: pagetest.Well(seven)}.Handler(t), http.MethodHead, "/live?since=0", nil)
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%d, %v", got.status, got.header)
	}
}
