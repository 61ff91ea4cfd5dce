package message

import (
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

// View is what templates see of a notice. All names in it are safe to print, and
// all times are in the configured zone.
type View struct {
	ID       string    // identifies the notice
	Receiver string    // its name in the configuration
	Kind     string    // problem, resolved, reminder, digest or test
	At       time.Time // when it was written
	Severity string    // ok, warning, unknown or critical: the worst that is open now
	// Group is what the incidents have in common, as env and disk.
	Group map[string]string
	// Place is where, as "prod:db"; empty when there is no common place.
	Place string
	// Items are the incidents, the worst first; at most 20 of Total.
	Items []Item
	Total int
	More  int // Total without the Items
	// Opened, Changed, Flapping, Continuing and Closed count the incidents of the
	// notice by what is new about them. Open is how many are open after it, those
	// of earlier notices included. Gone is how many of the closed ones ended with
	// their definition or disk: nobody knows whether they are well.
	Opened, Changed, Flapping, Continuing, Closed, Open, Gone int
	Digest                                                    *Digest // of a digest, else nil

	// The rest are the default words, in parts.

	// Title is the title, and in the title's own template the default one.
	Title string
	// Summary is the first sentence: what is wrong, and where.
	Summary string
	// Single is the incident when the notice is about one; then Sections are empty.
	Single   *Item
	Sections []Section
	// Advice is what to do, in sentences; empty when nothing is to be done.
	Advice []string
	// Link leads to the page: of the series, of the disk, or to its beginning.
	// Empty without a page URL.
	Link string
}

// Section is a list with a heading, which may be empty.
type Section struct {
	Head  string
	Lines []string
}

// view puts a notice into words for templates.
func (w *Writer) view(n incident.Notice) View {
	v := View{
		ID: n.ID, Receiver: w.name(n.Receiver), Kind: n.Kind.String(), At: w.zoned(n.At), Severity: n.Severity.String(),
		Group: w.names(n.Group), Total: n.Total(), Open: n.Open,
		Opened: n.Changes[incident.Opened], Changed: n.Changes[incident.Changed], Flapping: n.Changes[incident.Flaps],
		Continuing: n.Changes[incident.Continues], Closed: n.Changes[incident.Closed], Gone: n.Gone,
	}
	for _, i := range n.Items {
		v.Items = append(v.Items, w.item(i, v.At))
	}
	if n.Kind == incident.KindDigest {
		v.Digest = w.digest(n.Digest)
	}
	v.More = max(0, v.Total-len(v.Items))
	v.Place = place(v)
	if v.Total == 1 && len(v.Items) == 1 && v.Digest == nil {
		v.Single = &v.Items[0]
	}
	v.Link = w.link(n, v)
	v.Title = defaultTitle(v)
	v.Summary = summary(v)
	if v.Single == nil {
		v.Sections = sections(v)
	}
	v.Advice = advice(v)
	return v
}

// names makes a map's names and values safe.
func (w *Writer) names(from map[string]string) map[string]string {
	out := make(map[string]string, len(from))
	for name, value := range from {
		out[w.name(name)] = w.name(value)
	}
	return out
}

// place is where all incidents of the notice are, as far as that is known.
func place(v View) string {
	environment, inEnvironment := v.Group["env"]
	disk, onDisk := v.Group["disk"]
	switch {
	case inEnvironment && onDisk:
		return diskName(environment, disk)
	case v.More > 0 || len(v.Items) == 0:
		return environment
	}
	places := map[string]bool{}
	for _, i := range v.Items {
		places[i.Place] = true
	}
	if len(places) == 1 {
		return v.Items[0].Place
	}
	return environment
}

// diskName writes a disk with its environment, as people name it.
func diskName(environment, disk string) string { return environment + ":" + disk }

// severityName is empty where there is none to tell of.
func severityName(s backup.Severity) string {
	if s == backup.SeverityOK {
		return ""
	}
	return s.String()
}
