package report_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/services/cmd/report"
)

// rule keeps the newest three, and all that is younger than ten days.
func rule(location *time.Location) *backup.Rule {
	return &backup.Rule{Location: location, Retention: backup.Retention{Purge: true, Count: 3, Age: 10 * backup.Day}}
}

// preview decides on one file per day, days before noon, the newest first.
func preview(s backup.Status, r *backup.Rule, blocked string, days ...int) scan.SeriesPreview {
	var files []backup.Dated
	for _, day := range days {
		at := noon.AddDate(0, 0, -day)
		files = append(files, backup.Dated{File: backup.File{Key: fmt.Sprintf("%s/dump-%s", s.Series.Group, at.Format(time.DateOnly)), Size: 3 << 20, ModifiedAt: at}, Time: at})
	}
	return decided(s, r, blocked, files...)
}

func decided(s backup.Status, r *backup.Rule, blocked string, files ...backup.Dated) scan.SeriesPreview {
	p := scan.SeriesPreview{Status: s, Rule: r, Blocked: blocked, Files: backup.Retain(r, files, noon)}
	for _, f := range p.Files {
		sum := &p.Kept
		if f.Expired {
			sum = &p.Expired
		}
		sum.Files++
		sum.Bytes += f.Size
	}
	return p
}

// mixed are four backups of one day, of which one goes.
func mixed() []backup.Dated {
	var files []backup.Dated
	for hour := range 4 {
		files = append(files, backup.Dated{File: backup.File{Key: fmt.Sprint("hour-", hour), Size: 1 << 20}, Time: noon.AddDate(0, 0, -12).Add(time.Duration(hour) * time.Hour)})
	}
	return files
}

// purge is one of everything.
func purge(at time.Time) *report.Purge {
	auckland := time.FixedZone("Pacific/Auckland", 13*3600)
	wild := "\x1b[31mdb/\u202egnp\n"
	return &report.Purge{Now: noon, At: at, Disks: []report.PurgeDisk{
		{Environment: "prod", Disk: "db", Preview: scan.Preview{Series: []scan.SeriesPreview{
			preview(series("fresh", backup.OK), rule(time.UTC), "", 0, 1, 2, 8, 11, 20),
			preview(series("late", backup.Late), rule(time.UTC), "the series is LATE: expected a backup", 2, 3, 4, 40),
			preview(series("far", backup.OK), rule(auckland), "", 0, 1, 1, 9, 9),
			decided(series("mixed", backup.OK), rule(time.UTC), "", mixed()...),
			preview(series("young", backup.OK), rule(time.UTC), "", 0),
			{Status: series("missing", backup.Missing), Blocked: "the series is MISSING"},
		}}},
		{Environment: "prod", Disk: "wild\x07", Preview: scan.Preview{Blocked: "the definitions have\x1b an error", Series: []scan.SeriesPreview{
			decided(series("", backup.OK, called("\x1b[2J", "f", wild)), rule(time.UTC), "",
				backup.Dated{File: backup.File{Key: wild + "\xff" + strings.Repeat("long/", 30), Size: 1 << 20}, Time: noon},
				backup.Dated{File: backup.File{Key: "日本/バックアップ", Size: 0}, Time: noon.AddDate(-1, 0, 0), Ambiguous: true},
				backup.Dated{File: backup.File{Key: wild, Size: 0}, Time: noon.AddDate(-1, 0, 0)}),
		}}},
		{Environment: "prod", Disk: "denied", Err: errors.New("list bucket \"denied\x1b\": access denied")},
		{Environment: "prod", Disk: "idle"},
	}}
}

