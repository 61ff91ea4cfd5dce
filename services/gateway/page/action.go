package page

import (
	"fmt"
	"net/http"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/problem"
)

// maxForm is how many bytes a form may have.
const maxForm = 64 << 10

// registerActions adds what changes something. All of it is for operators.
func (p *Page) registerActions(mux *http.ServeMux) {
	operator := func(pattern string, handle http.HandlerFunc) {
		mux.HandleFunc("POST "+pattern, p.operatorsOnly(handle))
	}
	operator("/disks/{env}/{disk}/evaluate", p.evaluate)
	operator("/disks/{env}/{disk}/hold", p.holdDisk)
	operator("/disks/{env}/{disk}/silence", p.silenceDisk)
	operator("/series/{env}/{disk}/{directory}/{file}/{group}/hold", p.holdSeries)
	operator("/series/{env}/{disk}/{directory}/{file}/{group}/silence", p.silenceSeries)
	operator("/holds/{id}/remove", p.removeHold)
	operator("/silences/{id}/remove", p.removeSilence)
}

// operatorsOnly refuses those who may only read. The guard has the last word: this
// is the explanation.
func (p *Page) operatorsOnly(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !guard.User(r.Context()).MayWrite() {
			p.fail(w, r, http.StatusForbidden, "Only for operators", "Nothing was changed. What may only be read is shown without the forms that change it.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			status, detail := problem.OfBody(err)
			p.fail(w, r, status, "The form can’t be read", "Nothing was changed: "+detail+".")
			return
		}
		handle(w, r)
	}
}

// knownDisk reads the disk of a path, and answers where there is none.
func (p *Page) knownDisk(w http.ResponseWriter, r *http.Request) (board.DiskID, bool) {
	id, err := diskOf(r)
	if err != nil {
		p.fail(w, r, http.StatusNotFound, "No such page", err.Error())
		return id, false
	}
	if _, ok := p.diskOverview(id); !ok {
		p.noDisk(w, r, id)
		return id, false
	}
	return id, true
}

// knownSeries reads the series of a path, and answers where there is none.
func (p *Page) knownSeries(w http.ResponseWriter, r *http.Request) (backup.SeriesID, bool) {
	id, err := seriesOf(r)
	if err != nil {
		p.fail(w, r, http.StatusNotFound, "No such page", err.Error())
		return id, false
	}
	if _, ok := p.board.Entry(id); !ok {
		p.noSeries(w, r, id)
		return id, false
	}
	return id, true
}

func (p *Page) busFailed(w http.ResponseWriter, r *http.Request, what string, err error) {
	p.log.Error("an action failed", zap.String("action", what), zap.Error(err))
	p.fail(w, r, http.StatusServiceUnavailable, "That did not work", fmt.Sprintf("To %s: %v.", what, err), "Go back and try again.")
}
