package page

import (
	"net/http"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/problem"
)

// errorPage says why there is nothing else to show, and where to go on.
type errorPage struct {
	Status int
	Title  string
	Text   []string
	Links  []crumb
}

// fail answers with a page that says what went wrong.
func (p *Page) fail(w http.ResponseWriter, r *http.Request, status int, title string, text ...string) {
	p.failWith(w, r, errorPage{Status: status, Title: title, Text: text})
}

func (p *Page) failWith(w http.ResponseWriter, r *http.Request, e errorPage) {
	f := p.newFrame(r, e.Title, board.Query{})
	f.Live = ""
	e.Links = append(e.Links, crumb{"The overview", "/"}, crumb{"All backups", "/series"})
	p.render(w, r, e.Status, "error", view{f, e})
}

// notFound answers what nothing else does: people with a page, programs in their
// way.
func (p *Page) notFound(w http.ResponseWriter, r *http.Request) {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !reads {
		w.Header().Set("Allow", "GET, HEAD")
	}
	switch {
	case strings.Contains(r.Header.Get("Accept"), "text/html"):
	case reads:
		problem.Write(w, r, http.StatusNotFound, "not found: there is nothing at this path")
		return
	default:
		problem.Write(w, r, http.StatusMethodNotAllowed, "this path can be read only")
		return
	}
	if !reads {
		p.fail(w, r, http.StatusMethodNotAllowed, "That can’t be done here", "Nothing was changed.")
		return
	}
	p.fail(w, r, http.StatusNotFound, "There is no such page", "Perhaps the address is mistyped, or what it showed is no more.")
}

// noSeries says that a series is not known, and what is near it.
func (p *Page) noSeries(w http.ResponseWriter, r *http.Request, id backup.SeriesID) {
	e := errorPage{Status: http.StatusNotFound, Title: "No such backup", Text: []string{
		"There is no series " + prose.Clean(id.String()) + ".",
		"A series ends with its rule or disk, or when its folder is gone and never held a backup; its name may also be mistyped.",
	}}
	if !p.board.Current() {
		e.Text = append(e.Text, "The last statuses are still being read: it may come in a moment.")
	}
	near := board.Query{Environment: id.Environment, Disk: id.Disk, Directory: id.Directory, Limit: 1}
	if p.board.Find(near).Total > 0 {
		e.Links = append(e.Links, crumb{"All backups of directory " + prose.Clean(id.Directory), listLink(near)})
	}
	disk := board.DiskID{Environment: id.Environment, Disk: id.Disk}
	if _, ok := p.board.Disk(disk); ok {
		e.Links = append(e.Links, crumb{"The disk " + prose.Clean(diskName(disk)), link.Disk(id.Environment, id.Disk)})
	}
	p.failWith(w, r, e)
}

// noDisk says that a disk is not known.
func (p *Page) noDisk(w http.ResponseWriter, r *http.Request, id board.DiskID) {
	p.fail(w, r, http.StatusNotFound, "No such disk", "There is no disk "+prose.Clean(diskName(id))+".",
		"A disk is known once it has been evaluated; one that left the configuration or the storage is forgotten.")
}
