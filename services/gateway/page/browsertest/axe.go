package browsertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axeFile is where make puts axe-core, below the repository's root.
const axeFile = ".tmp/axe-core-4.14.1/axe.min.js"

// violation is a rule of accessibility that a page breaks.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// axe runs the rules of WCAG 2.2 A and AA and good practice. Evaluating it does not
// pass the page's policy, which allows no script of others.
const axeRun = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`

// Accessible fails the test for every rule of accessibility that the page breaks.
// Without axe-core the test is skipped, but with CI=true it fails.
func (tab *Tab) Accessible() {
	tab.t.Helper()
	if !Value[bool](tab, "!!window.axe") {
		tab.inject(axe(tab.t))
	}
	var found []violation
	if err := json.Unmarshal([]byte(Value[string](tab, axeRun)), &found); err != nil {
		tab.t.Fatalf("read what axe found: %v", err)
	}
	for _, v := range found {
		for _, n := range v.Nodes {
			tab.t.Errorf("axe %s: %s\n%s\n%s", v.ID, v.Help, n.HTML, n.Summary)
		}
	}
}

// axe reads axe-core from the nearest folder above that has it.
func axe(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; folder = filepath.Dir(folder) {
		if data, err := os.ReadFile(filepath.Join(folder, axeFile)); err == nil {
			return string(data)
		}
		if folder == filepath.Dir(folder) {
			missing(t, axeFile+" is missing: make "+axeFile)
		}
	}
}

// inject runs a script whose value nobody needs.
func (tab *Tab) inject(script string) {
	tab.t.Helper()
	tab.run("inject a script", chromedp.Evaluate[chromedp.Void](script, func(p *runtime.EvaluateParams) { p.Silent = ptr(true) }))
}

func ptr[T any](v T) *T { return &v }
