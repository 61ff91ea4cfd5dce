package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/api"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/guard"
)

// patience is how long a test waits for what must come at once.
const patience = 60 * time.Second

// fakeBus keeps what it is told, and answers with what the test gives it.
type fakeBus struct {
	mu      sync.Mutex
	err     error // of every call
	past    []backup.Status
	found   []*backmonv1.DiskFound
	outcome bus.Outcome

	records  []bus.AuditRecord
	filter   bus.AuditFilter // of the last reading
	holds    map[string]*backmonv1.Hold
	silences map[string]*backmonv1.Silence
}

func (b *fakeBus) History(_ context.Context, id *backmonv1.SeriesId, _ time.Time) iter.Seq2[bus.BackupRecord, error] {
	return func(yield func(bus.BackupRecord, error) bool) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.err != nil {
			yield(bus.BackupRecord{}, b.err)
			return
		}
		for i, s := range b.past {
			if s.Series == wire.ParseSeriesID(id) && !yield(bus.BackupRecord{Status: wire.Status(s, nil), Sequence: uint64(i + 1)}, nil) {
				return
			}
		}
	}
}

func (b *fakeBus) PublishDiskFound(_ context.Context, found *backmonv1.DiskFound, _ string) (bus.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.found = append(b.found, found)
	return b.outcome, b.err
}

func (b *fakeBus) ReadAudit(_ context.Context, filter bus.AuditFilter) iter.Seq2[bus.AuditRecord, error] {
	return func(yield func(bus.AuditRecord, error) bool) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.filter = filter
		for _, r := range b.records {
			var err error
			if r.Purged == nil && r.Refused == nil && r.Downloaded == nil && r.Notified == nil && r.Unnotified == nil {
				err = errors.New("unreadable")
			}
			if r.Sequence > filter.After && !yield(r, err) {
				return
			}
		}
		if b.err != nil {
			yield(bus.AuditRecord{}, b.err)
		}
	}
}

func (b *fakeBus) Holds(context.Context) ([]*backmonv1.Hold, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return sorted(b.holds), b.err
}

func (b *fakeBus) PutHold(_ context.Context, hold *backmonv1.Hold) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return put(&b.holds, hold.GetId(), hold, b.err)
}

func (b *fakeBus) RemoveHold(_ context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return remove(b.holds, id, bus.ErrHoldNotFound, b.err)
}

func (b *fakeBus) PutSilence(_ context.Context, silence *backmonv1.Silence) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return put(&b.silences, silence.GetId(), silence, b.err)
}

func (b *fakeBus) RemoveSilence(_ context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return remove(b.silences, id, bus.ErrSilenceNotFound, b.err)
}

func sorted[T any](values map[string]T) []T {
	var all []T
	for _, id := range slices.Sorted(maps.Keys(values)) {
		all = append(all, values[id])
	}
	return all
}

func put[T any](values *map[string]T, id string, value T, err error) error {
	if err != nil {
		return err
	}
	if *values == nil {
		*values = map[string]T{}
	}
	(*values)[id] = value
	return nil
}

func remove[T any](values map[string]T, id string, missing, err error) error {
	if err != nil {
		return err
	}
	if _, ok := values[id]; !ok {
		return fmt.Errorf("remove %q: %w", id, missing)
	}
	delete(values, id)
	return nil
}

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
	bus      *fakeBus
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
	f := &fixture{bus: &fakeBus{outcome: bus.Stored}, troubles: &fakeTroubles{}, board: boardtest.Board(events...), contract: readContract(t)}
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
