package page_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/backmon/backmon/services/gateway/gatewaytest"
	"github.com/backmon/backmon/services/gateway/page/pagetest"
)

// groups are the names in the rows of a list.
func groups(a answer) []string {
	var names []string
	for _, n := range a.all(func(n *html.Node) bool { return n.Data == "th" && attribute(n, "role") == "rowheader" }) {
		names = append(names, strings.Fields(words(n))[0])
	}
	return names
}

func TestList(t *testing.T) {
	h := pagetest.Site{Board: pagetest.Bad(seven), Bus: new(gatewaytest.Bus), Now: seven}.Handler(t)
	for _, c := range []struct {
		name, query string
		rows        int
		first       string
		want        string
	}{
		{"all, the worst first", "", 49, "postgres/lost-ltd", "49 series"},
		{"words", "?q=mariadb+acme", 1, "mariadb/acme", "1 of 49 series"},
		{"a state", "?state=UNKNOWN", 3, "mirror/{{tenant}}", "3 of 49 series"},
		{"fields that were left empty", "?q=&env=&disk=&sort=&state=LATE", 2, "postgres/hollow-plc", "2 of 49 series"},
		{"environment and disk", "?env=prod&disk=logs", 17, "exports", "17 of 49 series"},
		{"severity", "?severity=critical", 2, "postgres/lost-ltd", "2 of 49 series"},
		{"a label", "?label=tier%3Dgold&q=acme", 1, "postgres/acme", "label tier gold"},
		{"nothing", "?q=nothing", 0, "", "No backup matches. Show all 49"},
		{"what was done", "?done=hold", 49, "postgres/lost-ltd", "The hold is put"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := get(t, h, "/series"+c.query)
			rows := groups(got)
			if got.status != http.StatusOK || len(rows) != c.rows || c.rows > 0 && rows[0] != c.first {
				t.Errorf("%d, %d rows: %v", got.status, len(rows), rows)
			}
			if !strings.Contains(got.main(t), c.want) {
				t.Errorf("%q is missing in %s", c.want, got.main(t))
			}
		})
	}
}

// Each state's chip leads to as many series as it says, and taking a filter away
// shows more.
func TestListLinks(t *testing.T) {
	h := pagetest.Site{Board: pagetest.Bad(seven), Bus: new(gatewaytest.Bus), Now: seven}.Handler(t)
	filtered := get(t, h, "/series?q=postgres&state=LATE&label=team%3Dplatform")
	counted, removed := 0, 0
	for _, chip := range filtered.all(class("chip")) {
		rows := len(groups(get(t, h, attribute(chip, "href"))))
		text := words(chip)
		_, number, _ := strings.Cut(text, " ")
		if n, err := strconv.Atoi(number); err == nil {
			counted++
			if rows != n {
				t.Errorf("%q leads to %d series", text, rows)
			}
			continue
		}
		removed++
		if rows < 2 || text == "Clear all" && rows != 49 {
			t.Errorf("%q leads to %d series", text, rows)
		}
	}
	if counted < 3 || removed != 4 {
		t.Errorf("%d chips with counts, %d that take something away", counted, removed)
	}
	if kept := filtered.all(func(n *html.Node) bool { return attribute(n, "type") == "hidden" }); len(kept) != 2 {
		t.Errorf("the form keeps %d of the 2 filters that it has no field for", len(kept))
	}
}

func TestListPages(t *testing.T) {
	h := pagetest.Site{Board: pagetest.Thousands(seven, 120), Bus: new(gatewaytest.Bus), Now: seven}.Handler(t)
	seen, path := map[string]bool{}, "/series?sort=name"
	for n := range 3 {
		page := get(t, h, path)
		for _, name := range groups(page) {
			seen[name] = true
		}
		if n < 2 {
			path = page.link(t, "Next →")
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d of 120 series in three pages", len(seen))
	}
	if first := get(t, h, get(t, h, path).link(t, "← Previous")); !strings.Contains(first.main(t), "Page 2 of 3") {
		t.Errorf("back leads to %s", first.main(t))
	}
}

func TestListProblems(t *testing.T) {
	h := pagetest.Site{Board: pagetest.Bad(seven), Bus: new(gatewaytest.Bus), Now: seven}.Handler(t)
	for query, want := range map[string]string{
		"?state=LAET": `"LAET" is not a state`, "?sort=size2": "is no order", "?page=0": "is not a number", "?colour=red": "is no parameter here",
	} {
		if got := get(t, h, "/series"+query); got.status != http.StatusBadRequest || !strings.Contains(got.main(t), want) {
			t.Errorf("%s: %d %s", query, got.status, got.main(t))
		}
	}
}
