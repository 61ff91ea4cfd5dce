package backup_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/pattern"
	"github.com/backmon/backmon/pkg/schedule"
)

// A whole evaluation by hand: what package definition builds from a file, what a
// listing shows, and what comes of it.
func Example() {
	folder, _ := pattern.ParseDirectory("db/{{tenant}}")
	dump, _ := folder.ParseFile("dump-%Y%M%D.tar.gz")
	nightly, _ := schedule.Parse("0 2 * * *", time.UTC)
	rule := &backup.Rule{
		Alias: "dump", Text: dump.String(), Pattern: dump, Schedule: nightly, Location: time.UTC,
		Grace: backup.DefaultGrace, Early: backup.DefaultEarly, MaxShrink: -1, MaxGrow: -1,
		Retention: backup.Retention{Purge: true, Count: 2, Age: 2 * backup.Day},
	}
	definition := &backup.Definition{Directories: []*backup.Directory{
		{Alias: "databases", Text: folder.String(), Pattern: folder, Rules: []*backup.Rule{rule}},
	}}

	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	evaluation := backup.NewPlan(definition).Evaluation(now)
	for _, key := range []string{
		"db/acme/dump-20260112.tar.gz", "db/acme/dump-20260113.tar.gz", "db/acme/dump-20260114.tar.gz", "db/acme/dump-20260115.tar.gz",
		"db/zeta/dump-20260113.tar.gz", "db/zeta/dump-20260114.tar.gz",
	} {
		evaluation.Add(backup.File{Key: key, Size: 5 << 20, ModifiedAt: time.Date(2026, 1, 15, 2, 10, 0, 0, time.UTC)})
	}
	for _, s := range evaluation.Finish("production", "backups", nil).Statuses {
		fmt.Println(s.State, s.Severity, s.Series)
		for _, r := range s.Reasons {
			fmt.Println("   ", r.Text)
		}
		for _, f := range s.Expired.Files {
			fmt.Println("    may go:", f.Key, f.Reason)
		}
	}
	// Output:
	// OK ok production / backups / databases / dump / db/acme
	//     may go: db/acme/dump-20260112.tar.gz of 2026-01-12 02:10 UTC, beyond the 2 newest, older than 2d
	//     may go: db/acme/dump-20260113.tar.gz of 2026-01-13 02:10 UTC, beyond the 2 newest, older than 2d
	// LATE warning production / backups / databases / dump / db/zeta
	//     expected a backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed; the newest good one is of 2026-01-14 02:10 UTC
}

// What a policy would do with a list of files, and why.
func ExampleRetain() {
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	rule := &backup.Rule{Location: time.UTC, Retention: backup.Retention{Purge: true, Keep: backup.Keep{Daily: 2, Monthly: 2}}}
	var files []backup.Dated
	for _, day := range []int{15, 14, 13, 1, -5} {
		at := time.Date(2026, 1, day, 2, 0, 0, 0, time.UTC)
		files = append(files, backup.Dated{File: backup.File{Key: at.Format("dump-0102"), Size: 1}, Time: at})
	}
	for _, d := range backup.Retain(rule, files, now) {
		fmt.Println(d.Rank, d.Key, d.Expired, strings.Join(d.Reasons, "; "))
	}
	// Output:
	// 1 dump-0115 false newest of its period, number 1 of 2 (keep-daily); newest of its period, number 1 of 2 (keep-monthly)
	// 2 dump-0114 false newest of its period, number 2 of 2 (keep-daily)
	// 3 dump-0113 true of 2026-01-13 02:00 UTC, no keep rule holds it
	// 4 dump-0101 true of 2026-01-01 02:00 UTC, no keep rule holds it
	// 5 dump-1226 false newest of its period, number 2 of 2 (keep-monthly)
}

func ExampleParseDuration() {
	for _, text := range []string{"7", "36h", "1Y2M", "1.5d"} {
		d, err := backup.ParseDuration(text)
		fmt.Println(backup.FormatDuration(d), err)
	}
	// Output:
	// 7d <nil>
	// 1d 12h <nil>
	// 425d <nil>
	// 0s bad duration "1.5d": expected parts like 1Y 2M 3w 4d 5h 6m 7s in this order, or a number of days
}

func ExampleParseSize() {
	for _, text := range []string{"500MB", "1.5GiB", "five"} {
		size, err := backup.ParseSize(text)
		fmt.Println(size, backup.FormatSize(size), err)
	}
	// Output:
	// 500000000 476.8 MiB <nil>
	// 1610612736 1.5 GiB <nil>
	// 0 0 B bad size "five": expected a number and a unit such as 500MB (10^6) or 1.5GiB (2^30)
}

func ExampleProblem_Error() {
	fmt.Println(backup.Problem{
		Level: backup.Error, File: "backup_definitions.yaml", Line: 12, Column: 9,
		Message: `unknown placeholder "%q"`, Hint: "known are %Y, %M, %D",
	})
	// Output:
	// backup_definitions.yaml:12:9: unknown placeholder "%q"; known are %Y, %M, %D
}
