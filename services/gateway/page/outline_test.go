package page_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/page/pagetest"
)

// outline is the main part of a page as somebody hears it: a line for each block,
// with what a picture's text alternative says.
func outline(t *testing.T, a answer) string {
	t.Helper()
	var b strings.Builder
	for _, n := range a.all(func(n *html.Node) bool { return attribute(n, "id") == "main" }) {
		speak(&b, n)
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func speak(b *strings.Builder, n *html.Node) {
	block := map[string]string{
		"h1": "# ", "h2": "## ", "h3": "### ", "li": "- ", "p": "", "tr": "| ", "dt": "", "summary": "▸ ", "section": "", "label": "[", "button": "[", "pre": "",
		"form": "", "div": "", "table": "", "figcaption": "",
	}
	prefix, isBlock := block[n.Data]
	switch {
	case n.Type == html.TextNode:
		b.WriteString(strings.ReplaceAll(n.Data, "\n", " "))
	case n.Data == "svg" && attribute(n, "role") == "img":
		b.WriteString(" (" + attribute(n, "aria-label") + ") ")
		return
	case attribute(n, "aria-hidden") == "true":
		return
	case isBlock:
		b.WriteString("\n" + prefix)
	case n.Data == "td" || n.Data == "th" || n.Data == "dd":
		b.WriteString(" ")
	case n.Data == "option" && !has(n, "selected"):
		return
	}
	for c := range n.ChildNodes() {
		speak(b, c)
	}
	if isBlock {
		b.WriteString("\n")
	} else if n.Data == "td" || n.Data == "th" {
		b.WriteString(" |")
	}
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// The pages at seven in the morning, as golden files that can be read.
func TestOutlines(t *testing.T) {
	bus := pagetest.Storied(seven)
	handler := func(b *board.Board) pagetest.Site { return pagetest.Site{Board: b, Bus: bus, Now: seven} }
	for _, c := range []struct {
		name, path string
		site       pagetest.Site
	}{
		{"overview-well", "/", handler(pagetest.Well(seven))},
		{"overview-bad", "/", handler(pagetest.Bad(seven))},
		{"overview-empty", "/", handler(pagetest.Board())},
		{"overview-undefined", "/", handler(pagetest.Undefined(seven))},
		{"overview-replaying", "/", handler(board.New())},
		{"overview-thousands", "/", handler(pagetest.Thousands(seven, 2000))},
		{"list-filtered", "/series?q=postgres&state=MISSING,LATE&sort=name", handler(pagetest.Bad(seven))},
		{"series-well", "/series/prod/databases/postgres/nightly/postgres=2Facme", handler(pagetest.Bad(seven))},
		{"series-missing", "/series/prod/databases/postgres/nightly/postgres=2Flost-ltd", handler(pagetest.Bad(seven))},
		{"disk-troubled", "/disks/office/=2Fsrv=2Fbackup", handler(pagetest.Bad(seven))},
		{"disk-unseen", "/disks/dr-site/offsite", handler(pagetest.Bad(seven))},
		{"holds", "/holds", handler(pagetest.Bad(seven))},
		{"incidents", "/incidents", handler(pagetest.Bad(seven))},
		{"audit", "/audit", handler(pagetest.Bad(seven))},
		{"no-series", "/series/prod/databases/postgres/nightly/nobody", handler(pagetest.Bad(seven))},
	} {
		t.Run(c.name, func(t *testing.T) {
			goldentest.Compare(t, c.name+".txt", outline(t, get(t, c.site.Handler(t), c.path)))
		})
	}
}
