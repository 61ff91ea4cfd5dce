package message_test

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/notifier/message"
)

// night is when the notices of the tests are written.
var night = time.Date(2026, 11, 26, 3, 10, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return night.Add(-d) }

// at is a time of the month.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC)
}

// edit changes an incident.
type edit func(*incident.Incident)

// series is an incident of one series of prod:db, late since ten minutes.
func series(edits ...edit) incident.Incident {
	i := incident.Incident{
		Subject: incident.Subject{Environment: "prod", Disk: "db", Directory: "postgres", File: "nightly", Group: "postgres/acme"},
		ID:      "3w5e-1c", State: backup.Late, Severity: backup.SeverityWarning, Worst: backup.SeverityWarning,
		OpenedAt: at(26, 3, 0), ChangedAt: at(26, 3, 0), Turns: []time.Time{at(26, 3, 0)}, Labels: map[string]string{"team": "db"},
		Reasons: []backup.Reason{{Code: "LATE", Text: `expected a backup for 2026-11-26 02:00 UTC by 2026-11-26 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed; the newest good one is of 2026-11-25 02:04 UTC`}},
		Facts: incident.Facts{
			Schedule: "0 2 * * *", Timezone: "UTC", Expected: at(26, 2, 0), Deadline: at(26, 3, 0), NextDeadline: at(27, 3, 0), Missed: 1,
			LatestKey: "postgres/acme/dump-20261125.sql.gz", LatestSize: 1342177280, LatestAt: at(25, 2, 4), SeenAt: at(26, 3, 0),
		},
	}
	for _, e := range edits {
		e(&i)
	}
	return i
}

func named(directory, file, group string) edit {
	return func(i *incident.Incident) {
		i.Subject.Directory, i.Subject.File, i.Subject.Group = directory, file, group
	}
}

func on(environment, disk string) edit {
	return func(i *incident.Incident) { i.Subject.Environment, i.Subject.Disk = environment, disk }
}

// missing makes a series miss days slots.
func missing(days int) edit {
	return func(i *incident.Incident) {
		i.State, i.Severity, i.Worst = backup.Missing, backup.SeverityCritical, backup.SeverityCritical
		i.Facts.LatestAt = at(26-days, 2, 4)
		i.Facts.LatestKey = fmt.Sprintf("postgres/acme/dump-202611%02d.sql.gz", 26-days)
		i.Facts.Expected, i.Facts.Deadline = at(27-days, 2, 0), at(27-days, 3, 0)
		i.Facts.Missed, i.Facts.NextDeadline = days, time.Time{}
		i.OpenedAt, i.ChangedAt = at(27-days, 3, 0), at(26, 3, 0)
		i.Reasons = []backup.Reason{{Code: "MISSING", Text: "expected a backup for then"}}
	}
}

// never makes it a series that never had a file.
func never(i *incident.Incident) {
	missing(1)(i)
	i.Facts.LatestKey, i.Facts.LatestSize, i.Facts.LatestAt, i.Facts.SeenAt = "", 0, time.Time{}, time.Time{}
	i.Reasons[0].Text = `no file matches "dump-%Y%M%D.sql.gz" in "postgres/acme"; expected a backup for 2026-11-26 02:00 UTC by 2026-11-26 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed`
}

// flagged makes it a series that is on time and odd.
func flagged(severity backup.Severity, code, text string) edit {
	return func(i *incident.Incident) {
		i.State, i.Severity, i.Worst, i.Flags = backup.OK, severity, severity, []string{code}
		i.Reasons = []backup.Reason{{Code: code, Text: text}}
		i.Facts.LatestAt, i.Facts.LatestKey = at(26, 2, 4), "postgres/acme/dump-20261126.sql.gz"
		i.Facts.Expected, i.Facts.Deadline, i.Facts.NextDeadline, i.Facts.Missed = at(27, 2, 0), at(27, 3, 0), at(27, 3, 0), 0
	}
}

