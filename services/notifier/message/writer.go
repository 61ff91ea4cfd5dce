package message

import (
	"errors"
	"strings"
	"text/template"
	"time"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
)

// Config says how messages are written. The zero Config is the default.
type Config struct {
	// PageURL is where the gateway's page is to be found, as
	// "https://backmon.example.org". Without it messages hold no links.
	PageURL string
	// Zone of all times in messages; nil is UTC. Sentences of the evaluation have
	// the zone of their rule, and name it.
	Zone *time.Location
	// Title and Text are templates; where they are empty the defaults hold.
	Title, Text string
	// Markup is what the receiver takes for more than plain text in names.
	Markup Markup
}

// Message is what a person reads.
type Message struct {
	Title string // one line of at most 200 characters, without control characters
	Text  string // lines that end in "\n", but for the last; at most 64 KiB
}

// Bounds of a message.
const (
	maxTitle = 200
	maxText  = 64 << 10
)

// Writer writes messages. It may be used concurrently.
type Writer struct {
	config      Config
	title, text *template.Template
}

// New returns a writer. Templates are tried with samples of every kind of notice,
// so that none fails at night; the errors are *TemplateError, joined.
func New(c Config) (*Writer, error) {
	w := &Writer{config: c, title: defaults.Lookup(titleTemplate), text: defaults.Lookup(textTemplate)}
	w.config.PageURL = strings.TrimRight(c.PageURL, "/")
	if w.config.Zone == nil {
		w.config.Zone = time.UTC
	}
	var problems []error
	for _, part := range []struct {
		name, source string
		into         **template.Template
	}{{titleTemplate, c.Title, &w.title}, {textTemplate, c.Text, &w.text}} {
		if part.source == "" {
			continue
		}
		t, err := w.parse(part.name, part.source)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		*part.into = t
	}
	return w, errors.Join(problems...)
}

// Write puts a notice into words. Should a template fail on it all the same, the
// default takes its place, and the text ends with why.
func (w *Writer) Write(n incident.Notice) Message {
	v := w.view(n)
	title, titleErr := execute(w.title, v)
	if title = line(title); titleErr != nil || title == "" {
		title = defaultTitle(v)
	}
	v.Title = title
	text, textErr := execute(w.text, v)
	if text = tidy(text); textErr != nil || text == "" {
		text = defaultText(v)
	}
	if err := errors.Join(titleErr, textErr); err != nil {
		text += "\n\n(The default words, as a template of the configuration failed: " + prose.Clean(err.Error()) + ")"
	}
	return Message{Title: title, Text: text}
}

// Title is the default title of a notice, with times in UTC.
func Title(n incident.Notice) string {
	w := &Writer{config: Config{Zone: time.UTC}}
	return defaultTitle(w.view(n))
}

// line makes one line of what a template wrote. The marks that the writer itself
// put into names stay.
func line(text string) string {
	parts := strings.Split(strings.Join(strings.Fields(text), " "), quiet)
	for i := range parts {
		parts[i] = prose.Clean(parts[i])
	}
	return prose.Cut(strings.Join(parts, quiet), maxTitle)
}

// tidy takes spaces from the ends of lines, empty lines from both ends of the
// text, and more than one of them from its middle.
func tidy(text string) string {
	var out []string
	for row := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		row = strings.TrimRight(row, " \t\r")
		if row == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, row)
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

// Incident puts one incident into words, as if it were a notice of its own.
func (w *Writer) Incident(i incident.Incident, now time.Time) Message {
	change := incident.Opened
	if !i.Open() {
		change = incident.Closed
	}
	n := incident.Notice{
		ID: i.ID, Kind: incident.Problem, At: now, Severity: i.Severity, Changes: map[incident.Change]int{change: 1},
		Group: map[string]string{"env": i.Subject.Environment, "disk": i.Subject.Disk},
		Items: []incident.Item{{Incident: i, Change: change}},
	}
	if change == incident.Closed {
		n.Kind = incident.Resolved
	} else {
		n.Open = 1
	}
	return w.Write(n)
}

// Link is where the page shows a series or disk; empty without a page URL.
func (w *Writer) Link(s incident.Subject) string { return w.linkTo(s) }
