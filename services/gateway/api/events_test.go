package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway/api"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// event is one server-sent event.
type event struct{ id, name, data string }

// short writes an event as "name group": what it is of.
func (e event) short() string {
	var d struct{ Disk, Group, State string }
	_ = json.Unmarshal([]byte(e.data), &d)
	return strings.TrimSpace(e.name + " " + map[bool]string{true: d.Disk, false: d.Group}[strings.HasPrefix(e.name, "disk")] + " " + d.State)
}

// client reads a stream of events.
type client struct {
	t      testing.TB
	lines  *bufio.Scanner
	cancel context.CancelFunc
	lastID string
}

// connect opens a stream of events.
func (f *fixture) connect(t testing.TB, query, lastID string) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.server.URL+"/api/v1/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("status %d, %q", response.StatusCode, response.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return &client{t: t, lines: lines, cancel: cancel, lastID: lastID}
}

// next reads the next event, as a browser does; false at the end of the stream.
func (c *client) next() (event, bool) {
	c.t.Helper()
	var e event
	for c.lines.Scan() {
		field, value, _ := strings.Cut(c.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case c.lines.Text() == "" && e.data == "":
			e = event{}
		case c.lines.Text() == "":
			return e, true
		case field == "id":
			e.id, c.lastID = value, value
		case field == "event":
			e.name = value
		case field == "data":
			e.data += value
		case field != "" && field != "retry":
			c.t.Errorf("a line %q", c.lines.Text())
		}
	}
	return event{}, false
}

// until reads events up to one of a name, and writes them in short.
func (c *client) until(name string) string {
	c.t.Helper()
	var all []string
	for {
		e, ok := c.next()
		if !ok {
			c.t.Fatalf("the stream ended before %q, after %q: %v", name, all, c.lines.Err())
		}
		all = append(all, e.short())
		if e.name == name {
			return strings.Join(all, ", ")
		}
	}
}

func (c *client) expect(name, want string) {
	c.t.Helper()
	if got := c.until(name); got != want {
		c.t.Errorf("told %s\nwant %s", got, want)
	}
}

// clock makes events of a stream that has just happened.
type clock struct {
	sequence uint64
	start    time.Time
}

func (c *clock) event(e bus.Event) bus.Event {
	c.sequence++
	e.Sequence, e.Stored = c.sequence, c.start.Add(time.Duration(c.sequence)*time.Second)
	return e
}

func newClock() *clock { return &clock{start: time.Now().Add(-time.Hour)} }

func ended(group string) bus.Event {
	s := boardtest.Status(group)
	s.State = backup.Gone
	return boardtest.SeriesEvent(s)
}

func TestEvents(t *testing.T) {
	c := newClock()
	f := newFixture(t, c.event(boardtest.DiskEvent(boardtest.Disk("db"))), c.event(boardtest.SeriesEvent(boardtest.Status("a"))), c.event(boardtest.SeriesEvent(boardtest.Bad("b"))), current())
	s := f.connect(t, "", "")
	s.expect("current", "disk db, series a OK, series b MISSING, current")
	f.board.Apply(c.event(boardtest.SeriesEvent(boardtest.Bad("a"))))
	s.expect("series", "series a MISSING")
	if id, _, _ := strings.Cut(s.lastID, "-"); id != "4" {
		t.Errorf("the id is %q, the sequence 4", s.lastID)
	}
	f.board.Apply(c.event(ended("b")))
	s.expect("series_ended", "series_ended b")
	gone := boardtest.Disk("db")
	gone.Gone = true
	f.board.Apply(c.event(boardtest.DiskEvent(gone)))
	s.expect("disk_ended", "disk_ended db")
	f.board.Apply(bus.Event{Kind: bus.EventReset})
	s.expect("reset", "reset")
	if s.lastID != "" {
		t.Errorf("after a reset the id is %q", s.lastID)
	}
	f.board.Apply(current())
	s.expect("current", "current")
}

