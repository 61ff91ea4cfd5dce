package report_test

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/cmd/report"
)

// noon is the clock of all tests here.
var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// morning is what an operator may find: one of everything on one disk.
func morning() *report.Report {
	return &report.Report{
		Now: noon,
		Series: []backup.Status{
			series("fresh", backup.OK, newest(5*time.Hour, 3<<20), next(15*time.Hour)),
			series("late", backup.Late, newest(33*time.Hour, 1200), next(-9*time.Hour), reason("expected a backup for 2026-01-15 02:00 UTC")),
			series("due", backup.Due, newest(24*time.Hour, 1200), next(20*time.Minute), reason("the backup for 2026-01-15 11:20 UTC is due")),
			series("missing", backup.Missing, next(-81*time.Hour), reason("no file matches"), reason("4 deadlines missed")),
			series("shrunk", backup.OK, newest(10*time.Hour, 0), next(15*time.Hour), flagged(backup.SeverityCritical, backup.Empty, backup.TooFew), reason("the newest file is empty")),
			series("broken", backup.Unknown, reason("its definition has an error (line 7)")),
			series("blind", backup.Unknown, newest(240*time.Hour, 7<<30), reason("the disk can't be evaluated: access denied")),
			series("pending", backup.Pending, next(time.Hour), reason("its first backup is expected by 2026-01-15 13:00 UTC")),
		},
		Disks: []*backmonv1.DiskStatus{disk("prod", "db", func(d *backmonv1.DiskStatus) {
			d.Problems = []*backmonv1.Problem{
				{Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR, File: "backup_definitions.yaml", Line: 7, Column: 3, Message: `bad size "lots"`, Hint: "write 500MB"},
				{Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_WARNING, File: "backup_definitions.yaml", Line: 9, Column: 3, Message: `unknown key "retension"`},
			}
			d.Flags = []backmonv1.DiskFlag{backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA}
			d.AmbiguousFiles = 1
			d.AmbiguousSamples = []*backmonv1.AmbiguousFile{{Key: []byte("a/b.gz"), Rules: []string{"db / full", "db / any"}}}
		})},
	}
}

type setting func(*backup.Status)

// series is one of the directory "db"; its name is its group.
func series(name string, state backup.State, settings ...setting) backup.Status {
	s := backup.Status{
		Series:   backup.SeriesID{Environment: "prod", Disk: "db", Directory: "db", File: "full", Group: "db/" + name},
		State:    state,
		Severity: severityOf(state),
		Since:    noon.Add(-time.Hour), KnownSince: noon.Add(-9 * backup.Day), EvaluatedAt: noon,
		Policy: backup.Policy{Schedule: "0 2 * * *", Timezone: "UTC", Labels: map[string]string{"team": "blue"}},
	}
	for _, set := range settings {
		set(&s)
	}
	return s
}

func severityOf(s backup.State) backup.Severity {
	return map[backup.State]backup.Severity{
		backup.Late: backup.SeverityWarning, backup.Missing: backup.SeverityCritical, backup.Unknown: backup.SeverityUnknown,
	}[s]
}

func newest(age time.Duration, size int64) setting {
	return func(s *backup.Status) {
		at := noon.Add(-age)
		s.SeenAt = noon
		s.Files = backup.FileFacts{Count: 4, Bytes: 4 * size, Latest: &backup.LatestFile{
			File: backup.File{Key: s.Series.Group + "/x.gz", Size: size, ModifiedAt: at}, Time: at, Good: size > 0,
		}}
	}
}

func next(in time.Duration) setting {
	return func(s *backup.Status) {
		s.Slot = backup.SlotFacts{Open: noon.Add(in - time.Hour), Deadline: noon.Add(in)}
	}
}

func reason(text string) setting {
	return func(s *backup.Status) {
		s.Reasons = append(s.Reasons, backup.Reason{Code: s.State.String(), Text: text})
	}
}

func flagged(severity backup.Severity, flags ...backup.Flag) setting {
	return func(s *backup.Status) { s.Severity, s.Flags = severity, flags }
}

func on(environment, disk string) setting {
	return func(s *backup.Status) { s.Series.Environment, s.Series.Disk = environment, disk }
}

func called(directory, file, group string) setting {
	return func(s *backup.Status) { s.Series.Directory, s.Series.File, s.Series.Group = directory, file, group }
}

func disk(environment, name string, settings ...func(*backmonv1.DiskStatus)) *backmonv1.DiskStatus {
	d := &backmonv1.DiskStatus{
		Environment: environment, Disk: name, EvaluatedAt: timestamppb.New(noon), DefinitionSound: true,
		Totals: &backmonv1.DiskTotals{
			Files: 40, Bytes: 3 << 30, QuotaBytes: 2 << 30, UnmatchedFiles: 4,
			UnmatchedSamples: [][]byte{[]byte("README"), []byte("tmp/a\n"), []byte("tmp/b"), []byte("tmp/c")},
		},
		Cost: &backmonv1.ListingCost{Requests: 3, Objects: 44, Elapsed: durationpb.New(1500 * time.Millisecond)},
	}
	for _, set := range settings {
		set(d)
	}
	return d
}
