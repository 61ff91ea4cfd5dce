package guard_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/guard"
)

// impatient is a server's deadline, in the tests that pass it.
const impatient = 400 * time.Millisecond

// Answers that go on outlive the server's deadlines when they lift them, and only
// then; and their context lives as long as they do.
func TestLiftDeadlines(t *testing.T) {
	for _, c := range []struct {
		name         string
		http2, lifts bool
	}{{"HTTP/1.1", false, true}, {"HTTP/2", true, true}, {"HTTP/1.1, not lifted", false, false}, {"HTTP/2, not lifted", true, false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g, err := guard.New(guard.Config{}, zap.NewNop())
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			server := httptest.NewUnstartedServer(g.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ended <- goOn(w, r, c.lifts)
			})))
			server.EnableHTTP2 = c.http2
			server.Config.ReadTimeout, server.Config.WriteTimeout = impatient, impatient
			server.StartTLS()
			defer server.Close()
			response, err := server.Client().Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			body, err := io.ReadAll(response.Body)
			if got := response.ProtoMajor == 2; got != c.http2 {
				t.Errorf("it is HTTP/2: %v", got)
			}
			if whole := err == nil && string(body) == "beginend"; whole != c.lifts {
				t.Errorf("body %q, %v", body, err)
			}
			if err := <-ended; c.lifts && err != nil {
				t.Errorf("the request's context: %v", err)
			}
		})
	}
}

// goOn answers for longer than the server's deadlines.
func goOn(w http.ResponseWriter, r *http.Request, lift bool) error {
	if lift {
		if err := guard.LiftDeadlines(w); err != nil {
			return err
		}
	}
	_, _ = io.WriteString(w, "begin")
	if err := http.NewResponseController(w).Flush(); err != nil {
		return err
	}
	select {
	case <-time.After(2 * impatient):
	case <-r.Context().Done():
		return context.Cause(r.Context())
	}
	_, _ = io.WriteString(w, "end")
	return r.Context().Err()
}
