package download_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/services/gateway/download"
)

// broken is a body that gives so many zeros and then that error.
func broken(bytes int64, err error) func(storage.Part, int64) io.ReadCloser {
	return func(storage.Part, int64) io.ReadCloser {
		return io.NopCloser(io.MultiReader(io.LimitReader(zeros{}, bytes), failing{err}))
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A file that breaks off must not look whole to anybody. What is known before the
// first byte is told as a refusal.
func TestAStreamThatBreaksOff(t *testing.T) {
	for name, err := range map[string]error{"an error": errOdd, "a silent end": io.EOF, "changed": storage.ErrChanged} {
		for _, sent := range []int64{0, 1, 5000, 1 << 20} {
			t.Run(fmt.Sprintf("%s after %d bytes", name, sent), func(t *testing.T) {
				f := newFake(2 << 20)
				f.body = broken(sent, err)
				s := fakeSite(t, f, nil)
				got := s.ask("GET")
				if sent == 0 {
					if got.status != 502 && got.status != 503 {
						t.Errorf("got %d %q, %v", got.status, got.body, got.err)
					}
					s.none()
					return
				}
				if got.err == nil {
					t.Errorf("%d bytes came as if they were all: %d", len(got.body), got.status)
				}
				if record := s.next(); record.GetComplete() || record.GetSent() != sent || record.GetSize() != 2<<20 {
					t.Errorf("record %v", record)
				}
				s.none()
			})
		}
	}
}

// HTTP/2 has no connection to close: the stream is reset.
func TestAStreamThatBreaksOffOnHTTP2(t *testing.T) {
	f := newFake(2 << 20)
	f.body = broken(1<<20, errOdd)
	s := fakeSite(t, f, nil)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.handler.ServeSeries(w, r, s.series) }))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	for _, whole := range []bool{false, true} {
		if whole {
			f.set(func(f *fake) { f.body = newFake(0).body })
		}
		response, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.ProtoMajor != 2 || (err == nil) != whole || whole && n != 2<<20 {
			t.Errorf("%s: %d bytes, %v; whole: %v", response.Proto, n, err, whole)
		}
		if !whole && !strings.Contains(err.Error(), "stream error") { // the length alone not every client compares
			t.Errorf("the stream is not reset: %v", err)
		}
		if record := s.next(); record.GetComplete() != whole {
			t.Errorf("record %v", record)
		}
	}
}

