package page

import (
	"html/template"
	"net/http"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/gateway/order"
)

// silencedItems lists the silences, with how many series each covers.
func (p *Page) silencedItems(now time.Time) []heldItem {
	series := p.board.Series()
	var items []heldItem
	for _, s := range p.troubled.Silences(now) {
		item := heldItem{
			ID: s.ID, Scope: scopeOf(order.MatchParts(s.Match)), Why: s.Why, By: s.By, Since: moment{s.Since, now, time.UTC}, Until: moment{s.Until, now, time.UTC},
		}
		for i := range series {
			if s.Match.MayCover(series[i].Series, series[i].Policy.Labels) {
				item.Covers++
			}
		}
		items = append(items, item)
	}
	return items
}

// names writes several names, of which one has to match.
func names(values []string) template.HTML {
	var text template.HTML
	for i, v := range values {
		if i > 0 {
			text += " or "
		}
		if v == "" {
			text += `<span class="dim">none</span>`
		}
		text += name(v)
	}
	return text
}

func (p *Page) silenceSeries(w http.ResponseWriter, r *http.Request) {
	if id, ok := p.knownSeries(w, r); ok {
		p.putSilence(w, r, incident.Match{
			Environments: []string{id.Environment}, Disks: []string{id.Disk}, Directories: []string{id.Directory}, Files: []string{id.File}, Groups: []string{id.Group},
		}, link.Series(id), p.showSeries)
	}
}

func (p *Page) silenceDisk(w http.ResponseWriter, r *http.Request) {
	if id, ok := p.knownDisk(w, r); ok {
		p.putSilence(w, r, incident.Match{Environments: []string{id.Environment}, Disks: []string{id.Disk}}, link.Disk(id.Environment, id.Disk), p.showDisk)
	}
}

// putSilence stores a silence and says so at the path.
func (p *Page) putSilence(w http.ResponseWriter, r *http.Request, m incident.Match, path string, show again) {
	s, problems := order.Silence(m, readPut(r), p.config.Now())
	if len(problems) > 0 {
		show(w, r, http.StatusUnprocessableEntity, newPutProblem(r, "silence", problems))
		return
	}
	if err := p.bus.PutSilence(r.Context(), wire.Silence(s)); err != nil {
		p.busFailed(w, r, "put a silence", err)
		return
	}
	done(w, r, path, "silence")
}

func (p *Page) removeSilence(w http.ResponseWriter, r *http.Request) {
	err := p.bus.RemoveSilence(r.Context(), r.PathValue("id"))
	p.removed(w, r, "silence", err, bus.ErrSilenceNotFound)
}
