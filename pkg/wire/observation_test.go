package wire_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

var nightly = time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC)

// soundDisk is a disk that nothing is wrong with.
func soundDisk() *backmonv1.DiskStatus {
	return &backmonv1.DiskStatus{
		Environment: "prod", Disk: "db", EvaluatedAt: timestamppb.New(nightly), DefinitionSound: true,
		Totals: &backmonv1.DiskTotals{Bytes: 3 << 30, QuotaBytes: 2 << 30},
	}
}

func failing(kind backmonv1.ErrorKind, text string) func(*backmonv1.DiskStatus) {
	return func(d *backmonv1.DiskStatus) {
		d.ErrorKind, d.Error, d.DefinitionSound = kind, text, false
		d.FailingSince = timestamppb.New(nightly.Add(-time.Hour))
	}
}

func withProblems(n int, level backmonv1.ProblemLevel) func(*backmonv1.DiskStatus) {
	return func(d *backmonv1.DiskStatus) {
		d.DefinitionSound = level != backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR
		for i := range n {
			d.Problems = append(d.Problems, &backmonv1.Problem{
				Level: level, File: "backup_definitions.yaml", Line: int32(i + 1), Column: 9, Message: "unknown placeholder", Hint: "did you mean %Y?",
			})
		}
	}
}

func flagged(flags ...backmonv1.DiskFlag) func(*backmonv1.DiskStatus) {
	return func(d *backmonv1.DiskStatus) {
		d.Flags = append(d.Flags, flags...)
		d.MassDeleteAt, d.MassDeleteFiles = timestamppb.New(nightly), 812
	}
}

const (
	quotaFlag = backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA
	massFlag  = backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE

	quotaText = "OVER_QUOTA: over its quota: 3.0 GiB of 2.0 GiB; keep fewer backups, or raise the quota in its definitions"
	massText  = "MASS_DELETE: 812 files vanished at once by 2026-11-26 02:00 UTC without a purge; " +
		"find out what deletes backups there before it takes more; the purger deletes nothing of the disk meanwhile"
)

func problemText(line int) string {
	return fmt.Sprintf("BAD_DEFINITIONS: backup_definitions.yaml:%d:9: unknown placeholder; did you mean %%Y?", line)
}

