package message

import (
	"time"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/view"
)

// Document is a notice as JSON for programs. Its fields are a contract: new ones may
// be added, none changes its meaning or goes. Times are RFC 3339 in UTC, sizes
// bytes; what does not apply is left out. Names are as package view has them, and not
// made fit for anything: who shows them escapes them.
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
	Change       string        `json:"change"` // opened, changed, closed, continues, flapping
	ToldSeverity string        `json:"told_severity,omitempty"`
	What         string        `json:"what"`
	Advice       []string      `json:"advice,omitempty"`
	Link         string        `json:"link,omitempty"`
	Incident     view.Incident `json:"incident"`
}

// Document is the notice for programs, with the words for people in it.
func (w *Writer) Document(n incident.Notice) Document {
	m, v := w.Write(n), w.view(n)
	d := Document{
		ID: n.ID, Receiver: view.Name(n.Receiver), Kind: n.Kind.String(), At: n.At.UTC(), Severity: n.Severity.String(), Title: m.Title, Text: m.Text, Link: v.Link,
		Group: map[string]string{}, Changes: map[string]int{}, Total: n.Total(), Open: n.Open, Gone: n.Gone, Items: []DocumentItem{},
	}
	for name, value := range n.Group {
		d.Group[view.Name(name)] = view.Name(value)
	}
	for change, count := range n.Changes {
		d.Changes[change.String()] = count
	}
	for k, x := range n.Items {
		item := v.Items[k]
		d.Items = append(d.Items, DocumentItem{
			Change: x.Change.String(), ToldSeverity: severityName(x.Told), What: item.What, Advice: item.Advice, Link: item.Link, Incident: view.NewIncident(x.Incident),
		})
	}
	if n.Kind == incident.KindDigest && n.Digest != nil {
		d.Digest = documentDigest(n.Digest)
	}
	return d
}
