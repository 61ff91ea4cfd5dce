package page_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/gatewaytest"
	"github.com/backmon/backmon/services/gateway/page"
	"github.com/backmon/backmon/services/gateway/page/pagetest"
)

func TestNotFound(t *testing.T) {
	h := pagetest.Site{Board: pagetest.Bad(seven), Bus: new(gatewaytest.Bus), Now: seven}.Handler(t)
	for _, c := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/nothing", 404, "There is no such page"},
		{"GET", "/series/prod/databases/postgres/nightly/nobody", 404, "prod / databases / postgres / nightly / nobody"},
		{"GET", "/series/prod/databases/postgres/nightly/nobody", 404, "All backups of directory postgres"},
		{"GET", "/series/prod/databases/postgres/nightly/=2", 404, "hexadecimal"},
		{"GET", "/disks/prod/nothing", 404, "There is no disk prod:nothing"},
		{"GET", "/disks/prod/=", 404, "There is no disk prod:"},
		{"GET", "/disks/prod/=x", 404, "hexadecimal"},
		{"GET", "/static/page.css", 404, "There is no such page"},
		{"POST", "/series", 405, "Nothing was changed"},
		{"DELETE", "/holds/x/remove", 405, "Nothing was changed"},
	} {
		t.Run(c.method+c.path, func(t *testing.T) {
			got := ask(t, h, c.method, c.path, nil)
			if got.status != c.status || !strings.Contains(got.main(t), c.want) {
				t.Errorf("%d: %s", got.status, got.main(t))
			}
			if !strings.Contains(got.main(t), "The overview") {
				t.Error("it leads nowhere")
			}
		})
	}
}

// A form that is too large changes nothing.
func TestLargeForm(t *testing.T) {
	h := pagetest.Site{Board: pagetest.Bad(seven), Bus: new(gatewaytest.Bus), Now: seven}.Handler(t)
	got := ask(t, h, "POST", "/disks/prod/databases/hold", url.Values{"why": {strings.Repeat("x", 70_000)}})
	if got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.main(t), "Nothing was changed: the body has over 65536 bytes.") {
		t.Errorf("%d: %s", got.status, got.main(t))
	}
}

// Programs get no page.
func TestNotFoundForPrograms(t *testing.T) {
	h := pagetest.Site{Board: pagetest.Bad(seven), Bus: new(gatewaytest.Bus), Now: seven}.Handler(t)
	for path, kind := range map[string]string{"/nothing": "text/plain", "/api/v1/nothing": "application/problem+json"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != http.StatusNotFound || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
}

// What makes all that is shown doubtful is said first.
func TestNotices(t *testing.T) {
	cut := func(c *page.Config) {
		c.Ready = func(context.Context) error { return errors.New("not connected to NATS") }
	}
	for _, c := range []struct {
		name string
		site pagetest.Site
		want string
	}{
		{"replaying", pagetest.Site{Board: board.New()}, "Not complete yet."},
		{"cut off", pagetest.Site{Board: pagetest.Well(seven), Now: seven, Page: cut}, "not connected to NATS"},
		{"cut off is not well", pagetest.Site{Board: pagetest.Well(seven), Now: seven, Page: cut}, "No backup is known to be late, but NATS can’t be reached."},
		{"all stale", pagetest.Site{Board: pagetest.Well(seven), Now: seven.Add(5 * time.Hour)}, "3 disks were last looked at 5h ago, although it is due every 1h"},
		{"not stale yet", pagetest.Site{Board: pagetest.Well(seven), Now: seven.Add(2 * time.Hour)}, "All 42 backups are on time."},
		{"stale is not well", pagetest.Site{Board: pagetest.Well(seven), Now: seven.Add(5 * time.Hour)}, "No backup is known to be late, but 3 disks were not looked at for long."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := get(t, c.site.Handler(t), "/").main(t); !strings.Contains(got, c.want) {
				t.Errorf("%q is missing in %s", c.want, got)
			}
		})
	}
	doubted := get(t, pagetest.Site{Board: pagetest.Well(seven), Now: seven, Page: cut}.Handler(t), "/holds")
	if !strings.Contains(doubted.text, "<title>(?) Holds") || !strings.Contains(doubted.text, "icon-unknown") {
		t.Error("the tab does not show that what is in it may be old")
	}
}

func TestTitleAndIcon(t *testing.T) {
	for _, c := range []struct {
		name        string
		board       *board.Board
		title, icon string
	}{
		{"well", pagetest.Well(seven), "Overview · backmon", "icon-ok-"},
		{"bad", pagetest.Bad(seven), "(4) Overview · backmon", "icon-critical-"},
		{"unknown", pagetest.Board(pagetest.Unseen(seven)), "(?) Overview · backmon", "icon-unknown-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := pagetest.Site{Board: c.board, Now: seven}.Handler(t)
			got := get(t, h, "/")
			title := got.all(func(n *html.Node) bool { return n.Data == "title" && n.Parent.Data == "head" })[0].FirstChild.Data
			icon := attribute(got.all(func(n *html.Node) bool { return attribute(n, "rel") == "icon" })[0], "href")
			if title != c.title || !strings.HasPrefix(icon, "/static/"+c.icon) {
				t.Errorf("title %q, icon %s", title, icon)
			}
			for _, path := range []string{icon, "/favicon.ico"} {
				if svg := get(t, h, path); svg.status != http.StatusOK || svg.header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(svg.text, "<svg") {
					t.Errorf("%s: %d %s", path, svg.status, svg.header.Get("Content-Type"))
				}
			}
		})
	}
}

// Assets are kept for good by browsers, as their paths change with them.
func TestAssets(t *testing.T) {
	h := pagetest.Site{Board: pagetest.Well(seven), Now: seven}.Handler(t)
	for _, n := range get(t, h, "/").all(func(n *html.Node) bool { return n.Data == "script" || n.Data == "link" }) {
		path := attribute(n, "src") + attribute(n, "href")
		got := get(t, h, path)
		if got.status != http.StatusOK || !strings.Contains(got.header.Get("Cache-Control"), "immutable") || len(got.text) < 100 {
			t.Errorf("%s: %d, %s, %d bytes", path, got.status, got.header.Get("Cache-Control"), len(got.text))
		}
	}
}

func TestConfig(t *testing.T) {
	if _, err := page.New(page.Config{}, board.New(), nil, nil, nil); err == nil || !strings.Contains(err.Error(), "ready") {
		t.Errorf("error %v", err)
	}
}

// Downloads are offered where there are some.
func TestDownload(t *testing.T) {
	s := site(new(gatewaytest.Bus))
	if got := get(t, s.Handler(t), acmePath); strings.Contains(got.main(t), "Download") {
		t.Error("a download is offered although there is none")
	}
	s.Page = func(c *page.Config) { c.Downloads = true }
	if got := get(t, s.Handler(t), acmePath).link(t, "Download the newest"); got != "/api/v1"+acmePath+"/download" {
		t.Errorf("it leads to %s", got)
	}
}
