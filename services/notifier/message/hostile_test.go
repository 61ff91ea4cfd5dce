package message_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/message"
)

// strange are names that an attacker or a strange program gives.
const strange = "a\nb\x1b[31m\u202egnp\x00<script>alert(1)</script><!channel>@here \xff\xfe{{.ID}}"

// hostile is an incident with a strange name wherever one can be.
func hostile() incident.Incident {
	return series(missing(2), func(i *incident.Incident) {
		i.Subject = incident.Subject{Environment: strange, Disk: strange, Directory: strange, File: strange, Group: strange + strings.Repeat("/deep", 30)}
		i.Facts.LatestKey, i.Facts.Schedule, i.Facts.Timezone = strange, strange, strange
		i.Labels = map[string]string{strange: strange}
		i.Reasons = []backup.Reason{{Code: "MISSING", Text: strange}, {Code: "EMPTY", Text: strange}}
	})
}

func hostileNotices() map[string]incident.Notice {
	one := problem(hostile())
	one.Receiver, one.Group = strange, map[string]string{"env": strange, "disk": strange, "labels." + strange: strange}
	several := problem(hostile(), hostile(), disk(backup.Unknown, backup.SeverityUnknown, "ACCESS_DENIED", strange))
	several.Group = nil
	sum := digest([]incident.Incident{hostile()}, []incident.Incident{hostile()})
	sum.Digest.Disks = append(sum.Digest.Disks, incident.DigestDisk{Environment: strange, Disk: strange, Series: 1})
	test := message.Test(strange, "x", night)
	return map[string]incident.Notice{
		"one": one, "several": several, "digest": sum, "test": test,
		"over": notice(incident.Resolved, incident.Closed, ended(hostile(), 1)), "flapping": notice(incident.Problem, incident.Flaps, hostile()),
	}
}

func TestHostileNames(t *testing.T) {
	for name, n := range hostileNotices() {
		t.Run(name, func(t *testing.T) {
			m := writer(t).Write(n)
			checkSafe(t, m)
			if strings.Contains(m.Text, "{{.ID}}") != strings.Contains(m.Title+m.Text, `<script>`) {
				t.Errorf("a name was taken for a template:\n%s", m.Text)
			}
			data, err := json.Marshal(writer(t).Document(n))
			if err != nil || !utf8.Valid(data) {
				t.Errorf("JSON %q, error %v", data, err)
			}
		})
	}
}

// checkSafe wants a title in one short line, and a text of lines that can be printed.
func checkSafe(t *testing.T, m message.Message) {
	t.Helper()
	if m.Title == "" || utf8.RuneCountInString(m.Title) > 200 || m.Text == "" || len(m.Text) > 64<<10 {
		t.Errorf("title %q, %d bytes of text", m.Title, len(m.Text))
	}
	if !utf8.ValidString(m.Title) || !utf8.ValidString(m.Text) {
		t.Errorf("not UTF-8: %q\n%q", m.Title, m.Text)
	}
	for _, r := range m.Title + strings.ReplaceAll(m.Text, "\n", "") {
		if !unicode.IsPrint(r) && r != '\u200b' {
			t.Errorf("%q gets through:\n%q\n%q", r, m.Title, m.Text)
		}
	}
}

func TestMarkup(t *testing.T) {
	n := problem(series(named("<!channel> & @here", "<users/all>", "g")))
	for _, c := range []struct {
		name   string
		markup message.Markup
		want   string
		never  []string
	}{
		{"plain", message.Plain, "<!channel> & @here/<users/all>", []string{"\u200b", "&lt;"}},
		{"entities", message.Entities, "&lt;!channel&gt; &amp; @here/&lt;users/all&gt;", []string{"<"}},
		{"mentions", message.Mentions, "<\u200b!channel> & @\u200bhere/<\u200busers/all>", []string{"@here", "<users", "<!"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := writer(t, func(config *message.Config) { config.Markup = c.markup }).Write(n)
			if !strings.Contains(m.Title, c.want) || !strings.Contains(m.Text, c.want) {
				t.Errorf("want %q in both:\n%s\n%s", c.want, m.Title, m.Text)
			}
			for _, never := range c.never {
				if strings.Contains(m.Title+m.Text, never) {
					t.Errorf("%q stands in:\n%s\n%s", never, m.Title, m.Text)
				}
			}
		})
	}
}

// A person who writes a template may call the channel: only names must not.
func TestMarkupOfTemplates(t *testing.T) {
	m := writer(t, func(c *message.Config) { c.Markup, c.Text = message.Entities, "<!here> {{.Title}}" }).Write(problem(series()))
	if !strings.HasPrefix(m.Text, "<!here> Backup late") {
		t.Errorf("text %q", m.Text)
	}
}

// Whatever the names, a message is safe.
func FuzzWrite(f *testing.F) {
	f.Add(strange, "b", "c", int8(0))
	f.Add("", "", "", int8(1))
	f.Add("\xff", ".", "@all", int8(2))
	w, err := message.New(message.Config{PageURL: "https://b.example"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, a, b, c string, markup int8) {
		i := series(named(a, b, c), on(c, a), func(i *incident.Incident) {
			i.Facts.LatestKey, i.Reasons[0].Text = b, c
		})
		n := problem(i, series(missing(2), named(b, a, c)))
		checkSafe(t, w.Write(n))
		checkSafe(t, w.Write(problem(i)))
		one, err := message.New(message.Config{Markup: message.Markup(markup)})
		if err != nil {
			t.Fatal(err)
		}
		checkSafe(t, one.Write(n))
	})
}
