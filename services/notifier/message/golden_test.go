package message_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/notifier/message"
)

// customers are n series that differ by their group only, missing for two days.
func customers(n int) []incident.Incident {
	var out []incident.Incident
	for k := range n {
		out = append(out, series(named("customers", "database", fmt.Sprintf("customers/c%03d", k)), missing(2)))
	}
	return out
}

// many is a notice of 500 series that lists 20.
func many() incident.Notice {
	n := problem(customers(500)...)
	n.Items = n.Items[:20]
	return n
}

func ended(i incident.Incident, lasted time.Duration) incident.Incident {
	over(lasted)(&i)
	return i
}

func flapping() incident.Incident {
	return series(func(i *incident.Incident) {
		i.Flapping, i.Turns = true, []time.Time{at(19, 3, 0), at(19, 5, 0), at(22, 3, 0), at(22, 5, 10), at(26, 3, 0)}
	})
}

func digest(open, closed []incident.Incident) incident.Notice {
	n := incident.Notice{ID: "5f1c-7", Receiver: "chat", Kind: incident.KindDigest, At: at(26, 7, 0), Open: len(open), Group: map[string]string{"digest": "all"}}
	if len(open) > 0 {
		n.Severity = open[0].Severity
	}
	n.Digest = &incident.Digest{
		From: at(25, 7, 0), To: at(26, 7, 0), Series: 412, Open: len(open), Recovered: len(closed), Bad: open, Closed: closed,
		Disks: []incident.DigestDisk{
			{Environment: "prod", Disk: "db", Series: 400, Open: len(open), Slots: 400, Met: 400 - len(open), PurgedFiles: 41, PurgedBytes: 12 << 30},
			{Environment: "prod", Disk: "files", Series: 12, Slots: 0},
		},
	}
	return n
}

