package api

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/view"
	"github.com/backmon/backmon/services/gateway/board"
)

// Troubles are what the notifier keeps of incidents, as *incidents.Board has it.
type Troubles interface {
	// Current reports whether all that is kept has been read.
	Current() bool
	Open() []incident.Incident
	Closed() []incident.Incident
	Groups() []incident.Group
	Silences(now time.Time) []incident.Silence
}

// incidentItem is an incident with who knows of it.
type incidentItem struct {
	view.IncidentDetail
	links
}

// incidents answers with the incidents, the worst first, and with the notices on
// their way.
func (a *API) incidents(w http.ResponseWriter, r *request) error {
	p, err := r.parameters()
	if err != nil {
		return err
	}
	show := cmp.Or(p.text("show"), "open")
	if !slices.Contains([]string{"open", "closed", "all"}, show) {
		p.fail("show", "%q is not open, closed or all", show)
	}
	q, err := p.query("env", "disk", "directory", "file", "group", "state", "severity", "limit", "page")
	if err != nil {
		return err
	}
	if !a.troubles.Current() {
		return refuse(http.StatusServiceUnavailable, "the incidents are still being read: try again in a moment")
	}
	return writeJSON(w, http.StatusOK, a.newIncidents(q, show, time.Now()))
}

// incidentsAnswer is a part of the incidents.
type incidentsAnswer struct {
	paging
	Incidents []incidentItem `json:"incidents"`
	// Pending are the notices that have not reached their receivers.
	Pending []view.Delivery `json:"pending"`
}

func (a *API) newIncidents(q board.Query, show string, now time.Time) incidentsAnswer {
	var all []incident.Incident
	if show != "closed" {
		all = append(all, a.troubles.Open()...)
	}
	if show != "open" {
		all = append(all, a.troubles.Closed()...)
	}
	chosen := slices.DeleteFunc(all, func(i incident.Incident) bool { return !chooses(q, i) })
	limit, page := cmp.Or(q.Limit, board.DefaultLimit), cmp.Or(q.Page, 1)
	first := min(len(chosen), (page-1)*limit)
	last := min(len(chosen), first+limit)
	answer := incidentsAnswer{
		paging:    paging{Total: len(chosen), Page: page, Pages: (len(chosen) + limit - 1) / limit},
		Incidents: []incidentItem{},
	}
	if last < len(chosen) {
		q.Page = page + 1
		values := q.Values()
		values.Set("show", show)
		answer.Next = prefix + "/incidents?" + values.Encode()
	}
	groups, silences := a.troubles.Groups(), a.troubles.Silences(now)
	for _, i := range chosen[first:last] {
		answer.Incidents = append(answer.Incidents, incidentItem{view.NewIncidentDetail(i, groups, silences, now), subjectLinks(i.Subject)})
	}
	answer.Pending = view.NewDeliveries(groups)
	return answer
}

// chooses reports whether a query chooses an incident.
func chooses(q board.Query, i incident.Incident) bool {
	return q.Names(i.Subject) && (len(q.States) == 0 || slices.Contains(q.States, i.State)) &&
		(len(q.Severities) == 0 || slices.Contains(q.Severities, i.Severity))
}

func subjectLinks(s backup.SeriesID) links {
	if incident.OfDisk(s) {
		return diskLinks(board.DiskID{Environment: s.Environment, Disk: s.Disk})
	}
	return links{seriesPathOf(s), link.Series(s)}
}
