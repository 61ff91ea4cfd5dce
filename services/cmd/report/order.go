package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/services/gateway/order"
)

// ordered is what an operator has put, a hold or a silence, as its row shows it.
type ordered struct {
	id, scope, by, why string
	since, until       time.Time // until is zero when there is no end
}

// orderTable writes orders for a person. scope is the title of what they cover,
// none what is said when there are none.
func orderTable(w io.Writer, orders []ordered, scope, none string, now time.Time, colour bool) error {
	if len(orders) == 0 {
		_, err := io.WriteString(w, none+"\n")
		return err
	}
	g := newGrid(column{title: "ID", whole: true}, column{title: scope, whole: true}, column{title: "UNTIL"}, column{title: "BY"}, column{title: "SINCE"}, column{title: "WHY", whole: true})
	t := table{now: now, paint: painter(colour)}
	for _, o := range orders {
		until := "it is removed"
		if !o.until.IsZero() {
			until = t.instant(o.until)
		}
		g.add(prose.Clean(o.id), o.scope, until, prose.Clean(o.by), t.instant(o.since), prose.Clean(o.why))
	}
	t.grid(g)
	_, err := io.WriteString(w, t.out.String())
	return err
}

// grid writes a grid with its header.
func (t *table) grid(g *grid) {
	first, rest := g.header()
	t.printf("%s\n", t.paint.dim(first+rest))
	for i := range g.rows {
		first, rest := g.line(i)
		t.printf("%s%s\n", first, rest)
	}
}

// orderEnd says when an order ends.
func orderEnd(until time.Time) string {
	if until.IsZero() {
		return "until it is removed"
	}
	return "until " + backup.FormatInstant(until.UTC())
}

// scope names what is covered: `disk "db", group "a" or "b"`.
func scope(parts []order.Part) string {
	var texts []string
	for _, p := range parts {
		quoted := make([]string, len(p.Names))
		for i, name := range p.Names {
			quoted[i] = strconv.Quote(name)
		}
		texts = append(texts, fmt.Sprintf("%s %s", p.Kind, strings.Join(quoted, " or ")))
	}
	if len(texts) == 0 {
		return "everything"
	}
	return prose.Clean(strings.Join(texts, ", "))
}