// notices are what people get, by the name of the golden file.
func notices(t *testing.T) map[string]incident.Notice {
	shrunk := flagged(backup.SeverityWarning, "SHRUNK", "the newest file postgres/acme/dump-20261126.sql.gz of 2026-11-26 02:04 UTC has 12.0 MiB, -99 % against the usual 1.2 GiB")
	unreachable := ofDisk(t, failing(backmonv1.ErrorKind_ERROR_KIND_UNREACHABLE, `list bucket "db": dial tcp: lookup s3.example.org: no such host`))
	robbers := ofDisk(t, odd(backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE))
	overfull := ofDisk(t, odd(backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA))
	partly := notice(incident.Problem, incident.Closed, series(over(2*time.Hour)), series(named("mysql", "hourly", "mysql"), over(90*time.Minute)))
	partly.Open, partly.Severity = 3, backup.SeverityCritical
	mixed := with(with(with(problem(series(named("mysql", "hourly", "mysql"), missing(2))),
		incident.Changed, backup.SeverityWarning, series(missing(2))),
		incident.Continues, backup.SeverityWarning, series(named("files", "full", "files"))),
		incident.Closed, backup.SeverityWarning, series(named("etc", "weekly", "etc"), over(3*time.Hour)))
	mixed.Open = 5
	after := notice(incident.Problem, incident.Continues, series())
	gone := series(missing(2), over(48*time.Hour), func(i *incident.Incident) { i.Gone = true })
	forgotten := func(n int) []incident.Incident {
		all := customers(n)
		for k := range all {
			over(48 * time.Hour)(&all[k])
			all[k].Gone = true
		}
		return all
	}
	goneMany := notice(incident.Resolved, incident.Closed, forgotten(3)...)
	goneMany.Gone = 3
	gonePartly := notice(incident.Problem, incident.Closed, append(forgotten(2), series(over(2*time.Hour)))...)
	gonePartly.Gone, gonePartly.Open, gonePartly.Severity = 2, 4, backup.SeverityCritical
	worseMany := notice(incident.Problem, 0)
	for _, i := range customers(3) {
		worseMany = with(worseMany, incident.Changed, backup.SeverityWarning, i)
	}
	calm := func(i *incident.Incident) {
		over(10 * time.Minute)(i)
		i.Flapping, i.Turns = true, []time.Time{at(22, 3, 0), at(22, 5, 10), at(26, 2, 59), i.ClosedAt}
	}
	robbed := problem(append([]incident.Incident{robbers}, customers(12)...)...)
	return map[string]incident.Notice{
		"late":     problem(series()),
		"missing":  problem(series(missing(5))),
		"never":    problem(series(never, named("customers", "database", "customers/{{customer}}"))),
		"all-gone": problem(series(missing(1), func(i *incident.Incident) { i.Facts.LatestKey, i.Facts.SeenAt = "", at(26, 1, 0) })),
		"unusable": problem(series(missing(2), func(i *incident.Incident) {
			i.Flags = []string{"EMPTY"}
			i.Facts.LatestSize = 0
			i.Reasons = []backup.Reason{
				{Code: "MISSING", Text: `no usable backup: 2 files found for "dump-%Y%M%D.sql.gz", empty or too small; expected a backup for 2026-11-25 02:00 UTC by 2026-11-25 03:00 UTC (schedule "0 2 * * *"), 2 deadlines missed`},
				{Code: "EMPTY", Text: "the newest file postgres/acme/dump-20261124.sql.gz of 2026-11-24 02:04 UTC is empty"},
			}
		})),
		"empty":  problem(series(empty)),
		"shrunk": problem(series(shrunk, func(i *incident.Incident) { i.Facts.LatestSize = 12 << 20 })),
		"slow-future": problem(series(flagged(backup.SeverityWarning, "FUTURE", "1 file dated more than 10m ahead of now and put aside, next postgres/acme/dump-20261231.sql.gz of 2026-12-31 02:00 UTC"), func(i *incident.Incident) {
			i.Flags = append(i.Flags, "SLOW")
			i.Reasons = append(i.Reasons, backup.Reason{Code: "SLOW", Text: "making the newest file postgres/acme/dump-20261126.sql.gz took 3h 4m, expected at most 1h"})
		})),
		"unknown": problem(series(func(i *incident.Incident) {
			i.State, i.Severity = backup.Unknown, backup.SeverityUnknown
			i.Reasons = []backup.Reason{{Code: "UNKNOWN", Text: "its definition has an error (line 12), so that it can't be judged; see the disk's problems"}}
			i.Facts.NextDeadline = time.Time{}
		})),
		"three": problem(series(missing(5)), series(named("mysql", "hourly", "mysql")), series(named("files", "full", "files"), empty)),
		"two-disks": func() incident.Notice {
			n := problem(series(missing(5)), series(on("prod", "files"), named("files", "full", "files")))
			n.Group = map[string]string{"env": "prod"}
			return n
		}(),
		"many":        many(),
		"unreachable": problem(unreachable),
		"denied":      problem(ofDisk(t, failing(backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED, `list bucket "db": access denied`))),
		"robbed":      problem(robbers),
		"robbed-many": robbed,
		"definitions": problem(ofDisk(t, func(d *backmonv1.DiskStatus) {
			d.DefinitionSound = false
			d.Problems = wire.Problems([]backup.Problem{
				{Level: backup.Error, File: "backup_definitions.yaml", Line: 7, Column: 3, Message: `bad size "lots"`, Hint: "write 500MB"},
				{Level: backup.Error, File: "backup_definitions.yaml", Line: 9, Column: 11, Message: "unknown placeholder %y", Hint: "did you mean %Y?"},
			})
		})),
		"quota":         problem(overfull),
		"worse":         with(notice(incident.Problem, 0), incident.Changed, backup.SeverityWarning, series(missing(2))),
		"better":        with(notice(incident.Problem, 0), incident.Changed, backup.SeverityCritical, series()),
		"mixed":         mixed,
		"over":          notice(incident.Resolved, incident.Closed, series(missing(2), over(26*time.Hour))),
		"over-many":     notice(incident.Resolved, incident.Closed, series(over(2*time.Hour)), series(named("mysql", "hourly", "mysql"), missing(2), over(30*time.Hour))),
		"over-disk":     notice(incident.Resolved, incident.Closed, ended(unreachable, 20*time.Minute)),
		"over-robbed":   notice(incident.Resolved, incident.Closed, ended(robbers, 24*time.Hour)),
		"over-partly":   partly,
		"reminder":      notice(incident.Reminder, incident.Continues, series(missing(5))),
		"reminder-many": notice(incident.Reminder, incident.Continues, series(missing(5)), series(named("mysql", "hourly", "mysql"))),
		"flapping":      notice(incident.Problem, incident.Flaps, flapping()),
		"flapping-well": notice(incident.Problem, incident.Flaps, series(calm)),
		"flapping-many": notice(incident.Problem, incident.Flaps, flapping(), series(named("mysql", "hourly", "mysql"), calm)),
		"silenced":      after,
		"gone-many":     goneMany,
		"gone-partly":   gonePartly,
		"worse-many":    worseMany,
		"gone":          notice(incident.Resolved, incident.Closed, gone),
		"digest-well":   digest(nil, nil),
		"digest-bad": digest([]incident.Incident{series(missing(5)), flapping(), overfull},
			[]incident.Incident{series(named("mysql", "hourly", "mysql"), over(2*time.Hour)), gone}),
		"test": message.Test("chat", "t-1", night),
	}
}

// What people read at night is looked at by people: see testdata.
func TestGolden(t *testing.T) {
	w := writer(t)
	for name, n := range notices(t) {
		t.Run(name, func(t *testing.T) {
			m := w.Write(n)
			goldentest.Compare(t, name+".txt", m.Title+"\n\n"+m.Text+"\n")
			if title := message.Title(n); title != m.Title {
				t.Errorf("Title says %q", title)
			}
		})
	}
	if goldentest.Updating() {
		return
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) != len(notices(t)) {
		t.Errorf("%d golden files for %d notices: %v", len(files), len(notices(t)), err)
	}
}
