package e2e_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backmon/backmon/services/gateway/page/browsertest"
)

// twoRules has one rule whose files are there, and one whose are not.
const twoRules = perTenant + `  files:
    files:
      all-%I.tar:
        alias: all
        schedule: 0 0 1 1 *
`

// TestPage goes through the page of the real program with a real browser: what an
// operator does from the first look on.
func TestPage(t *testing.T) {
	t.Parallel()
	s := newSettings(t, "1s")
	disk := newFolder(t, twoRules, "db/acme/dump-1.sql", "db/acme/dump-2.sql", "notes.txt")
	s.environments["office"] = folder(disk)
	s.more = object{"http": object{"allow-anonymous-writes": true}, "downloads": object{"enabled": true}}
	address := start(t, s.write(t), "run").address(t)
	eventually(t, "the statuses", func() bool {
		answer, err := http.Get(address + "/readyz")
		if err != nil {
			return false
		}
		defer func() { _ = answer.Body.Close() }()
		return answer.StatusCode == http.StatusOK
	})
	tab := browsertest.Start(t).Open(t, browsertest.Light)
	p := operator{tab, address, disk}
	p.look(t)
	p.find(t)
	p.fetch(t)
	p.hold(t)
	p.silence(t)
	p.evaluate(t)
}

// operator is who sits before the browser.
type operator struct {
	*browsertest.Tab
	address, disk string
}

// look sees a backup come without reloading the page.
func (p operator) look(t *testing.T) {
	t.Helper()
	p.Go(p.address)
	p.Until("the verdict", `document.getElementById("verdict").textContent.includes("The one backup is on time")`)
	p.Until("the connection", `document.getElementById("connection").dataset.state === "live"`)
	browsertest.Value[bool](p.Tab, `window.same = true`)
	lay(t, p.disk, "db/globex/dump-1.sql")
	p.Until("the second tenant", `document.getElementById("verdict").textContent.includes("All 2 backups are on time")`)
	put(t, p.disk, "db/globex/dump-2.sql", "")
	p.Until("an empty backup", `document.getElementById("verdict").textContent.includes("1 of 3 backups needs you")`)
	p.Until("the reason", `document.querySelector(".trouble").textContent.includes("is empty")`)
	if !browsertest.Value[bool](p.Tab, `window.same === true && document.title.startsWith("(1) ")`) {
		t.Error("the page was loaded anew, or its title does not tell")
	}
	p.Accessible()
}

// find searches, filters, and opens a backup.
func (p operator) find(t *testing.T) {
	t.Helper()
	p.Type("#q", "acme\r")
	p.Wait(".series-table")
	p.Until("one row", `document.querySelectorAll(".series-table tbody tr").length === 1`)
	p.Click(".series-table .series-name")
	p.Wait(".series-head")
	if text := browsertest.Value[string](p.Tab, `document.getElementById("main").textContent`); !strings.Contains(text, "db/acme/dump-2.sql") || !strings.Contains(text, "no times are expected") {
		t.Errorf("the page of the backup: %s", text)
	}
	p.Accessible()
}

// fetch downloads the newest file.
func (p operator) fetch(t *testing.T) {
	t.Helper()
	name, content := p.Download(func() { p.Click("a[download]") })
	if name != "dump-2.sql" || len(content) == 0 {
		t.Errorf("fetched %q, %d bytes", name, len(content))
	}
}

// hold puts a hold and removes it.
func (p operator) hold(t *testing.T) {
	t.Helper()
	p.sign("hold")
	p.Until("the mark", `document.querySelector(".series-head").textContent.includes("HELD")`)
	p.Go(p.address + "/holds")
	p.Until("the hold in the list", `document.getElementById("main").textContent.includes("a test")`)
	p.Click(".held button")
	p.Until("its removal", `document.getElementById("flash") && document.getElementById("main").textContent.includes("There are no holds.")`)
	p.Accessible()
}

// silence puts a silence.
func (p operator) silence(t *testing.T) {
	t.Helper()
	p.Go(p.address + "/series?q=globex+dump")
	p.Click(".series-table .series-name")
	p.Wait(".series-head")
	p.sign("silence")
	p.Until("the mark", `document.querySelector(".series-head").textContent.includes("SILENCED")`)
}

// sign fills the form of a hold or silence, and sends it.
func (p operator) sign(kind string) {
	form := `[data-key="put-` + kind + `"]`
	p.Click(form + " summary")
	p.Type(form+" [name=why]", "a test")
	p.Type(form+" [name=by]", "eve")
	p.Click(form + " form button")
	p.Wait("#flash.n-ok")
}

// evaluate asks for an evaluation of the disk, from its page.
func (p operator) evaluate(t *testing.T) {
	t.Helper()
	p.Click(".crumbs li:nth-child(2) a")
	p.Until("the disk's page", `document.querySelector("h1").textContent.includes(`+"`"+filepath.Base(p.disk)+"`"+`)`)
	if text := browsertest.Value[string](p.Tab, `document.getElementById("main").textContent`); !strings.Contains(text, "notes.txt") {
		t.Errorf("the file that no rule matches is missing in %s", text)
	}
	p.Click(".actions button")
	p.Until("that it is asked for", `document.getElementById("flash") && document.getElementById("flash").textContent.includes("evaluation")`)
	p.Accessible()
}
