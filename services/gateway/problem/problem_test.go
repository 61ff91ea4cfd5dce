package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/services/gateway/problem"
)

func TestWrite(t *testing.T) {
	faults := problem.New(400, "the query has errors", problem.Fault{Parameter: "state", Detail: `unknown value "LAET"`}, problem.Fault{Pointer: "#/until", Detail: "not a time"})
	for _, c := range []struct {
		name, path  string
		problem     problem.Problem
		kind, wants string
	}{
		{"api v1", "/api/v1/statuses", problem.New(404, "no such series"), problem.ContentType, `{"type":"about:blank","title":"Not Found","status":404,"detail":"no such series","instance":"/api/v1/statuses"}`},
		{"the api itself", "/api/v1", problem.New(403, ""), problem.ContentType, `{"type":"about:blank","title":"Forbidden","status":403,"instance":"/api/v1"}`},
		{
			"faults", "/api/v1/holds", faults, problem.ContentType,
			`{"type":"about:blank","title":"Bad Request","status":400,"detail":"the query has errors","instance":"/api/v1/holds","errors":[{"detail":"unknown value \"LAET\"","parameter":"state"},{"detail":"not a time","pointer":"#/until"}]}`,
		},
		{"hostile detail", "/api/v1/x", problem.New(404, "<script>\xff\n\u2028"), problem.ContentType, `{"type":"about:blank","title":"Not Found","status":404,"detail":"\u003cscript\u003e\ufffd\n\u2028","instance":"/api/v1/x"}`},
		{"upstream's api", "/api/db", problem.New(404, "no such disk"), "text/plain; charset=utf-8", "no such disk"},
		{"not under it", "/api/v11", problem.New(404, ""), "text/plain; charset=utf-8", "Not Found"},
		{"faults for people", "/", faults, "text/plain; charset=utf-8", "the query has errors\nstate: unknown value \"LAET\"\n#/until: not a time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			w.Header().Set("ETag", `"x"`)
			w.Header().Set("Content-Length", "5000000")
			w.Header().Set("Allow", "GET")
			c.problem.Write(w, httptest.NewRequestWithContext(t.Context(), "GET", c.path, nil))
			if got := w.Body.String(); got != c.wants+"\n" {
				t.Errorf("body %q\nwant %q", got, c.wants+"\n")
			}
			want := http.Header{"Allow": {"GET"}, "Cache-Control": {"no-store"}, "Content-Type": {c.kind}, "X-Content-Type-Options": {"nosniff"}}
			if diff := cmp.Diff(want, w.Header()); diff != "" || w.Code != c.problem.Status {
				t.Errorf("status %d, headers (-want +got):\n%s", w.Code, diff)
			}
		})
	}
}

// What is written is what a program reads.
func TestRoundTrip(t *testing.T) {
	w := httptest.NewRecorder()
	problem.Write(w, httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/holds", nil), 409, `a hold "x" is there`)
	var got problem.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := problem.New(409, `a hold "x" is there`)
	want.Instance = "/api/v1/holds"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOfBody(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		detail string
	}{
		{fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 64}), 413, "the body has over 64 bytes"},
		{&net.OpError{Op: "read", Addr: &net.TCPAddr{Port: 80}, Err: os.ErrDeadlineExceeded}, 408, "the body did not come in time"},
		{errors.New("invalid character 'x'"), 400, "the body is not what is expected: invalid character 'x'"},
	} {
		if status, detail := problem.OfBody(c.err); status != c.status || detail != c.detail {
			t.Errorf("%v: %d %q", c.err, status, detail)
		}
	}
}
