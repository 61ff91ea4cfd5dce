package receiver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/receiver"
)

// late is an incident of one series, open since two hours.
func late() incident.Incident {
	now := time.Now().UTC().Truncate(time.Second)
	return incident.Incident{
		Subject: incident.Subject{Environment: "prod", Disk: "db", Directory: "postgres", File: "nightly", Group: "postgres/acme"},
		ID:      "e-1", State: backup.Late, Severity: backup.SeverityWarning, Worst: backup.SeverityWarning,
		Reasons:  []backup.Reason{{Code: "LATE", Text: "expected a backup"}},
		Labels:   map[string]string{"team": "db"},
		OpenedAt: now.Add(-2 * time.Hour), ChangedAt: now.Add(-2 * time.Hour),
		Facts: incident.Facts{LatestKey: "postgres/acme/dump.sql", LatestSize: 12, LatestAt: now.Add(-26 * time.Hour), SeenAt: now, Expected: now.Add(-3 * time.Hour), Deadline: now.Add(-2 * time.Hour)},
	}
}

// ended is the same after it is over.
func ended(i incident.Incident) incident.Incident {
	i.ClosedAt = time.Now().UTC().Truncate(time.Second).Add(-time.Minute)
	return i
}

// notice is about incidents that are news of one kind.
func notice(id string, change incident.Change, incidents ...incident.Incident) incident.Notice {
	n := incident.Notice{
		ID: id, Receiver: "ops", Kind: incident.Problem, At: time.Date(2026, 11, 26, 3, 10, 0, 0, time.UTC),
		Group: map[string]string{"env": "prod", "disk": "db"}, Changes: map[incident.Change]int{change: len(incidents)},
	}
	if change == incident.Closed {
		n.Kind = incident.Resolved
	}
	for _, i := range incidents {
		n.Items = append(n.Items, incident.Item{Incident: i, Change: change})
		if change != incident.Closed {
			n.Open++
			n.Severity = max(n.Severity, i.Severity)
		}
	}
	return n
}

// open makes a receiver, with a short time limit unless it has one.
func open(t *testing.T, c receiver.Config) receiver.Receiver {
	t.Helper()
	r, _ := openLogged(t, c)
	return r
}

func openLogged(t *testing.T, c receiver.Config) (receiver.Receiver, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	if c.Name == "" {
		c.Name = "ops"
	}
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	c.Message.PageURL = "https://backmon.example.org"
	r, err := receiver.New(c, zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	if r.Name() != c.Name {
		t.Errorf("name %q, want %q", r.Name(), c.Name)
	}
	return r, logs
}

// sent wants a notice to be taken.
func sent(t *testing.T, r receiver.Receiver, n incident.Notice) {
	t.Helper()
	if err := r.Send(t.Context(), n); err != nil {
		t.Fatalf("send %q: %v", n.ID, err)
	}
}

// refused wants a notice not to be taken, and returns why.
func refused(t *testing.T, r receiver.Receiver, n incident.Notice) *receiver.Error {
	t.Helper()
	err := r.Send(t.Context(), n)
	var e *receiver.Error
	if !errors.As(err, &e) {
		t.Fatalf("send %q: error %v (%T), want an *Error", n.ID, err, err)
	}
	if strings.ContainsAny(e.Error(), "\n\r\x1b") || len(e.Error()) > 2500 || e.Error() == "" {
		t.Errorf("error %q of %d bytes", e.Error(), len(e.Error()))
	}
	return e
}

// request is one that a server got.
type request struct {
	method, path, query, host string
	header                    http.Header
	body                      string
}

// server keeps the requests it gets, and answers each with the handler.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

func serve(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(s.keep(t, answer))
	t.Cleanup(s.Close)
	return s
}

func serveTLS(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewTLSServer(s.keep(t, answer))
	t.Cleanup(s.Close)
	return s
}

func (s *server) keep(t *testing.T, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read a request: %v", err)
		}
		s.mu.Lock()
		s.requests = append(s.requests, request{r.Method, r.URL.Path, r.URL.RawQuery, r.Host, r.Header.Clone(), string(body)})
		s.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}
}

// got returns the requests so far.
func (s *server) got() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request{}, s.requests...)
}

// only returns the only request.
func (s *server) only(t *testing.T) request {
	t.Helper()
	got := s.got()
	if len(got) != 1 {
		t.Fatalf("%d requests, want 1", len(got))
	}
	return got[0]
}

// status answers with a status.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// hang answers when the test is over or the client has gone.
func hang(t *testing.T) http.HandlerFunc {
	over, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-over.Done():
		case <-r.Context().Done():
		}
	}
}

func wantContains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in %q", part, text)
		}
	}
}

func wantWithout(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q stands in %q", part, text)
		}
	}
}
