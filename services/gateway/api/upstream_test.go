package api_test

import (
	"testing"

	"github.com/backmon/backmon/services/gateway/api"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

func TestUpstream(t *testing.T) {
	second := boardtest.Status("only here")
	second.Series.Environment = "test"
	old := boardtest.Status("x")
	old.Series.Environment, old.Series.Disk = "removed", "db"
	v1 := boardtest.Status("a")
	v1.Series.Disk = "v1"
	f := newFixtureWith(t, api.Config{Environments: []string{"test", "prod"}},
		boardtest.DiskEvent(boardtest.Disk("db")), boardtest.DiskEvent(boardtest.Disk("empty")),
		boardtest.SeriesEvent(boardtest.Status("a")), boardtest.SeriesEvent(boardtest.Status(".")), boardtest.SeriesEvent(boardtest.Status("b/c")),
		boardtest.SeriesEvent(boardtest.Unseen("a")), boardtest.SeriesEvent(second), boardtest.SeriesEvent(old), boardtest.SeriesEvent(v1), current())
	for _, c := range []struct {
		target string
		status int
		body   string
	}{
		{"/api", 200, `["db","empty","v1"]`},
		{"/api/", 200, `["db","empty","v1"]`},
		{"/api?env=test", 200, `["db"]`},
		{"/api?env=nothing", 200, `[]`},
		{"/api/empty", 200, `{"Quota":2147483648,"Directories":null}`},
		{"/api/db?env=prod", 200, `{"Quota":2147483648,"Directories":["postgres"]}`},
		{"/api/db/?env=prod", 200, `{"Quota":2147483648,"Directories":["postgres"]}`},
		{"/api/db", 200, `{"Quota":0,"Directories":["postgres"]}`}, // test comes first
		{"/api/db/postgres/nightly", 200, `["only here"]`},
		{"/api/db/postgres?env=prod", 200, `["nightly"]`}, // broken has no file
		{"/api/db/postgres/broken?env=prod", 404, `there is no file "broken"`},
		{"/api/db/postgres/nightly?env=prod", 200, `[".","a","b/c"]`},
		{"/api/db/postgres/nightly/.?env=prod", 200, "file of prod:db ."},
		{"/api/db/postgres/nightly/%2E?env=prod", 200, "file of prod:db ."},
		{"/api/db/postgres/nightly/b%2Fc?env=prod", 200, "file of prod:db b/c"},
		{"/api/db/postgres/nightly/only%20here", 200, "file of test:db only here"},
		{"/api/%76%31", 200, `{"Quota":0,"Directories":["postgres"]}`}, // /api/v1 is another thing
		{"/api/db?env=dev", 404, `there is no disk in the environment "dev" that is called "db"`},
		{"/api/bd", 404, `there is no disk "bd"; did you mean "db"?`},
		{"/api//postgres", 404, `there is no disk ""`},
		{"/api/db/x", 404, `there is no directory "x"`},
		{"/api/db/postgres/x", 404, `there is no file "x"`},
		{"/api/db/postgres/nightly/x", 404, `there is no group "x"`},
		{"/api/db/postgres/nightly/b/c?env=prod", 404, `a path has four names at most, disk, directory, file and group; write a slash in a name as %2F`},
		{"/api/../metrics", 404, `there is no disk ".."`},
	} {
		t.Run(c.target, func(t *testing.T) {
			got := f.get(t, c.target)
			if got.status != c.status || got.body != c.body && got.body != c.body+"\n" {
				t.Errorf("%d %q, want %d %q", got.status, got.body, c.status, c.body)
			}
			if want := "application/json"; got.status == 200 && got.body[0] != 'f' && got.header.Get("Content-Type") != want {
				t.Errorf("content type %q", got.header.Get("Content-Type"))
			}
		})
	}
	if got := f.ask(t, "POST", "/api/db", ""); got.status != 405 || got.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d", got.status)
	}
}
