package page

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/services/gateway/board"
)

// listLimit is how many series a page of the list has.
const listLimit = 50

// listPage is one page of the series that a query chooses.
type listPage struct {
	Label        string // of the table
	Query        board.Query
	Total, All   int
	Environments []option
	Disks        []option
	Sorts        []option
	Hidden       []field // of the query, kept by the filter form
	States       []stateChip
	Active       []activeChip
	Rows         []row
	Number       int
	Pages        int
	Previous     string
	Next         string
}

// option is one value of a select.
type option struct {
	Value, Text string
	Chosen      bool
}

// field is one value of a form.
type field struct{ Name, Value string }

// stateChip leads to the series of one state.
type stateChip struct {
	Badge  badge
	Path   string
	N      int
	Chosen bool
}

// activeChip is a filter in force; its path leads to the list without it.
type activeChip struct{ Name, Value, Path string }

func (p *Page) list(w http.ResponseWriter, r *http.Request) {
	q, err := board.ParseQuery(withoutEmpty(r.URL.Query()), append(board.Parameters(), doneParameter)...)
	if err != nil {
		p.fail(w, r, http.StatusBadRequest, "This filter can’t be understood", err.Error())
		return
	}
	q.Limit = listLimit
	f := p.newFrame(r, "Backups", q)
	f.Search = q.Text
	p.render(w, r, http.StatusOK, "list", view{f, p.newList(q, f.Now.at)})
}

// withoutEmpty drops the fields of a form that were left empty.
func withoutEmpty(values url.Values) url.Values {
	for key, all := range values {
		if !slices.ContainsFunc(all, func(v string) bool { return v != "" }) {
			delete(values, key)
		}
	}
	return values
}

func (p *Page) newList(q board.Query, now time.Time) listPage {
	found := p.board.Find(q)
	l := listPage{
		Label: "Backups", Query: q, Total: found.Total, All: found.All, Number: max(1, q.Page), Pages: found.Pages,
		Sorts: sortOptions(q.Sort), Hidden: keptFields(q), States: stateChips(q, found), Active: activeChips(q),
	}
	l.Environments, l.Disks = p.diskOptions(q)
	for _, e := range found.Entries {
		l.Rows = append(l.Rows, p.newRow(e, now))
	}
	if l.Number > 1 {
		l.Previous = pageLink(q, min(l.Number-1, max(1, l.Pages)))
	}
	if l.Number < l.Pages {
		l.Next = pageLink(q, l.Number+1)
	}
	return l
}

func pageLink(q board.Query, number int) string {
	q.Page, q.After = number, ""
	if number == 1 {
		q.Page = 0
	}
	return listLink(q)
}

// sortOptions are the orders in words.
func sortOptions(chosen board.Sort) []option {
	all := []option{
		{Value: "", Text: "worst first"},
		{Value: string(board.SortName), Text: "by name"},
		{Value: string(board.SortSince), Text: "latest change first"},
		{Value: string(board.SortDeadline), Text: "next deadline first"},
		{Value: string(board.SortLatest), Text: "oldest backup first"},
		{Value: "-" + string(board.SortLatest), Text: "newest backup first"},
		{Value: string(board.SortSize), Text: "largest first"},
		{Value: "-" + string(board.SortSize), Text: "smallest first"},
	}
	for i := range all {
		all[i].Chosen = all[i].Value == string(chosen)
	}
	return all
}

// diskOptions lists the environments, and the disks of the chosen one.
func (p *Page) diskOptions(q board.Query) (environments, disks []option) {
	for _, d := range p.board.Overview(board.Query{}) {
		environments = append(environments, option{Value: d.ID.Environment, Chosen: d.ID.Environment == q.Environment})
		if q.Environment == "" || q.Environment == d.ID.Environment {
			disks = append(disks, option{Value: d.ID.Disk, Chosen: d.ID.Disk == q.Disk})
		}
	}
	return compact(environments), compact(disks)
}

// compact sorts options and drops what stands twice.
func compact(all []option) []option {
	slices.SortFunc(all, func(a, b option) int { return cmp.Compare(a.Value, b.Value) })
	return slices.CompactFunc(all, func(a, b option) bool { return a.Value == b.Value })
}

// keptFields are the parts of a query that the form has no control for.
func keptFields(q board.Query) []field {
	q.Text, q.Environment, q.Disk, q.Sort, q.Page, q.Limit, q.After = "", "", "", "", 0, 0, ""
	var fields []field
	for name, values := range q.Values() {
		for _, v := range values {
			fields = append(fields, field{name, v})
		}
	}
	slices.SortFunc(fields, func(a, b field) int { return cmp.Compare(a.Name+"\x00"+a.Value, b.Name+"\x00"+b.Value) })
	return fields
}

func stateChips(q board.Query, found board.Page) []stateChip {
	sum := 0
	for _, n := range found.States {
		sum += n
	}
	all := q
	all.States, all.Page, all.After = nil, 0, ""
	chips := []stateChip{{Badge: badge{Text: "All"}, Path: listLink(all), N: sum, Chosen: len(q.States) == 0}}
	for _, s := range statesByUrgency() {
		one := all
		one.States = []backup.State{s}
		chosen := slices.Contains(q.States, s)
		if n := found.States[s]; n > 0 || chosen {
			chips = append(chips, stateChip{stateBadge(s), listLink(one), n, chosen})
		}
	}
	return chips
}