func TestDiskObservation(t *testing.T) {
	type changes []func(*backmonv1.DiskStatus)
	const failed, warned = backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR, backmonv1.ProblemLevel_PROBLEM_LEVEL_WARNING
	cases := []struct {
		name    string
		changes changes
		want    string // state, severity, flags
		reasons []string
	}{
		{"sound", nil, "OK ok", nil},
		{"warnings in the definitions", changes{withProblems(2, warned)}, "OK ok", nil},
		{"over quota", changes{flagged(quotaFlag)}, "OK warning OVER_QUOTA", []string{quotaText}},
		{"a flag of a newer version", changes{flagged(77)}, "OK warning 77", []string{"77: flagged 77"}},
		{"mass deletion", changes{flagged(massFlag)}, "OK critical MASS_DELETE", []string{massText}},
		{
			"all flags, the worst reason first",
			changes{flagged(quotaFlag, massFlag), withProblems(1, failed)},
			"OK critical BAD_DEFINITIONS,MASS_DELETE,OVER_QUOTA",
			[]string{massText, quotaText, problemText(1)},
		},
		{
			"five errors",
			changes{withProblems(5, failed), withProblems(3, warned), func(d *backmonv1.DiskStatus) { d.DefinitionSound = false }},
			"OK warning BAD_DEFINITIONS",
			[]string{problemText(1), problemText(2), problemText(3), problemText(4), problemText(5)},
		},
		{"six errors", changes{withProblems(6, failed)}, "OK warning BAD_DEFINITIONS", []string{
			problemText(1), problemText(2), problemText(3), problemText(4), problemText(5),
			"BAD_DEFINITIONS: and 1 more error in the definitions; backmon validate shows all",
		}},
		{
			"not sound, and it doesn't say why",
			changes{func(d *backmonv1.DiskStatus) { d.DefinitionSound = false }},
			"OK warning BAD_DEFINITIONS",
			[]string{"BAD_DEFINITIONS: the definitions have an error; look for it with backmon validate"},
		},
		{
			"unreachable",
			changes{failing(backmonv1.ErrorKind_ERROR_KIND_UNREACHABLE, `list bucket "db": no answer in time`)},
			"UNKNOWN unknown unseen",
			[]string{`UNREACHABLE: list bucket "db": no answer in time, since 2026-11-26 01:00 UTC; look whether the storage runs and can be reached from where backmon runs`},
		},
		{
			"denied",
			changes{failing(backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED, "access denied")},
			"UNKNOWN unknown unseen",
			[]string{"ACCESS_DENIED: access denied, since 2026-11-26 01:00 UTC; give its credentials the right to list the disk, or correct them in config.yaml"},
		},
		{
			"not there",
			changes{failing(backmonv1.ErrorKind_ERROR_KIND_NOT_FOUND, "not found")},
			"UNKNOWN unknown unseen",
			[]string{"NOT_FOUND: not found, since 2026-11-26 01:00 UTC; make the disk again, or take it out of config.yaml"},
		},
		{
			"no definitions",
			changes{failing(backmonv1.ErrorKind_ERROR_KIND_NO_DEFINITIONS, "not found")},
			"UNKNOWN unknown unseen",
			[]string{"NO_DEFINITIONS: not found, since 2026-11-26 01:00 UTC; put its definitions there, or an empty file .backmonignore when the disk is not to be watched"},
		},
		{
			"definitions that may not be read",
			changes{failing(backmonv1.ErrorKind_ERROR_KIND_DEFINITIONS_UNREADABLE, "access denied")},
			"UNKNOWN unknown unseen",
			[]string{"DEFINITIONS_UNREADABLE: access denied, since 2026-11-26 01:00 UTC; give its credentials the right to read the definitions"},
		},
		{
			"a failure of a newer version",
			changes{failing(77, "the moon is in the way")},
			"UNKNOWN unknown unseen",
			[]string{"UNKNOWN: the moon is in the way, since 2026-11-26 01:00 UTC"},
		},
		{
			"a failure without words",
			changes{func(d *backmonv1.DiskStatus) { d.ErrorKind = 1 }},
			"UNKNOWN unknown unseen",
			[]string{"UNREACHABLE: the disk can't be evaluated; look whether the storage runs and can be reached from where backmon runs"},
		},
		{"definitions that can't be read as a whole are told once", changes{
			withProblems(1, failed),
			failing(backmonv1.ErrorKind_ERROR_KIND_BAD_DEFINITIONS, "backup_definitions.yaml:1:9: unknown placeholder; did you mean %Y?"),
		}, "UNKNOWN unknown unseen BAD_DEFINITIONS", []string{
			"BAD_DEFINITIONS: backup_definitions.yaml:1:9: unknown placeholder; did you mean %Y?, since 2026-11-26 01:00 UTC; correct the definitions and try them with backmon validate",
		}},
		{
			"deleted before it went",
			changes{flagged(massFlag), failing(backmonv1.ErrorKind_ERROR_KIND_NOT_FOUND, "not found")},
			"UNKNOWN critical unseen MASS_DELETE",
			[]string{massText, "NOT_FOUND: not found, since 2026-11-26 01:00 UTC; make the disk again, or take it out of config.yaml"},
		},
		{"gone", changes{flagged(massFlag), func(d *backmonv1.DiskStatus) { d.Gone = true }}, "GONE ok gone", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := soundDisk()
			for _, change := range c.changes {
				change(d)
			}
			o := wire.DiskObservation(d, 7)
			if got := describe(o); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			var reasons []string
			for _, r := range o.Reasons {
				reasons = append(reasons, r.Code+": "+r.Text)
			}
			if diff := cmp.Diff(c.reasons, reasons); diff != "" {
				t.Error(diff)
			}
			if o.Sequence != 7 || !o.At.Equal(nightly) || o.Subject != (incident.Subject{Environment: "prod", Disk: "db"}) || !incident.OfDisk(o.Subject) {
				t.Errorf("%+v", o)
			}
		})
	}
}

func describe(o incident.Observation) string {
	words := []string{o.State.String(), o.Severity.String()}
	if o.Unseen {
		words = append(words, "unseen")
	}
	if o.Gone {
		words = append(words, "gone")
	}
	if len(o.Flags) > 0 {
		words = append(words, strings.Join(o.Flags, ","))
	}
	return strings.Join(words, " ")
}

// A disk that fails and is back is an incident with an end.
func TestDiskIncident(t *testing.T) {
	d := soundDisk()
	failing(backmonv1.ErrorKind_ERROR_KIND_UNREACHABLE, "no answer in time")(d)
	i, changed := incident.Incident{}.Apply(wire.DiskObservation(d, 1))
	if !changed || !i.Open() || !i.Unseen || i.Severity != backup.SeverityUnknown {
		t.Fatalf("changed %v, %+v", changed, i)
	}
	i = wire.ParseIncident(overTheWire(t, wire.Incident(i), new(backmonv1.Incident)))
	back := soundDisk()
	back.EvaluatedAt = timestamppb.New(nightly.Add(time.Hour))
	if i, changed = i.Apply(wire.DiskObservation(back, 2)); !changed || i.Open() || !i.ClosedAt.Equal(nightly.Add(time.Hour)) {
		t.Errorf("changed %v, %+v", changed, i)
	}
}

func TestSeriesObservation(t *testing.T) {
	for seed := range uint64(200) {
		m := wire.Status(newDice(seed).status(), nil)
		if diff := cmp.Diff(incident.Observe(wire.ParseStatus(m), seed), wire.SeriesObservation(m, seed)); diff != "" {
			t.Fatal(diff)
		}
	}
}
