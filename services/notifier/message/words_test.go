package message_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/notifier/message"
)

// troubles are incidents of everything that can be wrong, by its code.
func troubles(t *testing.T) map[string]incident.Incident {
	out := map[string]incident.Incident{}
	for _, f := range backup.Flags() {
		out[f.String()] = series(flagged(f.Severity(), f.String(), "what was found"))
	}
	for _, s := range backup.States() {
		if s.Severity() > backup.SeverityOK {
			out[s.String()] = series(func(i *incident.Incident) {
				i.State, i.Severity, i.Reasons = s, s.Severity(), []backup.Reason{{Code: s.String(), Text: "what was found"}}
			})
		}
	}
	for number, name := range backmonv1.ErrorKind_name {
		if number > 0 {
			out["disk "+name] = ofDisk(t, failing(backmonv1.ErrorKind(number), "what was found"))
		}
	}
	for number, name := range backmonv1.DiskFlag_name {
		if number > 0 {
			out["disk "+name] = ofDisk(t, odd(backmonv1.DiskFlag(number)))
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\{[a-z]*\}`)

// There are words for everything that can be wrong, alone, among others, and when it
// is over: what a later version adds has to get some.
func TestEveryTroubleHasWords(t *testing.T) {
	w := writer(t)
	for name, i := range troubles(t) {
		t.Run(name, func(t *testing.T) {
			one := w.Write(problem(i))
			several := w.Write(problem(i, series()))
			over := w.Write(notice(incident.Resolved, incident.Closed, ended(i, time.Hour)))
			for _, m := range []message.Message{one, several, over} {
				all := m.Title + "\n" + m.Text
				if strings.Contains(all, "needs a look") || strings.Contains(all, "Something is wrong") || strings.Contains(all, "It was in trouble") || placeholder.MatchString(all) {
					t.Errorf("%s", all)
				}
			}
			if !strings.Contains(one.Text, "What to do: ") || !strings.Contains(several.Text, "What to do: ") || strings.Contains(over.Text, "What to do: ") {
				t.Errorf("%s\n\n%s\n\n%s", one.Text, several.Text, over.Text)
			}
		})
	}
}

// What this version does not know yet is told all the same.
func TestUnknownTrouble(t *testing.T) {
	w := writer(t)
	for _, i := range []incident.Incident{series(flagged(backup.SeverityWarning, "MELTED", "it melted")), disk(backup.OK, backup.SeverityWarning, "MELTED", "it melted"), {Subject: series().Subject}, {}} {
		m := w.Write(problem(i))
		if m.Title == "" || len(i.Reasons) > 0 && !strings.Contains(m.Text, "it melted") || placeholder.MatchString(m.Title+m.Text) {
			t.Errorf("%s\n%s", m.Title, m.Text)
		}
	}
}

// Why a backup is missing decides what one looks at.
func TestMissingVariants(t *testing.T) {
	w := writer(t)
	for _, c := range []struct {
		name string
		edit edit
		want string
	}{
		{"the newest is old", missing(3), "No backup for 3 days: "},
		{"there never was one", never, "Backup never arrived: "},
		{"all are gone", func(i *incident.Incident) { missing(1)(i); i.Facts.LatestKey = "" }, "All files gone: "},
		{"the newest is empty", func(i *incident.Incident) { missing(1)(i); i.Flags = []string{"EMPTY"} }, "No usable backup: "},
		{"the newest is too small", func(i *incident.Incident) { missing(1)(i); i.Flags = []string{"TOO_SMALL"} }, "No usable backup: "},
		{"the only one is of the future", func(i *incident.Incident) { missing(1)(i); i.Facts.LatestAt = night.Add(time.Hour) }, "No usable backup: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if m := w.Write(problem(series(c.edit))); !strings.HasPrefix(m.Title, c.want) {
				t.Errorf("%s, want %s", m.Title, c.want)
			}
		})
	}
}

func TestTitles(t *testing.T) {
	w := writer(t)
	late, other := series(), series(named("mysql", "hourly", "mysql"))
	open := func(n incident.Notice, open int) incident.Notice { n.Open = open; return n }
	for _, c := range []struct {
		name   string
		notice incident.Notice
		want   string
	}{
		{"all of a kind", problem(late, other), "2 backups in trouble on prod:db: all late"},
		{"more than are listed", func() incident.Notice {
			n := problem(late, other)
			n.Changes[incident.Opened] = 7
			return n
		}(), "7 backups in trouble on prod:db"},
		{"new and over", with(problem(late), incident.Closed, 0, ended(other, time.Hour)), "1 backup in trouble on prod:db (1 new), 1 well again"},
		{"one over, one left", open(notice(incident.Problem, incident.Closed, ended(late, time.Hour)), 1), "Well again: postgres/nightly (postgres/acme) on prod:db"},
		{"the same severity", with(notice(incident.Problem, 0), incident.Changed, backup.SeverityWarning, late), "Changed: Backup late: postgres/nightly (postgres/acme) on prod:db"},
		{"told for the first time as changed", with(notice(incident.Problem, 0), incident.Changed, 0, late), "Backup late: postgres/nightly (postgres/acme) on prod:db"},
		{"the folder is the directory", problem(other), "Backup late: mysql/hourly on prod:db"},
		{"nothing at all", incident.Notice{Kind: incident.Problem}, "Backups"},
		{"a week of nothing", incident.Notice{Kind: incident.KindDigest, Digest: &incident.Digest{From: at(19, 7, 0), To: at(26, 7, 0)}}, "Weekly backup digest: nothing is watched"},
		{"no digest in a digest", incident.Notice{Kind: incident.KindDigest}, "Backup digest: nothing is watched"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if m := w.Write(c.notice); m.Title != c.want {
				t.Errorf("%s\nwant %s", m.Title, c.want)
			}
		})
	}
}

// Who was told of others hears that they go on.
func TestOthersOpen(t *testing.T) {
	w := writer(t)
	n := problem(series())
	n.Open = 3
	if m := w.Write(n); !strings.Contains(m.Text, "Besides, 2 others are still in trouble that you know of.") {
		t.Error(m.Text)
	}
	n = notice(incident.Problem, incident.Closed, ended(series(), time.Hour))
	n.Open = 1
	if m := w.Write(n); !strings.Contains(m.Text, "lasted 1 hour. Still in trouble: 1 other that you know of.") {
		t.Error(m.Text)
	}
}

// A text that would be longer than any receiver takes is cut down to what matters.
func TestTextIsBounded(t *testing.T) {
	i := series()
	i.Reasons = nil
	for range 300 {
		i.Reasons = append(i.Reasons, backup.Reason{Code: "SLOW", Text: strings.Repeat("x", 1000)})
	}
	m := writer(t).Write(problem(i))
	if len(m.Text) > 64<<10 || !strings.HasPrefix(m.Text, "Making the newest file of the backup postgres/nightly") {
		t.Errorf("%d bytes: %.100s", len(m.Text), m.Text)
	}
}

// A command in a message can be pasted, whatever the folder is called.
func TestCommandsCanBePasted(t *testing.T) {
	for disk, want := range map[string]string{
		"db":              "prod/db",
		"/srv/backups":    "prod//srv/backups",
		"/srv/Bäume":      "prod//srv/Bäume",
		"/srv/my backups": "'prod//srv/my backups'",
		"/srv/it's; $x":   `'prod//srv/it'\''s; $x'`,
	} {
		if m := writer(t).Write(problem(series(missing(2), on("prod", disk)))); !strings.Contains(m.Text, "`backmon explain "+want+" KEY`") {
			t.Errorf("want %s in\n%s", want, m.Text)
		}
	}
}
