package page

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/order"
)

// heldItem is one hold in the list.
type heldItem struct {
	ID       string
	Scope    []fact // what it names; empty: everything
	Why, By  string
	Since    moment
	Until    moment // zero: no end
	Covers   int
	ListPath string
}

// holdsPage lists what keeps the purger and the notifier quiet.
type holdsPage struct {
	Holds         []heldItem
	HoldsError    string
	Silences      []heldItem
	SilencesError string
	Denied        string
}

func (p *Page) holds(w http.ResponseWriter, r *http.Request) {
	f := p.newFrame(r, "Holds and silences", board.Query{})
	v := holdsPage{Denied: denied(f)}
	var err error
	if v.Holds, err = p.heldItems(r.Context(), f.Now.at); err != nil {
		v.HoldsError = err.Error()
	}
	v.Silences = p.silencedItems(f.Now.at)
	if !p.troubled.Current() {
		v.SilencesError = "they are still being read"
	}
	p.render(w, r, http.StatusOK, "holds", view{f, v})
}

// heldItems reads the holds, with how many series each covers.
func (p *Page) heldItems(ctx context.Context, now time.Time) ([]heldItem, error) {
	messages, err := p.bus.Holds(ctx)
	if err != nil {
		return nil, err
	}
	var items []heldItem
	for _, m := range messages {
		h := wire.ParseHold(m)
		q := board.Query{Environment: h.Environment, Disk: h.Disk, Directory: h.Directory, File: h.File, Group: h.Group, Limit: 1}
		items = append(items, heldItem{
			ID: h.ID, Scope: scopeOf(order.HoldParts(h)), Why: h.Why, By: h.By,
			Since: moment{h.Since, now, time.UTC}, Until: moment{h.Until, now, time.UTC},
			Covers: p.board.Find(q).Total, ListPath: listLink(q),
		})
	}
	return items, nil
}

// heldTable is a list of holds or silences for a template.
type heldTable struct {
	Label, Path, What string
	Items             []heldItem
	Denied            string
}

func newHeldTable(label, path, what string, items []heldItem, denied string) heldTable {
	return heldTable{label, path, what, items, denied}
}

// scopeOf shows what a hold or silence covers; nothing stands for everything.
func scopeOf(parts []order.Part) []fact {
	var f facts
	for _, p := range parts {
		f.add(p.Kind, names(p.Names))
	}
	return f
}

// held reports whether a hold covers the series. That it can't be told is not
// worth an error here: the list of holds says so.
func (p *Page) held(ctx context.Context, id backup.SeriesID) bool {
	messages, err := p.bus.Holds(ctx)
	return err == nil && slices.ContainsFunc(messages, func(m *backmonv1.Hold) bool { return wire.ParseHold(m).Covers(id) })
}

func (p *Page) holdSeries(w http.ResponseWriter, r *http.Request) {
	if id, ok := p.knownSeries(w, r); ok {
		names := backup.Hold{Environment: id.Environment, Disk: id.Disk, Directory: id.Directory, File: id.File, Group: id.Group}
		p.putHold(w, r, names, link.Series(id), p.showSeries)
	}
}

func (p *Page) holdDisk(w http.ResponseWriter, r *http.Request) {
	if id, ok := p.knownDisk(w, r); ok {
		p.putHold(w, r, backup.Hold{Environment: id.Environment, Disk: id.Disk}, link.Disk(id.Environment, id.Disk), p.showDisk)
	}
}

// again shows a page anew, with what is wrong with one of its forms.
type again func(w http.ResponseWriter, r *http.Request, status int, wrong putProblem)

// putHold stores a hold of the names and says so at the path.
func (p *Page) putHold(w http.ResponseWriter, r *http.Request, names backup.Hold, path string, show again) {
	h, problems := order.Hold(names, readPut(r), p.config.Now())
	if len(problems) > 0 {
		show(w, r, http.StatusUnprocessableEntity, newPutProblem(r, "hold", problems))
		return
	}
	if err := p.bus.PutHold(r.Context(), wire.Hold(h)); err != nil {
		p.busFailed(w, r, "put a hold", err)
		return
	}
	done(w, r, path, "hold")
}

func (p *Page) removeHold(w http.ResponseWriter, r *http.Request) {
	err := p.bus.RemoveHold(r.Context(), r.PathValue("id"))
	p.removed(w, r, "hold", err, bus.ErrHoldNotFound)
}

// removed says what became of a removal.
func (p *Page) removed(w http.ResponseWriter, r *http.Request, kind string, err, missing error) {
	switch {
	case err == nil:
		done(w, r, "/holds", kind+"-removed")
	case errors.Is(err, missing):
		done(w, r, "/holds", kind+"-missing")
	default:
		p.busFailed(w, r, "remove the "+kind, err)
	}
}