// Who chooses by state is told of what leaves, and of nothing that never concerned.
func TestEventsWithAQuery(t *testing.T) {
	c := newClock()
	other := boardtest.Bad("a")
	other.Series.Disk = "files"
	f := newFixture(t, c.event(boardtest.SeriesEvent(boardtest.Status("a"))), c.event(boardtest.SeriesEvent(boardtest.Bad("b"))), c.event(boardtest.SeriesEvent(other)), c.event(boardtest.DiskEvent(boardtest.Disk("files"))), current())
	s := f.connect(t, "?disk=db&state=MISSING", "")
	s.expect("current", "series_left a, series b MISSING, current")
	f.board.Apply(c.event(boardtest.SeriesEvent(other)))
	f.board.Apply(c.event(boardtest.SeriesEvent(boardtest.Status("b"))))
	s.expect("series_left", "series_left b")
	f.board.Apply(c.event(boardtest.SeriesEvent(boardtest.Bad("a"))))
	s.expect("series", "series a MISSING")
}

func TestEventsResume(t *testing.T) {
	c := newClock()
	f := newFixture(t, c.event(boardtest.SeriesEvent(boardtest.Status("a"))), c.event(boardtest.SeriesEvent(boardtest.Status("b"))), current())
	s := f.connect(t, "", "")
	s.until("current")
	s.cancel()
	f.board.Apply(c.event(boardtest.SeriesEvent(boardtest.Bad("a"))))
	f.board.Apply(c.event(ended("b")))
	f.connect(t, "", s.lastID).expect("current", "series a MISSING, series_ended b, current")
	for _, id := range []string{"nonsense", "1", "99-1", "-1--1"} {
		f.connect(t, "", id).expect("current", "reset, series a MISSING, current")
	}
}

// A client that is told nothing for long still moves on: what it comes back with
// is not too old.
func TestHeartbeatsCarryThePlace(t *testing.T) {
	c := newClock()
	f := newFixtureWith(t, api.Config{Heartbeat: time.Millisecond}, c.event(boardtest.SeriesEvent(boardtest.Status("a"))), current())
	s := f.connect(t, "?group=a", "")
	s.until("current")
	f.board.Apply(c.event(boardtest.SeriesEvent(boardtest.Status("b"))))
	for s.lastID == "" || !strings.HasPrefix(s.lastID, "2-") {
		if !s.lines.Scan() {
			t.Fatal("the stream ended")
		}
		if id, ok := strings.CutPrefix(s.lines.Text(), "id: "); ok {
			s.lastID = id
		}
	}
}

// Every event is as the document has it.
func TestEventsAreAsDescribed(t *testing.T) {
	f := some(t)
	contract := readContract(t)
	s := f.connect(t, "?state=MISSING", "")
	schemas := map[string]string{"series": "SeriesItem", "series_left": "SeriesId", "series_ended": "SeriesId", "disk": "DiskEvent"}
	seen := map[string]bool{}
	for !seen["series_ended"] {
		e, ok := s.next()
		if !ok {
			t.Fatal("the stream ended")
		}
		if seen[e.name] = true; e.name == "current" {
			f.board.Apply(ended("b/c"))
		}
		name, described := schemas[e.name]
		if !described {
			if e.data != "{}" {
				t.Errorf("%s has the data %s", e.name, e.data)
			}
			continue
		}
		schema, err := contract.compiler.Compile("openapi.json#/components/schemas/" + name)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(e.data))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", e.name, err)
		}
	}
	for name := range schemas {
		if !seen[name] {
			t.Errorf("no %s came", name)
		}
	}
}

func TestEventsEndWithTheServer(t *testing.T) {
	f := some(t)
	s := f.connect(t, "", "")
	s.until("current")
	f.api.Stop()
	if e, ok := s.next(); ok {
		t.Errorf("an event %+v after the end", e)
	}
	f.connect(t, "", "") // a client that comes then gets an answer, too
}

// crowd are many series whose statuses change all the time.
type crowd struct {
	*fixture
	clock *clock
	bad   bool
}

