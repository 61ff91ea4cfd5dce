package page_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/gatewaytest"
	"github.com/backmon/backmon/services/gateway/page/browsertest"
	"github.com/backmon/backmon/services/gateway/page/pagetest"
)

// TestScript tries what a page does by itself, and what it does without its script.
func TestScript(t *testing.T) {
	browser := browsertest.Start(t)
	for name, test := range map[string]func(*testing.T, *browsertest.Browser){
		"changes are exchanged and nothing else is touched": testExchange, "the connection is lost and comes back": testLost,
		"times are written as the server does": testTimes, "all works without the script": testWithoutScript, "by keyboard": testKeyboard,
		"behind others it holds no connection": testBehind,
	} {
		t.Run(name, func(t *testing.T) { test(t, browser) })
	}
}

func testExchange(t *testing.T, browser *browsertest.Browser) {
	b := boardtest.Board(boardtest.SeriesEvent(boardtest.Status("a")), boardtest.SeriesEvent(boardtest.Status("b")), bus.Event{Kind: bus.EventCurrent})
	url := pagetest.Site{Board: b}.Serve(t)
	tab := browser.Open(t, browsertest.Light)
	tab.Go(url + "/series")
	tab.Until("the connection", `document.getElementById("connection").dataset.state === "live"`)
	browsertest.Value[bool](tab, `window.mark = document.querySelector("[data-key$='/b']"), document.querySelector(".filters [name=q]").value = "half writ", document.querySelector(".filters [name=q]").focus(), true`)
	bad := boardtest.Bad("a")
	bad.Reasons = []backup.Reason{{Code: "MISSING", Text: "it is gone"}}
	b.Apply(boardtest.SeriesEvent(bad))
	tab.Until("the change", `document.querySelector("[data-key$='/a']").textContent.includes("It is gone") || document.querySelector("[data-key$='/a']").textContent.includes("it is gone")`)
	tab.Until("the title", `document.title.startsWith("(1) ")`)
	tab.Until("the icon", `document.getElementById("icon").href.includes("icon-critical")`)
	for what, kept := range map[string]string{
		"the other row":       `window.mark === document.querySelector("[data-key$='/b']")`,
		"the focus":           `document.activeElement === document.querySelector(".filters [name=q]")`,
		"what was being writ": `document.querySelector(".filters [name=q]").value === "half writ"`,
	} {
		if !browsertest.Value[bool](tab, kept) {
			t.Errorf("%s is not what it was", what)
		}
	}
	gone := boardtest.Status("b")
	gone.State = backup.Gone
	b.Apply(boardtest.SeriesEvent(gone))
	tab.Until("the end of a row", `!document.querySelector("[data-key$='/b']")`)
	tab.Expect("404")
	tab.Go(url + "/series/prod/db/postgres/nightly/a")
	tab.Until("the connection", `document.getElementById("connection").dataset.state === "live"`)
	bad.State = backup.Gone
	b.Apply(boardtest.SeriesEvent(bad))
	tab.Until("the end of what is shown", `document.getElementById("title").textContent === "No such backup"`)
	b.Apply(boardtest.SeriesEvent(boardtest.Status("a")))
	tab.Until("its return", `document.getElementById("main").textContent.includes("on time and plausible")`)
}