func written(t *testing.T, write func(*strings.Builder) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func purgeTable(t *testing.T, colour bool) string {
	return written(t, func(b *strings.Builder) error { return report.PurgeTable(b, purge(time.Time{}), colour) })
}

func purgeCalendar(t *testing.T, colour bool) string {
	return written(t, func(b *strings.Builder) error { return report.PurgeCalendar(b, purge(noon.AddDate(0, 0, 30)), colour) })
}

func TestPurgeGolden(t *testing.T) {
	goldentest.Compare(t, "purge.txt", purgeTable(t, false))
	goldentest.Compare(t, "purge-calendar.txt", purgeCalendar(t, false))
	goldentest.Compare(t, "purge-calendar-coloured.txt", purgeCalendar(t, true))
	goldentest.Compare(t, "purge.json", written(t, func(b *strings.Builder) error { return report.PurgeJSON(b, purge(time.Time{})) }))
	goldentest.Compare(t, "purge-calendar.json", written(t, func(b *strings.Builder) error { return report.PurgeJSON(b, purge(noon.AddDate(0, 0, 30))) }))
}

// Colours change no character and no column.
func TestPurgeColoursOnly(t *testing.T) {
	for name, write := range map[string]func(*testing.T, bool) string{"table": purgeTable, "calendar": purgeCalendar} {
		coloured := write(t, true)
		for _, code := range []string{"\x1b[2m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[35m", "\x1b[1;31m", "\x1b[0m"} {
			coloured = strings.ReplaceAll(coloured, code, "")
		}
		if diff := cmp.Diff(write(t, false), trimmed(coloured)); diff != "" {
			t.Errorf("%s without its codes (-plain +coloured):\n%s", name, diff)
		}
	}
}

// trimmed drops blanks at the ends of lines: codes keep them from being dropped.
func trimmed(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.Join(lines, "\n")
}

func TestPurgeIsSafe(t *testing.T) {
	for name, text := range map[string]string{"table": purgeTable(t, false), "calendar": purgeCalendar(t, false)} {
		for _, bad := range []string{"\x1b", "\x07", "\u202e", "\xff"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: %q gets through", name, bad)
			}
		}
	}
	if text := purgeTable(t, false); !strings.Contains(text, strings.Repeat("long/", 30)) {
		t.Error("a long key is cut, but it must be exact")
	}
}

// Every month begins on its day of the week, and has all its days.
func TestPurgeCalendarMonths(t *testing.T) {
	for month := range 30 {
		at := time.Date(2024, time.Month(1+month), 10, 12, 0, 0, 0, time.UTC)
		r := rule(time.UTC)
		s := decided(series("x", backup.OK), r, "", backup.Dated{File: backup.File{Key: "k", Size: 1}, Time: at})
		p := &report.Purge{Now: noon, At: noon.AddDate(0, 0, 1), Disks: []report.PurgeDisk{{Environment: "e", Disk: "d", Preview: scan.Preview{Series: []scan.SeriesPreview{s}}}}}
		text := written(t, func(b *strings.Builder) error { return report.PurgeCalendar(b, p, false) })
		_, grid, found := strings.Cut(text, at.Format("January 2006"))
		if !found {
			t.Fatalf("%s is missing:\n%s", at.Format("January 2006"), text)
		}
		lines := strings.Split(grid, "\n")[2:]
		var days []string
		for i := range 6 {
			if len(lines) > i {
				days = append(days, strings.Fields(strings.ReplaceAll(lines[i], "+", ""))...)
			}
		}
		last := at.AddDate(0, 1, -at.Day()).Day()
		first := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
		if days[0] != "1" || !slices.Contains(days, fmt.Sprint(last)) || slices.Contains(days, fmt.Sprint(last+1)) {
			t.Errorf("%s has the days %q", at.Format("January 2006"), days)
		}
		if column := strings.Index(lines[0], "1") / 5; column != (int(first.Weekday())+6)%7 {
			t.Errorf("%s begins in column %d:\n%s", at.Format("January 2006"), column, grid)
		}
	}
}

func TestPurgeJSONIsOneDocument(t *testing.T) {
	text := written(t, func(b *strings.Builder) error { return report.PurgeJSON(b, purge(noon.AddDate(0, 0, 30))) })
	var document struct {
		Disks []struct {
			Error  string
			Series []struct {
				Files []struct{ Key string }
				Days  []struct {
					Date  string
					Files int
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	if days := document.Disks[0].Series[0].Days; len(days) != 2 || days[0].Date != "2026-01-15" || days[0].Files != 2 || days[1].Date != "2026-01-17" {
		t.Errorf("days %+v", days)
	}
	if document.Disks[2].Error == "" || len(document.Disks[1].Series[0].Files) != 3 {
		t.Errorf("disks %+v", document.Disks)
	}
}

func TestPurgeFailed(t *testing.T) {
	if got := purge(noon).Failed(); got != 1 {
		t.Errorf("%d disks failed, want 1", got)
	}
}

func TestPurgeWriteErrors(t *testing.T) {
	p := purge(noon.AddDate(0, 0, 3))
	for name, err := range map[string]error{
		"table": report.PurgeTable(broken{}, p, false), "calendar": report.PurgeCalendar(broken{}, p, false), "json": report.PurgeJSON(broken{}, p),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
