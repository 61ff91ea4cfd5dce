package report

import "strings"

// maxCell is how many cells of the terminal a name may take: a single long one
// must not push the columns after it off the screen.
const maxCell = 44

// gap separates columns.
const gap = 2

// column is one column of a grid. It is left out when all its cells are empty.
type column struct {
	title string
	right bool // aligned to the right, as numbers are
	whole bool // never cut, for what must be exact
	width int
}

// grid lays out rows in columns of equal width, as the terminal shows them.
type grid struct {
	columns []column
	rows    [][]string
}

func newGrid(columns ...column) *grid { return &grid{columns: columns} }

// add appends a row. A cell that is too wide loses its middle, unless its column
// is whole.
func (g *grid) add(cells ...string) {
	for i := range cells {
		if !g.columns[i].whole {
			cells[i] = cut(cells[i], maxCell)
		}
		if cells[i] != "" {
			g.columns[i].width = max(g.columns[i].width, width(cells[i]), width(g.columns[i].title))
		}
	}
	g.rows = append(g.rows, cells)
}

// header returns the titles as line returns a row.
func (g *grid) header() (first, rest string) {
	titles := make([]string, len(g.columns))
	for i, c := range g.columns {
		titles[i] = c.title
	}
	return g.format(titles)
}

// line returns a row: its first cell with the gap after it, and the others.
func (g *grid) line(i int) (first, rest string) { return g.format(g.rows[i]) }

func (g *grid) format(cells []string) (first, rest string) {
	var b strings.Builder
	for i, c := range g.columns {
		if c.width == 0 {
			continue
		}
		b.WriteString(c.pad(cells[i]))
		if i == 0 {
			first = b.String()
			b.Reset()
		}
	}
	return first, strings.TrimRight(b.String(), " ")
}

func (c column) pad(cell string) string {
	fill := strings.Repeat(" ", c.width-width(cell))
	if c.right {
		cell, fill = fill+cell, ""
	}
	return cell + fill + strings.Repeat(" ", gap)
}
