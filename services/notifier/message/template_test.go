package message_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/message"
)

// Everything that docs/notifications.md names for templates is there.
const allFields = `{{.ID}} {{.Receiver}} {{.Kind}} {{time .At}} {{.Severity}} {{.Group.env}} {{.Group.nothing}} {{.Place}} {{.Total}} {{.More}}
{{.Opened}} {{.Changed}} {{.Flapping}} {{.Continuing}} {{.Closed}} {{.Open}} {{.Title}} {{.Summary}} {{.Link}}
{{range .Items}}{{.Name}} {{.Place}} {{.Environment}} {{.Disk}} {{.Directory}} {{.File}} {{.Group}} {{.OfDisk}} {{.Change}} {{.State}}
{{join "," .Flags}} {{.Severity}} {{.Before}} {{.Worst}} {{.What}} {{.Expected}} {{.Seen}} {{time .OpenedAt}} {{ago .ChangedAt $.At}} {{.ClosedAt}}
{{.Slot}} {{.Deadline}} {{.NextDeadline}} {{count .Missed "slot" "slots"}} {{.Schedule}} {{.Timezone}} {{.SeenAt}} {{duration .Lasted}} {{.Open}} {{.Closed}}
{{.Gone}} {{.Flapping}} {{.Turns}} {{.Labels.team}} {{.Link}}{{with .Latest}}{{.Key}} {{size .Size}} {{.At}}{{end}}{{range .Reasons}}{{.Code}} {{.Text | cut 20}}{{end}}
{{range .Details}}{{.Name}}={{.Text}}{{end}}{{range .Advice}}{{.}}{{end}}{{end}}{{with .Single}}{{.Name | upper | lower}}{{end}}
{{range .Sections}}{{.Head}}{{range .Lines}}{{.}}{{end}}{{end}}{{range .Advice}}{{.}}{{end}}
{{with .Digest}}{{.Period}} {{.From}} {{.To}} {{.Series}} {{.Open}} {{.Recovered}}{{range .Disks}}{{.Place}} {{.Series}} {{.Open}} {{.Slots}} {{.Met}} {{.PurgedFiles}} {{.PurgedBytes}} {{.Link}}{{end}}{{range .Bad}}{{.Name}}{{end}}{{range .Ended}}{{.Name}}{{end}}{{end}}`

func TestTemplateFields(t *testing.T) {
	w := writer(t, func(c *message.Config) { c.Text = allFields })
	for name, n := range notices(t) {
		if m := w.Write(n); strings.Contains(m.Text, "default words") || strings.Contains(m.Text, "no value") {
			t.Errorf("%s: %s", name, m.Text)
		}
	}
}

func TestTemplates(t *testing.T) {
	for _, c := range []struct{ name, title, text, wantTitle, wantText string }{
		{"title of one line", "a\n  {{.Place}}\tb \n", "x", "a prod:db b", "x"},
		{"the default title in another one", "[{{upper .Severity}}] {{.Title}}", "x", "[WARNING] Backup late: postgres/nightly (postgres/acme) on prod:db", "x"},
		{"an empty title is no title", "{{if false}}x{{end}}", "x", "Backup late: postgres/nightly (postgres/acme) on prod:db", "x"},
		{"the own title in the text", "T", "{{.Title}}: {{range .Items}}{{.What}}{{end}}", "T", "T: Backup late"},
		{"empty lines go", "T", "\n\na  \n\n\nb\r\n\n", "T", "a\n\nb"},
		{"a control character in a title", "a\x07b", "x", `a\ab`, "x"},
		{"functions", "T", `{{range .Items}}{{with .Latest}}{{size .Size}} {{ago .At $.At}}{{end}} {{count .Missed "slot" "slots"}} {{cut 5 .Name}} {{join "+" .Advice | cut 4}} {{duration .Lasted}}{{end}}`, "T", "1.2 GiB 1 day 1 hour ago 1 slot post… Loo… 10 minutes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := writer(t, func(config *message.Config) { config.Title, config.Text = c.title, c.text }).Write(problem(series()))
			if m.Title != c.wantTitle || m.Text != c.wantText {
				t.Errorf("title %q, want %q; text %q, want %q", m.Title, c.wantTitle, m.Text, c.wantText)
			}
		})
	}
}

