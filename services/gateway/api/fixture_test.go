package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/api"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/gatewaytest"
	"github.com/backmon/backmon/services/gateway/guard"
)

// patience is how long a test waits for what must come at once.
const patience = 60 * time.Second

// fakeTroubles are incidents.
type fakeTroubles struct {
	replaying    bool
	open, closed []incident.Incident
	silences     []incident.Silence
	groups       []incident.Group
}

func (f *fakeTroubles) Current() bool                         { return !f.replaying }
func (f *fakeTroubles) Open() []incident.Incident             { return slices.Clone(f.open) }
func (f *fakeTroubles) Closed() []incident.Incident           { return slices.Clone(f.closed) }
func (f *fakeTroubles) Groups() []incident.Group              { return f.groups }
func (f *fakeTroubles) Silences(time.Time) []incident.Silence { return f.silences }

// fakeDownloads hands out the name of the series.
type fakeDownloads struct{ off bool }

func (f fakeDownloads) Enabled() bool { return !f.off }

func (f fakeDownloads) ServeSeries(w http.ResponseWriter, _ *http.Request, id backup.SeriesID) {
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = io.WriteString(w, "file of "+id.Environment+":"+id.Disk+" "+id.Group)
}

// fixture is an API on a real HTTP server.
type fixture struct {
	api      *api.API
	bus      *gatewaytest.Bus
	troubles *fakeTroubles
	user     guard.Identity // who makes the requests
	board    *board.Board
	server   *httptest.Server
	contract *contract
}

func newFixture(t testing.TB, events ...bus.Event) *fixture {
	t.Helper()
	return newFixtureWith(t, api.Config{Environments: []string{"prod", "test"}, Version: "1.2.3"}, events...)
}

func newFixtureWith(t testing.TB, config api.Config, events ...bus.Event) *fixture {
	t.Helper()
	f := &fixture{bus: &gatewaytest.Bus{}, troubles: &fakeTroubles{}, board: boardtest.Board(events...), contract: readContract(t)}
	f.api = api.New(config, f.board, f.troubles, f.bus, fakeDownloads{}, zap.NewNop())
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f.api.Owns(r) {
			http.Error(w, "not the API's", http.StatusTeapot)
			return
		}
		f.api.ServeHTTP(w, r.WithContext(guard.WithUser(r.Context(), f.user)))
	}))
	t.Cleanup(f.server.Close)
	t.Cleanup(f.api.Stop)
	return f
}

// current ends a replay.
func current() bus.Event { return bus.Event{Kind: bus.EventCurrent} }

// some is a fixture with a few series on two disks.
func some(t testing.TB) *fixture {
	t.Helper()
	other := boardtest.Status("a")
	other.Series.Environment = "test"
	return newFixture(t,
		boardtest.DiskEvent(boardtest.Disk("db")), boardtest.DiskEvent(boardtest.UnseenDisk("gone")),
		boardtest.SeriesEvent(boardtest.Status("a")), boardtest.SeriesEvent(boardtest.Bad("b/c")), boardtest.SeriesEvent(boardtest.Unseen("d")),
		boardtest.SeriesEvent(other), current())
}

// answer is what a request was answered with.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request and holds the answer against the document.
func (f *fixture) ask(t testing.TB, method, target, body string) answer {
	t.Helper()
	got := f.send(t, method, target, body)
	path, _, _ := strings.Cut(target, "?")
	if path == "/api/v1" || strings.HasPrefix(path, "/api/v1/") {
		f.contract.check(t, method, path, got)
		if body != "" && got.status < 300 {
			f.contract.checkRequest(t, method, path, body)
		}
	}
	return got
}

func (f *fixture) get(t testing.TB, target string) answer {
	t.Helper()
	return f.ask(t, http.MethodGet, target, "")
}

// send sends a request as it is: no redirect is followed, no path cleaned.
func (f *fixture) send(t testing.TB, method, target, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, f.server.URL+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: patience}
	response, err := client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// decode reads the body of an answer that must be a good one.
func decode[T any](t testing.TB, got answer) T {
	t.Helper()
	var value T
	if got.status >= 300 {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	if err := json.Unmarshal([]byte(got.body), &value); err != nil {
		t.Fatalf("%v: %s", err, got.body)
	}
	return value
}

// wantProblem fails unless the answer is a problem of the status whose detail holds
// the text.
func wantProblem(t testing.TB, got answer, status int, text string) {
	t.Helper()
	var p struct {
		Status int
		Detail string
	}
	if err := json.Unmarshal([]byte(got.body), &p); err != nil {
		t.Errorf("not a problem: %d %q", got.status, got.body)
		return
	}
	if got.status != status || p.Status != status || !strings.Contains(p.Detail, text) || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %q, want %d with %q", got.status, p.Detail, status, text)
	}
}

// hold is one that was put.
func (f *fixture) hold(t *testing.T, id string) *backmonv1.Hold {
	t.Helper()
	all, err := f.bus.Holds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range all {
		if h.GetId() == id {
			return h
		}
	}
	return nil
}
