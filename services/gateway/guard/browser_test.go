package guard_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/tooltest"
)

// form is a page that sends itself, to that address.
const form = `<!doctype html><title>form</title><form method="post" action="%s"><input name="x" value="y"></form><script src="/send.js"></script>`

// site is a server whose page / sends a form to target, and whose /write says what
// came.
func site(target func() string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, form, target())
	})
	mux.HandleFunc("GET /send.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, "document.forms[0].submit()")
	})
	mux.HandleFunc("POST /write", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "written: fetch-site=%q", r.Header.Get("Sec-Fetch-Site"))
	})
	return mux
}

// browse returns what Chromium shows in the end. Hosts that end in .test are here.
func browse(t *testing.T, page string, more ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	arguments := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--user-data-dir=" + t.TempDir(),
		"--host-resolver-rules=MAP *.test 127.0.0.1", "--virtual-time-budget=3000", "--dump-dom",
	}, more...)
	out, err := exec.CommandContext(ctx, tooltest.Find(t, "chromium", "chromium"), append(arguments, page)...).Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, out)
	}
	return string(out)
}

// A real browser: the page's own form writes, without TLS too, where browsers don't
// say from which site a request comes; a form of another site does not, and nothing
// of ours is shown within another page.
func TestBrowser(t *testing.T) {
	g, err := guard.New(guard.Config{AllowAnonymousWrites: true}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ours := httptest.NewServer(g.Protect(site(func() string { return "/write" })))
	defer ours.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(ours.URL, "http://"), ":")
	address := "http://backmon.test:" + port
	theirs := httptest.NewServer(site(func() string { return address + "/write" }))
	defer theirs.Close()
	there, err := url.Parse(theirs.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, page, shows string }{
		{"our form", address, `written: fetch-site=""`},
		{"our form on this machine, which browsers trust", ours.URL, `written: fetch-site="same-origin"`},
		{"another site's form", "http://evil.test:" + there.Port(), "the request comes from another site"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := browse(t, c.page); !strings.Contains(got, c.shows) {
				t.Errorf("shows %q, want %q", got, c.shows)
			}
		})
	}
}
