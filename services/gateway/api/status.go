package api

import (
	"net/http"

	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/view"
	"github.com/backmon/backmon/services/gateway/board"
)

// seriesItem is a series in a list.
type seriesItem struct {
	view.Series
	links
}

// links are where more is told of a series or disk.
type links struct {
	URL  string `json:"url"`
	Page string `json:"page_url"`
}

func newSeriesItem(e *board.Entry) seriesItem {
	id := e.Status.Series
	return seriesItem{view.NewSeries(&e.Status), links{seriesPathOf(id), link.Series(id)}}
}

// paging says which part of a list an answer holds.
type paging struct {
	Total int    `json:"total"`           // of all parts
	Page  int    `json:"page,omitempty"`  // number of this part, from 1
	Pages int    `json:"pages,omitempty"` // how many there are
	Next  string `json:"next,omitempty"`  // URL of the next part
}

func newPaging(path string, q board.Query, p board.Page) paging {
	out := paging{Total: p.Total, Page: p.Number}
	if q.After == "" {
		out.Pages = p.Pages
	}
	if p.Next != "" {
		q.After, q.Page = p.Next, 0
		out.Next = prefix + path + "?" + q.String()
	}
	return out
}

// statuses answers with the last statuses of the series that the query chooses.
func (a *API) statuses(w http.ResponseWriter, r *request) error {
	p, err := r.parameters()
	if err != nil {
		return err
	}
	q, err := p.query(board.Parameters()...)
	if err == nil {
		err = a.ready()
	}
	if err != nil {
		return err
	}
	page := a.board.Find(q)
	answer := struct {
		paging
		All        int            `json:"all"`
		States     map[string]int `json:"states"`
		Severities map[string]int `json:"severities"`
		Series     []seriesItem   `json:"series"`
	}{newPaging("/statuses", q, page), page.All, named(page.States), named(page.Severities), make([]seriesItem, len(page.Entries))}
	for i, e := range page.Entries {
		answer.Series[i] = newSeriesItem(e)
	}
	return writeJSON(w, http.StatusOK, answer)
}
