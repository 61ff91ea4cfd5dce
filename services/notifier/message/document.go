package message

import (
	"encoding/base64"
	"time"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
)

// Document is a notice as JSON for programs. Its fields are a contract: new ones may
// be added, none changes its meaning or goes. Times are RFC 3339 in UTC, sizes
// bytes; what does not apply is left out. Names are as they are, and not made fit
// for anything: who shows them escapes them. One that is not UTF-8 has its strange
// bytes written as \x escapes, and stands beside it in base64.
type Document struct {
	ID       string            `json:"id"`
	Receiver string            `json:"receiver"`
	Kind     string            `json:"kind"` // problem, resolved, reminder, digest, test
	At       time.Time         `json:"at"`
	Severity string            `json:"severity"` // ok, warning, unknown, critical
	Title    string            `json:"title"`
	Text     string            `json:"text"`
	Link     string            `json:"link,omitempty"`
	Group    map[string]string `json:"group"`   // what the incidents have in common
	Changes  map[string]int    `json:"changes"` // incidents by what is new about them
	Total    int               `json:"total"`   // incidents that the notice is about
	Open     int               `json:"open"`    // incidents of the group that are open after it
	// Gone counts those of the closed ones that ended with their definition or disk.
	Gone   int             `json:"gone,omitempty"`
	Items  []DocumentItem  `json:"items"` // the worst first; at most 20
	Digest *DocumentDigest `json:"digest,omitempty"`
}

// DocumentItem is an incident and what is new about it.
type DocumentItem struct {
	Change       string           `json:"change"` // opened, changed, closed, continues, flapping
	ToldSeverity string           `json:"told_severity,omitempty"`
	What         string           `json:"what"`
	Advice       []string         `json:"advice,omitempty"`
	Link         string           `json:"link,omitempty"`
	Incident     DocumentIncident `json:"incident"`
}

// DocumentIncident is one trouble of a series; or of a disk as a whole, which has no
// directory, file and group.
type DocumentIncident struct {
	ID           string            `json:"id,omitempty"` // of the episode
	Environment  string            `json:"environment"`
	Disk         string            `json:"disk"`
	Directory    string            `json:"directory,omitempty"`
	File         string            `json:"file,omitempty"`
	Group        string            `json:"group,omitempty"`
	GroupBase64  string            `json:"group_base64,omitempty"`
	State        string            `json:"state"`
	Flags        []string          `json:"flags"`
	Severity     string            `json:"severity"`
	Worst        string            `json:"worst_severity"`
	Reasons      []DocumentReason  `json:"reasons"`
	Labels       map[string]string `json:"labels,omitempty"`
	OpenedAt     *time.Time        `json:"opened_at,omitempty"`
	ChangedAt    *time.Time        `json:"changed_at,omitempty"`
	ClosedAt     *time.Time        `json:"closed_at,omitempty"`
	Flapping     bool              `json:"flapping,omitempty"`
	Gone         bool              `json:"gone,omitempty"`
	Schedule     string            `json:"schedule,omitempty"`
	Timezone     string            `json:"timezone,omitempty"`
	Slot         *time.Time        `json:"slot,omitempty"`
	Deadline     *time.Time        `json:"deadline,omitempty"`
	NextDeadline *time.Time        `json:"next_deadline,omitempty"`
	Missed       int               `json:"missed_slots"`
	Latest       *DocumentLatest   `json:"latest,omitempty"`
	SeenAt       *time.Time        `json:"seen_at,omitempty"`
}

// DocumentReason is one sentence of why.
type DocumentReason struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// DocumentLatest is the newest file.
type DocumentLatest struct {
	Key       string     `json:"key"`
	KeyBase64 string     `json:"key_base64,omitempty"`
	Size      int64      `json:"size"`
	Time      *time.Time `json:"time,omitempty"`
}

// Document is the notice for programs, with the words for people in it.
func (w *Writer) Document(n incident.Notice) Document {
	m, v := w.Write(n), w.view(n)
	d := Document{
		ID: n.ID, Receiver: valid(n.Receiver), Kind: n.Kind.String(), At: n.At.UTC(), Severity: n.Severity.String(), Title: m.Title, Text: m.Text, Link: v.Link,
		Group: map[string]string{}, Changes: map[string]int{}, Total: n.Total(), Open: n.Open, Gone: n.Gone, Items: []DocumentItem{},
	}
	for name, value := range n.Group {
		d.Group[valid(name)] = valid(value)
	}
	for change, count := range n.Changes {
		d.Changes[change.String()] = count
	}
	for k, x := range n.Items {
		item := v.Items[k]
		d.Items = append(d.Items, DocumentItem{
			Change: x.Change.String(), ToldSeverity: severityName(x.Told), What: item.What, Advice: item.Advice, Link: item.Link, Incident: documentIncident(x.Incident),
		})
	}
	if n.Kind == incident.KindDigest && n.Digest != nil {
		d.Digest = documentDigest(n.Digest)
	}
	return d
}

func documentIncident(i incident.Incident) DocumentIncident {
	out := DocumentIncident{
		ID: i.ID, Environment: valid(i.Subject.Environment), Disk: valid(i.Subject.Disk), Directory: valid(i.Subject.Directory),
		File: valid(i.Subject.File), Group: valid(i.Subject.Group), GroupBase64: raw(i.Subject.Group),
		State: i.State.String(), Flags: append([]string{}, i.Flags...), Severity: i.Severity.String(), Worst: i.Worst.String(), Reasons: []DocumentReason{},
		OpenedAt: instant(i.OpenedAt), ChangedAt: instant(i.ChangedAt), ClosedAt: instant(i.ClosedAt), Flapping: i.Flapping, Gone: i.Gone,
		Schedule: valid(i.Facts.Schedule), Timezone: valid(i.Facts.Timezone), Slot: instant(i.Facts.Expected), Deadline: instant(i.Facts.Deadline),
		NextDeadline: instant(i.Facts.NextDeadline), Missed: i.Facts.Missed, SeenAt: instant(i.Facts.SeenAt),
	}
	for _, r := range i.Reasons {
		out.Reasons = append(out.Reasons, DocumentReason{r.Code, valid(r.Text)})
	}
	if len(i.Labels) > 0 {
		out.Labels = map[string]string{}
		for name, value := range i.Labels {
			out.Labels[valid(name)] = valid(value)
		}
	}
	if key := i.Facts.LatestKey; key != "" {
		out.Latest = &DocumentLatest{Key: valid(key), KeyBase64: raw(key), Size: i.Facts.LatestSize, Time: instant(i.Facts.LatestAt)}
	}
	return out
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// valid is a name as it is, or with escapes when it is not UTF-8.
func valid(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return prose.Clean(name)
}

// raw is a name that is not UTF-8 in base64, and nothing for others.
func raw(name string) string {
	if utf8.ValidString(name) {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte(name))
}