func TestTemplateErrors(t *testing.T) {
	for _, c := range []struct{ name, template, want string }{
		{"an unknown field", "a\n b {{.Titel}}", `template "text":2:6: `},
		{"and what it may be", "{{.Titel}}", `did you mean "Title"?`},
		{"of an item", "{{range .Items}}{{.Nam}}{{end}}", `did you mean "Name"?`},
		{"only of some notices", "{{if .Digest}}{{.Digest.Serie}}{{end}}", `did you mean "Series"?`},
		{"a function that there is not", "x {{.ID}} {{sise 3}}", `template "text":1:11: function "sise" not defined; did you mean "size"?`},
		{"not always there", "{{.Single.Name}}", `template "text":1:10: `},
		{"and what to do about it", "{{range .Items}}{{.Latest.Key}}{{end}}", "it is not always there: write {{with .Latest}}{{.Key}}{{end}}"},
		{"beyond the end", "{{(index .Items 5).Name}}", `template "text":1:`},
		{"an action that is not ended", "line\nab {{.ID", `template "text":2:4: unclosed action`},
		{"an end that is missing", "{{if .ID}}", `template "text":1:1: unexpected EOF`},
		{"an unknown variable", "{{.ID}}\n\n{{.ID}} {{$x}}", `template "text":3:9: undefined variable "$x"`},
		{"a wrong type", "{{size .ID}}", `template "text":1:`},
		{"no end", "{{range 99999999}}0123456789{{end}}", `template "text":1:`},
		{"no end, in words", "{{range 99999999}}0123456789{{end}}", "it writes more than 64 KiB"},
		{"calls itself", `{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`, "exceeded maximum template depth"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := message.New(message.Config{Text: c.template})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			var e *message.TemplateError
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || strings.Contains(e.Message, "\n") {
				t.Errorf("error %#v", e)
			}
		})
	}
}

func TestTemplateErrorsAtOnce(t *testing.T) {
	_, err := message.New(message.Config{Title: "{{.A}}", Text: "{{.B}}"})
	if err == nil || !strings.Contains(err.Error(), `"title":1:3`) || !strings.Contains(err.Error(), `"text":1:3`) {
		t.Errorf("error %v", err)
	}
}

// A template that fails in spite of the samples is no reason to say nothing.
func TestTemplateFailsAtNight(t *testing.T) {
	w := writer(t, func(c *message.Config) { c.Text = `{{if eq .ID "the one"}}{{(index .Items 7).Name}}{{else}}x{{end}}` })
	n := problem(series())
	if m := w.Write(n); m.Text != "x" {
		t.Errorf("text %q", m.Text)
	}
	n.ID = "the one"
	m := w.Write(n)
	if !strings.HasPrefix(m.Text, "The backup postgres/nightly") || !strings.Contains(m.Text, "template of the configuration failed") {
		t.Errorf("text %q", m.Text)
	}
}

func TestZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	m := writer(t, func(c *message.Config) { c.Zone = berlin }).Write(problem(series()))
	goldentest.Compare(t, "zone/late-berlin.txt", m.Title+"\n\n"+m.Text+"\n")
	for _, want := range []string{"Thu 26 Nov 2026 03:00 CET, at the latest by 04:00 CET", "Wed 25 Nov 2026 03:04 CET"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("%q is missing in\n%s", want, m.Text)
		}
	}
}

func TestNoLinks(t *testing.T) {
	m := writer(t, func(c *message.Config) { c.PageURL = "" }).Write(problem(series(), series()))
	if strings.Contains(m.Text, "http") || strings.Contains(m.Text, "\n\n\n") {
		t.Errorf("text %q", m.Text)
	}
}

func TestIncident(t *testing.T) {
	w := writer(t)
	if got, want := w.Incident(series(), night), w.Write(problem(series())); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	closed := ended(series(), time.Hour)
	if got, want := w.Incident(closed, night), w.Write(notice(incident.Resolved, incident.Closed, closed)); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got := w.Link(closed.Subject); got != "https://backmon.example.org/series/prod/db/postgres/nightly/postgres=2Facme" {
		t.Errorf("link %q", got)
	}
}
