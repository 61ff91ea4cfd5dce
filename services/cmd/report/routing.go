package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/view"
)

// Routing says who would be told of what.
type Routing struct {
	// Assumed says what was not known and how it was taken; it may be empty.
	Assumed string
	Answers []RouteAnswer
}

// RouteAnswer says who would be told of one subject, if it had the incident.
type RouteAnswer struct {
	Incident  incident.Incident
	Receivers []string
	Lines     []int // of the routes that it takes, in the configuration
	Everyone  bool  // there are no routes
}

// SubjectText names a series, or a disk as a whole, in one line, so that its parts
// can be told apart.
func SubjectText(s incident.Subject) string {
	if incident.OfDisk(s) {
		return diskName(s.Environment, s.Disk)
	}
	return name(s)
}

// RoutingTable writes the answers for a person.
func RoutingTable(w io.Writer, r *Routing, colour bool) error {
	t := table{paint: painter(colour)}
	if r.Assumed != "" {
		t.printf("%s\n\n", prose.Clean(r.Assumed))
	}
	g := newGrid(column{title: "DISK"}, column{title: "DIRECTORY"}, column{title: "FILE"}, column{title: "GROUP"}, column{title: "LABELS", whole: true}, column{title: "IF"}, column{title: "TOLD", whole: true}, column{title: "BY"})
	for _, a := range r.Answers {
		i := a.Incident
		s := i.Subject
		g.add(prose.Clean(diskName(s.Environment, s.Disk)), prose.Clean(s.Directory), prose.Clean(s.File), prose.Clean(s.Group), prose.Clean(labelsText(i.Labels)),
			i.State.String()+" "+i.Severity.String(), a.told(), a.routes())
	}
	t.grid(g)
	_, err := io.WriteString(w, t.out.String())
	return err
}

func labelsText(labels map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, name+"="+labels[name])
	}
	return strings.Join(parts, " ")
}

func (a RouteAnswer) told() string {
	if len(a.Receivers) == 0 {
		return "nobody"
	}
	return strings.Join(a.Receivers, ", ")
}

// routes names the routes by their lines.
func (a RouteAnswer) routes() string {
	switch {
	case a.Everyone && len(a.Receivers) == 0:
		return "there are no receivers"
	case a.Everyone:
		return "no routes: everyone is told"
	case len(a.Lines) == 0:
		return "no route matches"
	case len(a.Lines) == 1:
		return fmt.Sprintf("the route on line %d", a.Lines[0])
	}
	return "the routes on lines " + strings.Trim(strings.ReplaceAll(fmt.Sprint(a.Lines), " ", ", "), "[]")
}

// RoutingJSON writes the answers as one JSON document. A disk as a whole has neither
// directory, file nor group.
func RoutingJSON(w io.Writer, r *Routing) error {
	document := struct {
		Assumed string       `json:"assumed,omitempty"`
		Series  []jsonAnswer `json:"series"`
	}{r.Assumed, []jsonAnswer{}}
	for _, a := range r.Answers {
		i := a.Incident
		document.Series = append(document.Series, jsonAnswer{
			SeriesID: view.NewSeriesID(i.Subject), Labels: i.Labels, State: i.State.String(), Severity: i.Severity.String(),
			Receivers: append([]string{}, a.Receivers...), Lines: append([]int{}, a.Lines...),
		})
	}
	return indented(w, document)
}

type jsonAnswer struct {
	view.SeriesID
	Labels    map[string]string `json:"labels,omitempty"`
	State     string            `json:"state"`
	Severity  string            `json:"severity"`
	Receivers []string          `json:"receivers"`
	Lines     []int             `json:"route_lines"`
}