// connect asks for the file on a connection that the test reads from, or not.
func (s *site) connect() net.Conn {
	s.t.Helper()
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// large is more than all buffers between the gateway and a client hold.
const large = 1 << 40

func TestAClientThatTakesNothingIsCutOff(t *testing.T) {
	s := fakeSite(t, newFake(large), nil)
	s.handler.SetStall(50 * time.Millisecond)
	s.connect()
	if record := s.next(); record.GetComplete() || record.GetSent() == 0 || record.GetSent() > 1<<30 {
		t.Errorf("record %v", record)
	}
	logged := s.log.FilterMessage("a download broke off").All()
	if len(logged) != 1 || logged[0].ContextMap()["error"] != "the client took nothing for 50ms" {
		t.Errorf("log %v", logged)
	}
}

func TestAClientThatLeaves(t *testing.T) {
	s := fakeSite(t, newFake(large), nil)
	conn := s.connect()
	if _, err := io.ReadFull(conn, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if record := s.next(); record.GetComplete() || record.GetSent() < 1<<20-1000 {
		t.Errorf("record %v", record)
	}
}

// A service that stops ends streams, also to clients that don't read, and writes
// them down.
func TestStoppingEndsStreams(t *testing.T) {
	cause := errors.New("stopping")
	base, stop := context.WithCancelCause(t.Context())
	s := fakeSite(t, newFake(large), func(c *settings) { c.server.BaseContext = func(net.Listener) context.Context { return base } })
	if _, err := io.ReadFull(s.connect(), make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	stop(cause)
	if record := s.next(); record.GetComplete() || record.GetSent() == 0 {
		t.Errorf("record %v", record)
	}
	logged := s.log.FilterMessage("a download broke off").All()
	if len(logged) != 1 || logged[0].ContextMap()["error"] != cause.Error() {
		t.Errorf("log %v", logged)
	}
}

// The server's limits for a request and its answer don't hold for a file that is
// on its way, and hold again for the next request.
func TestADownloadOutlivesTheServersLimits(t *testing.T) {
	const limit = 100 * time.Millisecond
	f := newFake(5)
	f.body = func(storage.Part, int64) io.ReadCloser {
		pieces := make([]io.Reader, 0, 10)
		for range 5 {
			pieces = append(pieces, late{limit}, strings.NewReader("x"))
		}
		return io.NopCloser(io.MultiReader(pieces...))
	}
	s := fakeSite(t, f, func(c *settings) { c.server.ReadTimeout, c.server.WriteTimeout = limit, limit })
	s.keep = true
	for range 2 { // on one connection
		if got := s.ask("GET"); got.body != "xxxxx" || got.err != nil {
			t.Errorf("got %q, %v", got.body, got.err)
		}
		if record := s.next(); !record.GetComplete() {
			t.Errorf("record %v", record)
		}
	}
}

// late is a storage that takes its time, and gives nothing.
type late struct{ after time.Duration }

func (l late) Read([]byte) (int, error) {
	<-time.After(l.after)
	return 0, io.EOF
}

func TestOnlySoManyStreams(t *testing.T) {
	s := fakeSite(t, newFake(large), nil)
	for range download.MaxStreams {
		if line, err := bufio.NewReader(s.connect()).ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 200 ") {
			t.Fatalf("%q, %v", line, err)
		}
	}
	s.ask("GET").want(t, s, 503, fmt.Sprintf("%d downloads are under way", download.MaxStreams))
	if got := s.ask("HEAD"); got.status != 200 {
		t.Errorf("a look needs no place: %d", got.status)
	}
}

// A place is free again when its download has ended, however it did.
func TestPlacesAreGivenBack(t *testing.T) {
	f := newFake(10)
	s := fakeSite(t, f, nil)
	for i := range 2 * download.MaxStreams {
		f.set(func(f *fake) {
			f.open, f.body = nil, newFake(0).body
			switch i % 3 {
			case 1:
				f.open = errOdd
			case 2:
				f.body = broken(1, errOdd)
			}
		})
		if got := s.ask("GET"); got.status == http.StatusServiceUnavailable {
			t.Fatalf("request %d: %s", i, got.body)
		}
	}
}

// What can't be written down after the fact is logged in full.
func TestADownloadThatCannotBeBooked(t *testing.T) {
	s := fakeSite(t, newFake(10), nil)
	s.books.fail(errOdd)
	if got := s.ask("GET"); got.status != 200 || len(got.body) != 10 {
		t.Errorf("got %d, %d bytes", got.status, len(got.body))
	}
	deadline := time.After(patience)
	for s.log.FilterMessage("a download is not on the audit stream").Len() == 0 {
		select {
		case <-time.After(time.Millisecond):
		case <-deadline:
			t.Fatalf("log %v", s.log.All())
		}
	}
	entry := s.log.FilterLevelExact(zap.ErrorLevel).All()[0].ContextMap()
	got := fmt.Sprint(entry["env"], entry["disk"], entry["series"], entry["key"], entry["user"], entry["client"], entry["sent"], entry["complete"])
	if want := fmt.Sprint("prod", "disk", s.series.String(), "db/a/dump.gz", "alice", "127.0.0.1", 10, true); got != want {
		t.Errorf("log %s, want %s", got, want)
	}
}

// A server that can't be told of deadlines would cut large files in their middle.
func TestAServerWithoutDeadlines(t *testing.T) {
	s := fakeSite(t, newFake(10), nil)
	w := httptest.NewRecorder()
	s.handler.ServeSeries(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), s.series)
	if w.Code != http.StatusBadGateway || s.log.FilterLevelExact(zap.WarnLevel).Len() != 1 {
		t.Errorf("got %d, log %v", w.Code, s.log.All())
	}
}
