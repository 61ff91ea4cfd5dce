package view

import (
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

// Incident is one trouble of a series, or of a disk as a whole, whose directory,
// file and group are empty.
type Incident struct {
	SeriesID
	ID        string            `json:"id"`
	State     string            `json:"state"`
	Flags     []string          `json:"flags"`
	Severity  string            `json:"severity"`
	Worst     string            `json:"worst_severity"`
	Reasons   []string          `json:"reasons"`      // sentences, the worst first
	Codes     []string          `json:"reason_codes"` // of each reason, the state or flag that it is for
	Labels    map[string]string `json:"labels,omitempty"`
	OpenedAt  *time.Time        `json:"opened_at"`
	ChangedAt *time.Time        `json:"changed_at"`
	ClosedAt  *time.Time        `json:"closed_at,omitempty"`
	Flapping  bool              `json:"flapping"`
	// Gone says that its series or disk is no more.
	Gone bool `json:"gone,omitempty"`
	// What follows is said of series.
	Schedule     string        `json:"schedule,omitempty"`
	Timezone     string        `json:"timezone,omitempty"`
	Slot         *time.Time    `json:"slot,omitempty"` // that is not filled
	Deadline     *time.Time    `json:"deadline,omitempty"`
	NextDeadline *time.Time    `json:"next_deadline,omitempty"` // when it gets worse by itself
	Missed       int           `json:"missed_slots"`
	Latest       *IncidentFile `json:"latest,omitempty"`
	SeenAt       *time.Time    `json:"seen_at,omitempty"`
}

// IncidentFile is the newest file, as an incident remembers it.
type IncidentFile struct {
	Key       string     `json:"key"`
	KeyBase64 []byte     `json:"key_base64,omitempty"`
	Size      int64      `json:"size"`
	Time      *time.Time `json:"time"`
}

// NewIncident shows an incident.
func NewIncident(i incident.Incident) Incident {
	f := i.Facts
	out := Incident{
		SeriesID: NewSeriesID(i.Subject), ID: i.ID, State: i.State.String(), Flags: append([]string{}, i.Flags...),
		Severity: i.Severity.String(), Worst: i.Worst.String(),
		Reasons: each(i.Reasons, func(r backup.Reason) string { return r.Text }),
		Codes:   each(i.Reasons, func(r backup.Reason) string { return r.Code }),
		Labels:  i.Labels, OpenedAt: Instant(i.OpenedAt), ChangedAt: Instant(i.ChangedAt), ClosedAt: Instant(i.ClosedAt), Flapping: i.Flapping,
		Gone: i.Gone, Schedule: f.Schedule, Timezone: f.Timezone, Slot: Instant(f.Expected), Deadline: Instant(f.Deadline),
		NextDeadline: Instant(f.NextDeadline), Missed: f.Missed, SeenAt: Instant(f.SeenAt),
	}
	if f.LatestKey != "" {
		out.Latest = &IncidentFile{Name(f.LatestKey), raw(f.LatestKey), f.LatestSize, Instant(f.LatestAt)}
	}
	return out
}

// IncidentDetail is an incident with who knows of it.
type IncidentDetail struct {
	Incident
	Told     []string `json:"told"`       // receivers that know of it
	Coming   []string `json:"on_the_way"` // receivers that the first notice of it is on the way to
	Unheard  []string `json:"unheard"`    // receivers whose last notice was given up
	Silences []string `json:"silences"`   // ids of those that keep quiet about it
}

// NewIncidentDetail shows an incident with what the groups and silences say of it.
func NewIncidentDetail(i incident.Incident, groups []incident.Group, silences []incident.Silence, now time.Time) IncidentDetail {
	l := incident.ListenersOf(groups, i)
	return IncidentDetail{
		Incident: NewIncident(i), Told: append([]string{}, l.Told...), Coming: append([]string{}, l.Coming...), Unheard: append([]string{}, l.Unheard...),
		Silences: each(incident.Covering(silences, i, now), func(s incident.Silence) string { return s.ID }),
	}
}

// NewDeliveries shows the notices that have not reached their receivers, the oldest
// first.
func NewDeliveries(groups []incident.Group) []Delivery {
	return each(incident.Undelivered(groups), newDelivery)
}

// Delivery is a notice that has not reached its receiver yet.
type Delivery struct {
	Notice    string            `json:"notice"`
	Receiver  string            `json:"receiver"`
	Kind      string            `json:"kind"`
	Group     map[string]string `json:"group"`
	WrittenAt *time.Time        `json:"written_at"`
	Incidents int               `json:"incidents"`
	Attempts  int               `json:"attempts"`
	NextAt    *time.Time        `json:"next_attempt_at,omitempty"`
	Error     string            `json:"last_error,omitempty"`
}

func newDelivery(g incident.Group) Delivery {
	n := g.Pending
	return Delivery{
		Notice: n.ID, Receiver: g.Receiver, Kind: n.Kind.String(), Group: n.Group, WrittenAt: Instant(n.At), Incidents: n.Total(),
		Attempts: g.Delivery.Attempts, NextAt: Instant(g.Delivery.NextAttempt), Error: g.Delivery.LastError,
	}
}