func newCrowd(t *testing.T, series int) *crowd {
	t.Helper()
	c := &crowd{newFixture(t, current()), newClock(), false}
	for i := range series {
		c.board.Apply(c.clock.event(boardtest.SeriesEvent(boardtest.Status(fmt.Sprint("g", i)))))
	}
	return c
}

// change changes every series once.
func (c *crowd) change(series int) {
	c.bad = !c.bad
	for i := range series {
		s := boardtest.Status(fmt.Sprint("g", i))
		if c.bad {
			s = boardtest.Bad(s.Series.Group)
		}
		c.board.Apply(c.clock.event(boardtest.SeriesEvent(s)))
	}
}

// A client that never reads holds nobody up: not the board, and not the others.
func TestDeafClient(t *testing.T) {
	const series, clients = 2000, 20
	c := newCrowd(t, series)
	address := strings.TrimPrefix(c.server.URL, "http://")
	for range clients {
		deaf, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = deaf.Close() })
		if _, err := fmt.Fprintf(deaf, "GET /api/v1/events HTTP/1.1\r\nHost: %s\r\n\r\n", address); err != nil {
			t.Fatal(err)
		}
	}
	s := c.connect(t, "", "")
	s.until("current")
	before := heap()
	for range 10 {
		c.change(series)
	}
	c.board.Apply(c.clock.event(boardtest.DiskEvent(boardtest.Disk("last"))))
	s.until("disk")
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("the heap grew by %d KiB for %d clients that don't read", grown>>10, clients)
	}
}

// 200 clients, some of which never read: the server's memory stays what it is
// while thousands of changes go by.
func TestManyClientsInConstantMemory(t *testing.T) {
	const clients, deaf, series, rounds = 200, 50, 40, 10
	c := newCrowd(t, series)
	address := strings.TrimPrefix(c.server.URL, "http://")
	var connected, told sync.WaitGroup
	var events atomic.Int64
	for i := range clients {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := fmt.Fprintf(conn, "GET /api/v1/events HTTP/1.1\r\nHost: %s\r\n\r\n", address); err != nil {
			t.Fatal(err)
		}
		if i < deaf {
			continue
		}
		connected.Add(1)
		told.Add(1)
		go listen(conn, &events, connected.Done, told.Done)
	}
	waitFor(t, &connected, "the clients' present state")
	c.change(series)
	before := heap()
	for range rounds {
		c.change(series)
	}
	grown := heap() - before
	c.board.Apply(c.clock.event(boardtest.DiskEvent(boardtest.Disk("last"))))
	waitFor(t, &told, "the last change at every client")
	t.Logf("%d events to %d clients; the heap grew by %d KiB while %d series changed %d times", events.Load(), clients-deaf, grown>>10, series, rounds)
	if grown > 16<<20 {
		t.Errorf("the heap grew by %d KiB", grown>>10)
	}
}

// listen counts events up to that of the disk "last". It keeps nothing.
func listen(conn net.Conn, events *atomic.Int64, connected, told func()) {
	lines := bufio.NewReaderSize(conn, 4096)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull { //nolint:errorlint // as the package returns it
			return
		}
		text := string(line[:min(len(line), 64)])
		switch {
		case strings.HasPrefix(text, "event: current"):
			connected()
		case strings.HasPrefix(text, "event: disk"):
			told()
			return
		case strings.HasPrefix(text, "event: "):
			events.Add(1)
		}
	}
}

func waitFor(t *testing.T, group *sync.WaitGroup, what string) {
	t.Helper()
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(3 * patience):
		t.Fatalf("waited too long for %s", what)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Beyond the bound a client is told to come again, and does so with success once
// another has left.
func TestTooManyClients(t *testing.T) {
	f := newFixtureWith(t, api.Config{Streams: 1}, current())
	first := f.connect(t, "", "")
	first.until("current")
	got := f.get(t, "/api/v1/events")
	wantProblem(t, got, 503, "1 clients listen already")
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	first.cancel()
	for end := time.Now().Add(patience); ; {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.server.URL+"/api/v1/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		cancel()
		if response.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the place of the one that left is not free: %d", response.StatusCode)
		}
	}
}
