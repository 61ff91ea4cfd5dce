package page_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/page/browsertest"
	"github.com/backmon/backmon/services/gateway/page/pagetest"
)

// screenshots is a folder for pictures of every page in every look: for people,
// and for the documentation.
var screenshots = flag.String("screenshots", "", "write pictures of the pages into this folder")

// look is a page to look at.
type look struct{ name, path string }

// seven is a time at which somebody looks whether all is well.
var seven = time.Date(2026, 1, 15, 7, 0, 0, 0, time.UTC)

// TestLooks shows every page to a real browser, light, dark and on a phone: it
// complains of nothing, no rule of accessibility is broken, and nothing is wider
// than the screen.
func TestLooks(t *testing.T) {
	browser := browsertest.Start(t)
	bus := pagetest.Storied(seven)
	for _, site := range []struct {
		board *board.Board
		looks []look
	}{
		{pagetest.Bad(seven), []look{
			{"bad", "/"},
			{"list", "/series"},
			{"disk", "/disks/office/=2Fsrv=2Fbackup"},
			{"missing", "/nothing"},
			{"series", "/series/prod/databases/postgres/nightly/postgres=2Facme"},
			{"series-bad", "/series/prod/databases/postgres/nightly/postgres=2Flost-ltd"},
			{"holds", "/holds"},
			{"incidents", "/incidents"},
			{"audit", "/audit?since=400d"},
		}},
		{pagetest.Well(seven), []look{{"well", "/"}}},
		{pagetest.Board(), []look{{"empty", "/"}}},
		{pagetest.Undefined(seven), []look{{"undefined", "/"}}},
		{board.New(), []look{{"replaying", "/"}}},
		{pagetest.Thousands(seven, 10_000), []look{{"thousands", "/"}}},
	} {
		url := pagetest.Site{Board: site.board, Bus: bus, Now: seven}.Serve(t)
		for _, l := range site.looks {
			t.Run(l.name, func(t *testing.T) { showInAllLooks(t, browser, l.name, url+l.path) })
		}
	}
}

func showInAllLooks(t *testing.T, browser *browsertest.Browser, name, url string) {
	tab := browser.Open(t, browsertest.Light)
	tab.Expect("404")
	tab.Go(url)
	for _, as := range []browsertest.Look{browsertest.Light, browsertest.Dark, browsertest.Phone} {
		tab.Look(as)
		tab.Accessible()
		if wide := browsertest.Value[int](tab, "document.documentElement.scrollWidth"); int64(wide) > as.Width {
			t.Errorf("%s: the page is %d wide, the screen %d", as.Name, wide, as.Width)
		}
		if *screenshots != "" {
			save(t, name+"-"+as.Name, tab.Screenshot())
			save(t, name+"-"+as.Name+"-top", tab.View())
		}
	}
}

func save(t *testing.T, name string, image []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), image, 0o600); err != nil {
		t.Fatal(err)
	}
}
