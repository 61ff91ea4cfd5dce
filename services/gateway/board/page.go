package board

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
)

// Page is a part of what a query chooses.
type Page struct {
	Entries []*Entry
	// Total is how many series the query chooses on all pages.
	Total int
	// States counts the series in each state, among those that the query would
	// choose if it named no states; Severities likewise. So a reader sees what
	// another choice would show.
	States     map[backup.State]int
	Severities map[backup.Severity]int
	// All is how many series there are, whatever the query.
	All int
	// Number is the page's, of Pages; 0 when the page was found by its cursor.
	Number, Pages int
	// Next is where the following page begins; empty after the last.
	Next Cursor
}

// Find returns a page of the series that a query chooses. A page beyond the last
// is empty.
func (b *Board) Find(q Query) Page {
	q = q.withDefaults()
	f := finder{matcher: newMatcher(q), page: Page{States: map[backup.State]int{}, Severities: map[backup.Severity]int{}}}
	order := q.Sort
	if !order.kept() {
		order = SortName
	}
	b.inOrder(order, f.read)
	return f.page
}

// All returns every series that a query chooses, in the order of their names; of
// the part to show the query may say what it likes.
func (b *Board) All(q Query) []*Entry {
	m := newMatcher(q)
	var chosen []*Entry
	b.inOrder(SortName, func(all []*Entry) {
		for _, e := range all {
			if m.rest(e) && m.state(e) && m.severity(e) {
				chosen = append(chosen, e)
			}
		}
	})
	return chosen
}

func (q Query) withDefaults() Query {
	if q.Sort == "" {
		q.Sort = SortWorst
	}
	if q.Limit <= 0 {
		q.Limit = DefaultLimit
	}
	q.Limit, q.Page = min(q.Limit, MaxLimit), max(q.Page, 1)
	return q
}

// finder reads all series and keeps a page.
type finder struct {
	matcher
	page Page
}

func (f *finder) read(all []*Entry) {
	f.page.All = len(all)
	var chosen []*Entry
	for _, e := range all {
		if f.count(e) {
			chosen = append(chosen, e)
		}
	}
	if !f.Sort.kept() {
		slices.SortFunc(chosen, f.Sort.compare)
	}
	f.page.Total, f.page.Pages = len(chosen), (len(chosen)+f.Limit-1)/f.Limit
	f.cut(chosen)
}

// count counts an entry, and tells whether it is chosen.
func (f *finder) count(e *Entry) bool {
	if !f.rest(e) {
		return false
	}
	state, severity := f.state(e), f.severity(e)
	if severity {
		f.page.States[e.Status.State]++
	}
	if state {
		f.page.Severities[e.Status.Severity]++
	}
	return state && severity
}

// cut keeps the entries of the page.
func (f *finder) cut(chosen []*Entry) {
	var first int
	if f.After == "" {
		f.page.Number = f.Page
		first = min(len(chosen), (f.Page-1)*f.Limit)
	} else {
		first = f.After.in(f.Sort, chosen)
	}
	last := min(len(chosen), first+f.Limit)
	f.page.Entries = slices.Clone(chosen[first:last])
	if last < len(chosen) {
		f.page.Next = newCursor(f.Sort, chosen[last-1])
	}
}

// Cursor is a place in an order of series: just after one of them, which may have
// moved or ended since. It is a text of its own kind, to be taken from Page.Next.
type Cursor string

func newCursor(sort Sort, e *Entry) Cursor {
	id := e.Status.Series
	parts := []string{strconv.FormatInt(sort.rank(e), 10), id.Environment, id.Disk, id.Directory, id.File, id.Group}
	for i, part := range parts {
		parts[i] = url.QueryEscape(part)
	}
	return Cursor(strings.Join(parts, "/"))
}

// parse reads a cursor; ok is false where it is none.
func (c Cursor) parse() (rank int64, id backup.SeriesID, ok bool) {
	parts := strings.Split(string(c), "/")
	if len(parts) != 6 {
		return 0, id, false
	}
	for i, part := range parts {
		text, err := url.QueryUnescape(part)
		if err != nil {
			return 0, id, false
		}
		parts[i] = text
	}
	rank, err := strconv.ParseInt(parts[0], 10, 64)
	id = backup.SeriesID{Environment: parts[1], Disk: parts[2], Directory: parts[3], File: parts[4], Group: parts[5]}
	return rank, id, err == nil
}

// in is the index of the first entry after the cursor.
func (c Cursor) in(sort Sort, entries []*Entry) int {
	rank, id, _ := c.parse()
	i, found := slices.BinarySearchFunc(entries, 0, func(e *Entry, _ int) int { return sort.compareTo(e, rank, id) })
	if found {
		i++
	}
	return i
}
