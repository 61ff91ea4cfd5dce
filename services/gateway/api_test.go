package gateway_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// The API is reached through the whole server, with paths that a mux would change.
func TestAPIPaths(t *testing.T) {
	g := start(t, plain)
	g.events <- boardtest.SeriesEvent(boardtest.Status("."))
	g.events <- bus.Event{Kind: bus.EventCurrent}
	g.events <- boardtest.DiskEvent(boardtest.Disk("db")) // taken only when the one before is done
	for _, c := range []struct {
		path   string
		status int
		body   string
	}{
		{"/api", 200, `["db"]`},
		{"/api/db/postgres/nightly", 200, `["."]`},
		{"/api/db/postgres/nightly/.", 403, "downloads are off"},
		{"/api/v1/series/prod/db/postgres/nightly/=2E", 200, `"group":"."`},
		{"/api/v1/series/prod/db/postgres/nightly/.", 200, `"group":"."`},
		{"/api/v1/statuses", 200, `"total":1`},
		{"/api/v1//statuses", 404, "problem"},
		{"/", 200, "/api/v1"},
	} {
		t.Run(c.path, func(t *testing.T) {
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			got := request(t, "GET", g.url+c.path, client)
			if got.status != c.status || !strings.Contains(got.body+got.header.Get("Content-Type"), c.body) {
				t.Errorf("%d %s, want %d with %q", got.status, got.body, c.status, c.body)
			}
		})
	}
}

// Streams of events have no end of their own, and must not hold up the server's.
func TestShutdownEndsEvents(t *testing.T) {
	g := start(t, plain)
	g.events <- bus.Event{Kind: bus.EventCurrent}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() && lines.Text() != "event: current" {
	}
	begun := time.Now()
	if err := g.stop(); err != nil {
		t.Errorf("Run returned %v", err)
	}
	if took := time.Since(begun); took > 9*time.Second { // the grace of requests under way is 10 s
		t.Errorf("it took %v", took)
	}
	for lines.Scan() {
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream broke off: %v", err)
	}
}