// flaky is a server that can refuse everything.
type flaky struct {
	http.Handler
	refuses atomic.Bool
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.refuses.Load() {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	f.Handler.ServeHTTP(w, r)
}

func testLost(t *testing.T, browser *browsertest.Browser) {
	f := &flaky{Handler: pagetest.Site{Board: pagetest.Well(seven), Now: seven}.Handler(t)}
	server := httptest.NewServer(f)
	defer server.Close()
	defer server.CloseClientConnections()
	tab := browser.Open(t, browsertest.Light)
	tab.Expect("502")
	tab.Expect("net::ERR") // connections that break
	tab.Go(server.URL)
	state := func(want string) {
		t.Helper()
		tab.Until("the state "+want, fmt.Sprintf(`document.getElementById("connection").dataset.state === %q`, want))
	}
	state("live")
	f.refuses.Store(true)
	server.CloseClientConnections()
	state("lost")
	if text := browsertest.Value[string](tab, `document.getElementById("connection").textContent`); !strings.Contains(text, "Trying again") {
		t.Errorf("it says %q", text)
	}
	aloud := func(want string) {
		t.Helper()
		if got := browsertest.Value[string](tab, `document.getElementById("announce").textContent`); got != want {
			t.Errorf("aloud it says %q, want %q", got, want)
		}
	}
	aloud("The connection is lost.")
	f.refuses.Store(false)
	state("live")
	aloud("The connection is back.")
}

// Times go on as the server has begun them.
func testTimes(t *testing.T, browser *browsertest.Browser) {
	url := pagetest.Site{Board: board.New(), Now: seven}.Serve(t)
	tab := browser.Open(t, browsertest.Light)
	tab.Go(url)
	distances := map[time.Duration]string{
		90 * time.Minute: "in 1h 29m", -45 * time.Second: "s ago", -26 * time.Hour: "1d 2h ago", 400*24*time.Hour + time.Hour: "in 400d", 3 * time.Hour: "in 2h 59m",
		-24 * time.Hour: "1d ago", 40 * time.Second: "in ",
	}
	for distance := range distances {
		browsertest.Value[bool](tab, fmt.Sprintf(`(() => { const t = document.createElement("time"); t.className = "t"; t.id = "t%d"; t.dateTime = %q; t.textContent = "-"; document.body.append(t); return true })()`,
			distance, seven.Add(distance).Format(time.RFC3339)))
	}
	for distance, want := range distances {
		probe := fmt.Sprintf(`document.getElementById("t%d").textContent`, distance)
		tab.Until("a tick", probe+` !== "-"`)
		if got := browsertest.Value[string](tab, probe); !strings.Contains(got, want) {
			t.Errorf("%v is %q, want %q", distance, got, want)
		}
	}
}

func testWithoutScript(t *testing.T, browser *browsertest.Browser) {
	b := new(gatewaytest.Bus)
	url := pagetest.Site{Board: pagetest.Bad(seven), Bus: b, Now: seven}.Serve(t)
	tab := browser.Open(t, browsertest.Light)
	tab.WithoutScript()
	tab.Go(url)
	tab.Type("#q", "late-inc\r")
	tab.Wait(".series-table .series-name")
	tab.Click(".series-table .series-name")
	tab.Wait("#title")
	tab.Click(".actions button")
	tab.Wait("#flash")
	if len(b.Found()) != 1 {
		t.Errorf("%d evaluations were asked for", len(b.Found()))
	}
	tab.Click(`[data-key="put-hold"] summary`)
	tab.Type(`[data-key="put-hold"] [name=why]`, "restore")
	tab.Type(`[data-key="put-hold"] [name=by]`, "eve")
	tab.Click(`[data-key="put-hold"] button`)
	tab.Wait(".n-ok")
	if holds, _ := b.Holds(t.Context()); len(holds) != 1 || holds[0].GetWhy() != "restore" {
		t.Errorf("the holds are %v", holds)
	}
}

func testKeyboard(t *testing.T, browser *browsertest.Browser) {
	url := pagetest.Site{Board: pagetest.Bad(seven), Now: seven}.Serve(t)
	tab := browser.Open(t, browsertest.Light)
	tab.Go(url)
	focused := func(want string) {
		t.Helper()
		if got := browsertest.Value[string](tab, `document.activeElement.textContent.trim() || document.activeElement.id`); !strings.HasPrefix(got, want) {
			t.Errorf("the focus is on %.80q, want %q", got, want)
		}
	}
	tab.Press("\t")
	focused("Skip to the content")
	tab.Press("\r")
	if got := browsertest.Value[string](tab, `document.activeElement.id`); got != "main" {
		t.Errorf("the skip link leads to %q", got)
	}
	tab.Press("\t")
	focused("MISSING 1")
}

// listeners counts who listens for changes at the moment.
type listeners struct {
	http.Handler
	n atomic.Int32
}

func (l *listeners) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/live" {
		l.n.Add(1)
		defer l.n.Add(-1)
	}
	l.Handler.ServeHTTP(w, r)
}

// A browser has six connections for a host. Pages that nobody looks at take none, or
// the seventh could not even be opened.
func testBehind(t *testing.T, browser *browsertest.Browser) {
	l := &listeners{Handler: pagetest.Site{Board: pagetest.Well(seven), Now: seven}.Handler(t)}
	server := httptest.NewServer(l)
	defer server.Close()
	defer server.CloseClientConnections()
	var tab *browsertest.Tab
	for range 8 {
		tab = browser.Open(t, browsertest.Light)
		tab.Behind()
		tab.Go(server.URL)
	}
	tab.Until("the script is at work", `document.querySelector("time.t").dataset.local`)
	if n := l.n.Load(); n != 0 {
		t.Errorf("%d of 8 pages that nobody looks at listen", n)
	}
	tab.Expect("net::ERR") // when the server ends
	tab.Front()
	tab.Until("the connection", `document.getElementById("connection").dataset.state === "live"`)
	if n := l.n.Load(); n != 1 {
		t.Errorf("%d listen, one is in front", n)
	}
}
