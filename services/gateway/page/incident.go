package page

import (
	"net/http"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/services/gateway/board"
)

// Bounds of the incidents page.
const (
	openShown   = 200
	closedShown = 50
)

// incidentsPage lists what the notifier knows to be wrong, and whom it told.
type incidentsPage struct {
	Current    bool
	Open       []incidentItem
	OpenHidden int
	Closed     []incidentItem
	Deliveries []deliveryItem
}

// incidentItem is one incident.
type incidentItem struct {
	Key      string
	State    badge
	Flags    []string
	Flapping bool
	Subject  backup.SeriesID
	IsDisk   bool
	Path     string
	Disk     board.DiskID
	Opened   moment
	Closed   moment
	Reasons  []string
	Told     incident.Listeners
	Silenced bool
}

// deliveryItem is a notice that has not reached its receiver.
type deliveryItem struct {
	Receiver, Error string
	Incidents       int
	Attempts        int
	Written         moment
	Next            moment
}

func (p *Page) incidentList(w http.ResponseWriter, r *http.Request) {
	f := p.newFrame(r, "Incidents", board.Query{})
	p.render(w, r, http.StatusOK, "incidents", view{f, p.newIncidents(f.Now.at)})
}

func (p *Page) newIncidents(now time.Time) incidentsPage {
	open, closed := p.troubled.Open(), p.troubled.Closed()
	v := incidentsPage{Current: p.troubled.Current(), OpenHidden: max(0, len(open)-openShown), Deliveries: p.deliveries(now)}
	groups, silences := p.troubled.Groups(), p.troubled.Silences(now)
	for _, i := range open[:min(len(open), openShown)] {
		item := newIncidentItem(i, now)
		item.Told = incident.ListenersOf(groups, i)
		item.Silenced = len(incident.Covering(silences, i, now)) > 0
		v.Open = append(v.Open, item)
	}
	for _, i := range closed[:min(len(closed), closedShown)] {
		v.Closed = append(v.Closed, newIncidentItem(i, now))
	}
	return v
}

func newIncidentItem(i incident.Incident, now time.Time) incidentItem {
	item := incidentItem{
		Key: i.ID, State: stateBadge(i.State), Flags: i.Flags, Flapping: i.Flapping, Subject: i.Subject, IsDisk: incident.OfDisk(i.Subject),
		Disk: board.DiskID{Environment: i.Subject.Environment, Disk: i.Subject.Disk}, Path: link.Series(i.Subject),
		Opened: moment{i.OpenedAt, now, time.UTC}, Closed: moment{i.ClosedAt, now, time.UTC},
	}
	severity := severityBadge(i.Severity)
	if !i.ClosedAt.IsZero() {
		severity = severityBadge(i.Worst)
	}
	item.State.Class, item.State.Icon = severity.Class, severity.Icon
	if item.IsDisk {
		item.Path = link.Disk(i.Subject.Environment, i.Subject.Disk)
		if i.State == backup.OK {
			item.State.Text = "DISK"
		}
	}
	for _, reason := range i.Reasons {
		item.Reasons = append(item.Reasons, reason.Text)
	}
	return item
}

// deliveries are the notices on their way, the oldest first.
func (p *Page) deliveries(now time.Time) []deliveryItem {
	var items []deliveryItem
	for _, g := range incident.Undelivered(p.troubled.Groups()) {
		items = append(items, deliveryItem{
			Receiver: g.Receiver, Error: g.Delivery.LastError, Incidents: g.Pending.Total(), Attempts: g.Delivery.Attempts,
			Written: moment{g.Pending.At, now, time.UTC}, Next: moment{g.Delivery.NextAttempt, now, time.UTC},
		})
	}
	return items
}
