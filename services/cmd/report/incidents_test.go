package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/cmd/report"
)

// night is one of everything: told, on the way, silenced, flapping, of a disk.
func night() *report.Incidents {
	subject := func(group string) incident.Subject {
		return incident.Subject{Environment: "prod", Disk: "db", Directory: "postgres", File: "full", Group: group}
	}
	open := func(s incident.Subject, state backup.State, severity backup.Severity, since time.Duration, reason string, flags ...string) incident.Incident {
		return incident.Incident{
			Subject: s, ID: "i-" + s.Group, State: state, Flags: flags, Severity: severity, Worst: backup.SeverityCritical,
			Reasons: []backup.Reason{{Code: state.String(), Text: reason}}, OpenedAt: noon.Add(-since), ChangedAt: noon.Add(-since / 2),
		}
	}
	disk := open(incident.Subject{Environment: "prod", Disk: "web"}, backup.OK, backup.SeverityCritical, 2*time.Hour, "412 files vanished at once", "MASS_DELETE")
	missing := open(subject("postgres/acme"), backup.Missing, backup.SeverityCritical, 33*time.Hour, "expected a backup for 2026-01-14 02:00 UTC; the newest is of 2026-01-12 02:10 UTC", "TOO_FEW")
	blind := open(incident.Subject{Environment: "prod", Disk: "nas"}, backup.Unknown, backup.SeverityUnknown, time.Minute, "the disk can't be listed: access denied")
	late := open(subject("postgres/globex"), backup.Late, backup.SeverityWarning, 3*time.Hour, "expected a backup for 2026-01-15 02:00 UTC")
	late.Labels = map[string]string{"team": "db"}
	flapping := open(subject("postgres/initech"), backup.OK, backup.SeverityWarning, 50*time.Hour, "the newest file is 80% smaller", "SHRUNK")
	flapping.Flapping = true
	hostile := open(incident.Subject{Environment: "prod", Disk: "d\x1b[2J", Directory: "\u202e", File: "f\n", Group: "\xff"}, backup.Late, backup.SeverityWarning, time.Second, "r\x07")

	knows := func(receiver string, incidents ...incident.Incident) incident.Group {
		g := incident.Group{Receiver: receiver, By: map[string]string{"env": "prod", "disk": "db"}, Told: map[uint64]incident.Told{}}
		for _, i := range incidents {
			g.Told[incident.Key(i.Subject)] = incident.Told{Severity: i.Severity}
		}
		return g
	}
	chat := knows("chat", disk, missing)
	chat.Pending = &incident.Notice{
		ID: "n-1", Receiver: "chat", Kind: incident.Problem, At: noon.Add(-time.Minute), Group: chat.By,
		Items: []incident.Item{{Incident: missing, Change: incident.Opened}}, Changes: map[incident.Change]int{incident.Opened: 1},
	}
	chat.Delivery = incident.Delivery{Attempts: 4, FirstAttempt: noon.Add(-time.Minute), NextAttempt: noon.Add(2 * time.Minute), LastError: "connection refused"}
	digest := incident.Group{Receiver: "mail\x1b", By: map[string]string{"digest": "all"}, Pending: &incident.Notice{ID: "n-2", Kind: incident.KindDigest, At: noon.Add(-5 * time.Hour), Group: map[string]string{"digest": "all"}}}
	digest.Delivery = incident.Delivery{LastError: "e\x07"}
	byTeam := knows("web", late)
	byTeam.By = map[string]string{"labels.team": "db", "env": "prod"}
	byTeam.Pending = &incident.Notice{ID: "n-3", Kind: incident.Resolved, At: noon, Group: byTeam.By, Changes: map[incident.Change]int{incident.Closed: 2}}
	settled := knows("ops", disk, missing, late)
	settled.Pending, settled.Delivery.SettledAt = chat.Pending, noon
	refused := knows("hook", blind)
	refused.Unheard = true
	return &report.Incidents{
		Now: noon, Open: []incident.Incident{missing, disk, blind, flapping, late, hostile},
		Groups: []incident.Group{settled, byTeam, chat, digest, refused},
		Silences: []incident.Silence{
			{ID: "aaaa", Match: incident.Match{Labels: map[string][]string{"team": {"db"}}}, Since: noon.Add(-time.Hour), Until: noon.Add(time.Hour)},
			{ID: "bbbb", Match: incident.Match{Files: []string{"f*"}}, Since: noon.Add(-time.Hour), Until: noon.Add(time.Hour)},
			{ID: "over", Since: noon.Add(-time.Hour), Until: noon.Add(-time.Minute)},
		},
	}
}

func TestIncidentsGolden(t *testing.T) {
	text := written(t, func(b *strings.Builder) error { return report.IncidentsTable(b, night(), false) })
	goldentest.Compare(t, "incidents.txt", text)
	goldentest.Compare(t, "incidents-coloured.txt", written(t, func(b *strings.Builder) error { return report.IncidentsTable(b, night(), true) }))
	goldentest.Compare(t, "incidents.json", written(t, func(b *strings.Builder) error { return report.IncidentsJSON(b, night()) }))
	goldentest.Compare(t, "no-incidents.txt", written(t, func(b *strings.Builder) error { return report.IncidentsTable(b, &report.Incidents{Now: noon}, false) }))
	goldentest.Compare(t, "no-incidents.json", written(t, func(b *strings.Builder) error { return report.IncidentsJSON(b, &report.Incidents{Now: noon}) }))
	for _, bad := range []string{"\x1b", "\x07", "\u202e", "\xff"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q gets through", bad)
		}
	}
}

func TestIncidentsWriteErrors(t *testing.T) {
	for name, err := range map[string]error{"table": report.IncidentsTable(broken{}, night(), true), "json": report.IncidentsJSON(broken{}, night())} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
