package report

import (
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
	"github.com/backmon/backmon/pkg/view"
)

// Incidents is what the notifier keeps, at one instant.
type Incidents struct {
	Now      time.Time
	Open     []incident.Incident // the worst first
	Groups   []incident.Group    // what the receivers were told
	Silences []incident.Silence
}

// IncidentsTable writes the incidents for a person, and what is on its way.
func IncidentsTable(w io.Writer, r *Incidents, colour bool) error {
	t := table{now: r.Now, paint: painter(colour)}
	t.incidentCounts(r)
	t.incidents(r)
	t.deliveries(incident.Undelivered(r.Groups))
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
	l := incident.ListenersOf(r.Groups, i)
	told := l.Told
	for _, name := range l.Coming {
		told = append(told, name+" (on the way)")
	}
	for _, name := range l.Unheard {
		told = append(told, name+" (its last message was given up)")
	}
	text := "nobody"
	if len(told) > 0 {
		text = strings.Join(told, ", ")
	}
	var silences []string
	for _, s := range incident.Covering(r.Silences, i, r.Now) {
		silences = append(silences, s.ID)
	}
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
	document := struct {
		Now       time.Time             `json:"now"`
		Incidents []view.IncidentDetail `json:"incidents"`
		Pending   []view.Delivery       `json:"pending"`
	}{r.Now.UTC(), []view.IncidentDetail{}, view.NewDeliveries(r.Groups)}
	for _, i := range r.Open {
		document.Incidents = append(document.Incidents, view.NewIncidentDetail(i, r.Groups, r.Silences, r.Now))
	}
	return indented(w, document)
}
