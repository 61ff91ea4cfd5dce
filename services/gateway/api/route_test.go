package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

func TestOwns(t *testing.T) {
	f := newFixture(t)
	for target, want := range map[string]bool{
		"/api": true, "/api/": true, "/api/v1": true, "/api/db": true, "/api/v1/x/../y": true, "/api//": true, "/api/.": true,
		"/": false, "/apis": false, "/metrics": false, "/%61pi/v1": false,
	} {
		if got := f.api.Owns(httptest.NewRequestWithContext(t.Context(), "GET", target, nil)); got != want {
			t.Errorf("%s: %v, want %v", target, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	f := some(t)
	const series = "/api/v1/series/prod/db/postgres/nightly/"
	for _, c := range []struct {
		method, target string
		status         int
		text           string
	}{
		{"GET", "/api/v1/", 404, "openapi.yaml"},
		{"GET", "/api/v1/nothing", 404, "openapi.yaml"},
		{"GET", "/api/v1/statuses/", 404, "openapi.yaml"},
		{"GET", "/api/v1/series/prod/db/postgres/nightly", 404, "openapi.yaml"},
		{"GET", series + "a/b", 404, "openapi.yaml"},
		{"GET", "/api/v1/statuses?stat=x&limit=0", 400, `stat: is no parameter here; did you mean "state"?; limit: "0" is not a number from 1 to 1000`},
		{"GET", "/api/v1/statuses?%zz", 400, "is not one of a URL"},
		{"GET", "/api/v1/statuses?a;b", 400, "is not one of a URL"},
		{"GET", "/api/v1/disks?state=OK", 400, "state: is no parameter here"},
		{"GET", "/api/v1/disks/prod/db?x=1", 400, "x: is no parameter here"},
		{"GET", "/api/v1/disks/prod/bd", 404, `there is no disk "bd"; did you mean "db"?`},
		{"GET", "/api/v1/disks/dev/db", 404, `there is no disk of the environment "dev"`},
		{"GET", "/api/v1/disks/prod/=zz", 400, `"=zz" is no name`},
		{"GET", series + "x", 404, `there is no group "x"`},
		{"GET", series + "b%2FC", 404, `there is no group "b/C"; did you mean "b/c"?`},
		{"GET", "/api/v1/series/prd/db/postgres/nightly/a", 404, `there is no environment "prd"; did you mean "prod"?`},
		{"GET", "/api/v1/series/prod/x/postgres/nightly/a", 404, `there is no disk "x"`},
		{"GET", "/api/v1/series/prod/db/postgre/nightly/a", 404, `there is no directory "postgre"; did you mean "postgres"?`},
		{"GET", "/api/v1/series/prod/db/postgres/x/a", 404, `there is no file "x"`},
		{"GET", series + "a?slots=101&history=-1&y=", 400, `y: is no parameter here; slots: "101" is not a number from 0 to 100; history: "-1" is not a number from 0 to 500`},
		{"GET", series + "a?slots=1&slots=2", 400, "slots: stands more than once"},
		{"GET", series + "x/badge.svg", 404, `there is no group "x"`},
		{"GET", series + "a/badge.svg?colour=red", 400, "colour: is no parameter here"},
		{"GET", "/api/v1/disks/prod/x/badge.svg", 404, `there is no disk "x"`},
		{"GET", "/api/v1/events?sort=name", 400, "sort: is no parameter here"},
		{"POST", "/api/v1/disks/prod/x/evaluate", 404, `there is no disk "x"`},
	} {
		t.Run(c.method+c.target, func(t *testing.T) { wantProblem(t, f.ask(t, c.method, c.target, ""), c.status, c.text) })
	}
}

func TestMethods(t *testing.T) {
	f := some(t)
	for _, c := range []struct{ method, target, allow string }{
		{"POST", "/api/v1/statuses", "GET, HEAD"},
		{"DELETE", "/api/v1/disks/prod/db", "GET, HEAD"},
		{"GET", "/api/v1/disks/prod/db/evaluate", "POST"},
		{"HEAD", "/api/v1/disks/prod/db/evaluate", "POST"},
		{"PATCH", "/api/v1/events", "GET, HEAD"},
	} {
		t.Run(c.method+c.target, func(t *testing.T) {
			got := f.ask(t, c.method, c.target, "")
			if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != c.allow {
				t.Errorf("%d, Allow %q, want 405 with %q", got.status, got.header.Get("Allow"), c.allow)
			}
			if c.method != "HEAD" {
				wantProblem(t, got, 405, "not to "+c.method)
			}
		})
	}
}

func TestHead(t *testing.T) {
	f := some(t)
	for _, target := range []string{"/api/v1", "/api/v1/statuses", "/api/v1/disks/prod/db", "/api/v1/events", "/api/v1/disks/prod/db/badge.svg", "/api", "/api/db"} {
		if got := f.ask(t, "HEAD", target, ""); got.status != 200 || got.body != "" {
			t.Errorf("%s: %d %q", target, got.status, got.body)
		}
	}
}

// Before the replay is over half of the statuses would be told for all.
func TestDuringTheReplay(t *testing.T) {
	f := newFixture(t, boardtest.SeriesEvent(boardtest.Status("a")))
	for _, target := range []string{"/api/v1/statuses", "/api/v1/disks", "/api/v1/disks/prod/db", "/api/v1/series/prod/db/postgres/nightly/a"} {
		got := f.get(t, target)
		wantProblem(t, got, 503, "still being replayed")
		if got.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", target)
		}
	}
	if got := f.get(t, "/api/db"); got.status != 503 {
		t.Errorf("upstream's path: %d", got.status)
	}
	f.board.Apply(current())
	if got := f.get(t, "/api/v1/statuses"); got.status != 200 {
		t.Errorf("after it: %d", got.status)
	}
}

// A client that still waits when the gateway makes an end is told so.
func TestStopping(t *testing.T) {
	f := some(t)
	f.bus.Err = context.Canceled
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	f.api.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/api/v1/holds", nil))
	wantProblem(t, answer{status: w.Code, header: w.Header(), body: w.Body.String()}, 503, "is stopping")
}

func TestAboutAndDocument(t *testing.T) {
	f := newFixture(t)
	about := decode[map[string]string](t, f.get(t, "/api/v1"))
	if about["version"] != "1.2.3" {
		t.Errorf("about %v", about)
	}
	if got := f.get(t, about["openapi"]); got.status != 200 || got.header.Get("Content-Type") != "application/yaml" || len(got.body) < 1000 {
		t.Errorf("the document: %d", got.status)
	}
	if got := decode[map[string]any](t, f.get(t, "/api/v1/openapi.json")); got["openapi"] != "3.1.0" {
		t.Errorf("as JSON: %v", got["openapi"])
	}
}
