package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/services/gateway/view"
)

// Incidents is what the notifier keeps, at one instant.
type Incidents struct {
	Now      time.Time
	Open     []incident.Incident // the worst first
	Groups   []incident.Group    // what the receivers were told
	Silences []incident.Silence
}

// told lists the receivers that know of an incident, and those that a message about
// it is on the way to, by name.
func (r *Incidents) told(i incident.Incident) (told, coming []string) {
	key := incident.Key(i.Subject)
	for _, g := range r.Groups {
		if _, known := g.Told[key]; !known {
			continue
		}
		if g.Pending != nil && g.Delivery.SettledAt.IsZero() && inNotice(g.Pending, i) {
			coming = append(coming, g.Receiver)
		} else {
			told = append(told, g.Receiver)
		}
	}
	slices.Sort(told)
	slices.Sort(coming)
	return told, coming
}

// inNotice reports whether a notice is the first to tell of an incident, as far as
// it names its incidents.
func inNotice(n *incident.Notice, i incident.Incident) bool {
	return slices.ContainsFunc(n.Items, func(item incident.Item) bool {
		return item.Incident.Subject == i.Subject && item.Change == incident.Opened
	})
}

// silencedBy lists the silences that keep an incident quiet.
func (r *Incidents) silencedBy(i incident.Incident) []string {
	var ids []string
	for _, s := range r.Silences {
		if s.Covers(i, r.Now) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// pending lists the groups with a notice on its way, the oldest first.
func (r *Incidents) pending() []incident.Group {
	var pending []incident.Group
	for _, g := range r.Groups {
		if g.Pending != nil && g.Delivery.SettledAt.IsZero() {
			pending = append(pending, g)
		}
	}
	slices.SortFunc(pending, func(a, b incident.Group) int {
		return cmp.Or(a.Pending.At.Compare(b.Pending.At), cmp.Compare(a.Receiver, b.Receiver), cmp.Compare(a.Pending.ID, b.Pending.ID))
	})
	return pending
}

// IncidentsTable writes the incidents for a person, and what is on its way.
func IncidentsTable(w io.Writer, r *Incidents, colour bool) error {
	t := table{now: r.Now, paint: painter(colour)}
	t.incidentCounts(r)
	t.incidents(r)
	t.deliveries(r.pending())
	_, err := io.WriteString(w, t.out.String())
	return err
}

func (t *table) incidentCounts(r *Incidents) {
	if len(r.Open) == 0 {
		t.printf("There are no open incidents.\n")
		return
	}
	number := map[backup.Severity]int{}
	for _, i := range r.Open {
		number[i.Severity]++
	}
	t.printf("%s: %s\n", prose.Count(len(r.Open), "open incident", "open incidents"), t.severities(number))
}

func (t *table) incidents(r *Incidents) {
	if len(r.Open) == 0 {
		return
	}
	g := newGrid(column{title: "STATE"}, column{title: "DISK"}, column{title: "DIRECTORY"}, column{title: "FILE"}, column{title: "GROUP"}, column{title: "SINCE"}, column{title: "TOLD", whole: true})
	for _, i := range r.Open {
		s := i.Subject
		g.add(prose.Clean(incidentState(i)), prose.Clean(diskName(s.Environment, s.Disk)), prose.Clean(s.Directory), prose.Clean(s.File), prose.Clean(s.Group), t.instant(i.OpenedAt), r.toldText(i))
	}
	state, rest := g.header()
	t.printf("\n%s\n", t.paint.dim(state+rest))
	indent := strings.Repeat(" ", width(state))
	for n, i := range r.Open {
		state, rest := g.line(n)
		t.printf("%s%s\n", t.paint.severity(i.Severity, state), rest)
		for _, reason := range i.Reasons {
			t.printf("%s%s\n", indent, t.paint.dim(prose.Clean(reason.Text)))
		}
	}
}

// incidentState is the state with its flags. What is wrong with a disk that can be
// seen are its flags alone.
func incidentState(i incident.Incident) string {
	words := i.Flags
	if !incident.OfDisk(i.Subject) || i.State != backup.OK || len(i.Flags) == 0 {
		words = append([]string{i.State.String()}, i.Flags...)
	}
	text := strings.Join(words, " ")
	if i.Flapping {
		text += " (flapping)"
	}
	return text
}

func (r *Incidents) toldText(i incident.Incident) string {
	told, coming := r.told(i)
	for _, name := range coming {
		told = append(told, name+" (on the way)")
	}
	text := "nobody"
	if len(told) > 0 {
		text = strings.Join(told, ", ")
	}
	silences := r.silencedBy(i)
	if len(silences) > 0 {
		text += " (" + silenceWord(len(silences)) + " " + strings.Join(silences, ", ") + ")"
	}
	return prose.Clean(text)
}

func silenceWord(n int) string {
	if n == 1 {
		return "silence"
	}
	return "silences"
}

// deliveries writes what has not reached its receiver.
func (t *table) deliveries(pending []incident.Group) {
	if len(pending) == 0 {
		return
	}
	t.printf("\n%s on the way:\n\n", prose.Count(len(pending), "message is", "messages are"))
	g := newGrid(column{title: "RECEIVER"}, column{title: "MESSAGE"}, column{title: "ABOUT", whole: true}, column{title: "WRITTEN"}, column{title: "TRIED", right: true}, column{title: "NEXT"}, column{title: "LAST ERROR", whole: true})
	for _, p := range pending {
		n := p.Pending
		g.add(prose.Clean(p.Receiver), n.Kind.String(), prose.Clean(groupText(n.Group)), t.instant(n.At), strconv.Itoa(p.Delivery.Attempts), t.instant(p.Delivery.NextAttempt), prose.Clean(p.Delivery.LastError))
	}
	t.grid(g)
}

// groupText names what the incidents of a notice have in common.
func groupText(by map[string]string) string {
	if by["digest"] != "" {
		return "all disks"
	}
	if by["env"] != "" && by["disk"] != "" && len(by) == 2 {
		return diskName(by["env"], by["disk"])
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%s=%s", name, by[name]))
	}
	return strings.Join(parts, " ")
}

// IncidentsJSON writes the incidents and what is on its way as one JSON document.
func IncidentsJSON(w io.Writer, r *Incidents) error {
	type open struct {
		view.Incident
		Told     []string `json:"told"`
		Coming   []string `json:"on_the_way"`
		Silences []string `json:"silences"`
	}
	document := struct {
		Now       time.Time       `json:"now"`
		Incidents []open          `json:"incidents"`
		Pending   []view.Delivery `json:"pending"`
	}{r.Now.UTC(), []open{}, []view.Delivery{}}
	for _, i := range r.Open {
		told, coming := r.told(i)
		document.Incidents = append(document.Incidents, open{view.NewIncident(i), append([]string{}, told...), append([]string{}, coming...), append([]string{}, r.silencedBy(i)...)})
	}
	for _, g := range r.pending() {
		document.Pending = append(document.Pending, view.NewDelivery(g))
	}
	return indented(w, document)
}