// empty makes its newest file empty.
func empty(i *incident.Incident) {
	flagged(backup.SeverityCritical, "EMPTY", "the newest file postgres/acme/dump-20261126.sql.gz of 2026-11-26 02:04 UTC is empty")(i)
	i.Facts.LatestSize = 0
}

// disk is an incident of prod:db as a whole.
func disk(state backup.State, severity backup.Severity, code, text string) incident.Incident {
	return incident.Incident{
		Subject: incident.Subject{Environment: "prod", Disk: "db"}, ID: "9x-4", State: state, Flags: []string{code},
		Severity: severity, Worst: severity, Reasons: []backup.Reason{{Code: code, Text: text}},
		OpenedAt: at(26, 3, 9), ChangedAt: at(26, 3, 9), Unseen: state == backup.Unknown, Turns: []time.Time{at(26, 3, 9)},
	}
}

// ofDisk is the incident that a status of prod:db opens.
func ofDisk(t *testing.T, edit func(*backmonv1.DiskStatus)) incident.Incident {
	t.Helper()
	d := &backmonv1.DiskStatus{
		Environment: "prod", Disk: "db", EvaluatedAt: timestamppb.New(at(26, 3, 9)), DefinitionSound: true,
		Totals: &backmonv1.DiskTotals{Bytes: 3 << 30, QuotaBytes: 2 << 30}, MassDeleteFiles: 812, MassDeleteAt: timestamppb.New(at(26, 3, 9)),
	}
	edit(d)
	i, changed := incident.Incident{}.Apply(wire.DiskObservation(d, 4))
	if !changed || !i.Open() {
		t.Fatalf("the status opens nothing: %+v", i)
	}
	return i
}

// failing is why a disk can't be judged.
func failing(kind backmonv1.ErrorKind, text string) func(*backmonv1.DiskStatus) {
	return func(d *backmonv1.DiskStatus) {
		d.ErrorKind, d.Error, d.FailingSince = kind, text, timestamppb.New(at(26, 3, 9))
	}
}

func odd(flags ...backmonv1.DiskFlag) func(*backmonv1.DiskStatus) {
	return func(d *backmonv1.DiskStatus) { d.Flags = flags }
}

// over closes an incident that lasted for a while, a minute before night.
func over(lasted time.Duration) edit {
	return func(i *incident.Incident) {
		i.ClosedAt, i.ChangedAt = ago(time.Minute), ago(time.Minute)
		i.OpenedAt = i.ClosedAt.Add(-lasted)
		i.Facts.LatestAt, i.Facts.LatestKey = i.ClosedAt.Add(-time.Minute), "postgres/acme/dump-20261126.sql.gz"
		i.Facts.Expected, i.Facts.Deadline, i.Facts.NextDeadline, i.Facts.Missed = at(27, 2, 0), at(27, 3, 0), at(27, 3, 0), 0
	}
}

// notice is one about incidents of prod:db that are all news of one kind.
func notice(kind incident.Kind, change incident.Change, incidents ...incident.Incident) incident.Notice {
	n := incident.Notice{
		ID: "5f1c-7", Receiver: "chat", Kind: kind, At: night, Group: map[string]string{"env": "prod", "disk": "db"},
		Changes: map[incident.Change]int{},
	}
	for _, i := range incidents {
		n = with(n, change, 0, i)
	}
	return n
}

// with adds an incident to a notice.
func with(n incident.Notice, change incident.Change, told backup.Severity, i incident.Incident) incident.Notice {
	n.Items = append(n.Items, incident.Item{Incident: i, Change: change, Told: told})
	n.Changes[change]++
	if change != incident.Closed {
		n.Open++
		n.Severity = max(n.Severity, i.Severity)
	}
	return n
}

func problem(incidents ...incident.Incident) incident.Notice {
	return notice(incident.Problem, incident.Opened, incidents...)
}

// writer writes as most people will have it.
func writer(t *testing.T, edits ...func(*message.Config)) *message.Writer {
	t.Helper()
	c := message.Config{PageURL: "https://backmon.example.org/"}
	for _, e := range edits {
		e(&c)
	}
	w, err := message.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
