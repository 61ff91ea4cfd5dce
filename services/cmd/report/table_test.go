package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/goldentest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/cmd/report"
)

func table(t *testing.T, r *report.Report, colour bool) string {
	t.Helper()
	var b strings.Builder
	if err := report.Table(&b, r, colour); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// fleet is two disks of the same name in two environments.
func fleet() *report.Report {
	return &report.Report{
		Now: noon,
		Series: []backup.Status{
			series("fresh", backup.OK, newest(time.Hour, 100), on("aws", "backups")),
			series("fresh", backup.OK, newest(2*time.Hour, 100), on("minio", "backups")),
			series("gone", backup.Missing, on("minio", "backups"), reason("no file matches")),
		},
		Disks: []*backmonv1.DiskStatus{
			disk("aws", "backups"),
			disk("minio", "backups"),
			disk("minio", "denied", func(d *backmonv1.DiskStatus) {
				d.Error, d.ErrorKind, d.Totals = "list bucket \"denied\": access denied", backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED, nil
			}),
			disk("minio", "robbed", func(d *backmonv1.DiskStatus) {
				d.Flags = []backmonv1.DiskFlag{backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE}
				d.MassDeleteAt, d.MassDeleteFiles = timestamppb.New(noon), 812
			}),
		},
	}
}

// hostile are names that an attacker or a strange program may give to files.
func hostile() *report.Report {
	return &report.Report{
		Now: noon,
		Series: []backup.Status{
			series("", backup.OK, newest(time.Hour, 100), called("\x1b[31mred", "a\nb", "\u202egnp.exe")),
			series("", backup.OK, newest(time.Hour, 100), called("bad\xff\xfeutf8", "tab\there", "日本/バックアップ")),
			series("", backup.OK, newest(time.Hour, 100), called("e\u0301te\u0301", "f", strings.Repeat("deep/", 30)+"end")),
			series("", backup.Missing, called("plain", "f", strings.Repeat("漢", 60)), reason("no file matches \"\x07bell\"")),
		},
		Disks: []*backmonv1.DiskStatus{disk("prod", "db", func(d *backmonv1.DiskStatus) {
			d.Error, d.ErrorKind = "list \"\x1b]0;title\x07\"", backmonv1.ErrorKind_ERROR_KIND_UNREACHABLE
		})},
	}
}

func TestTableGolden(t *testing.T) {
	for _, c := range []struct {
		file   string
		report *report.Report
		colour bool
	}{
		{"morning.txt", morning(), false},
		{"morning-coloured.txt", morning(), true},
		{"fleet.txt", fleet(), false},
		{"hostile.txt", hostile(), false},
		{"nothing.txt", &report.Report{Now: noon}, false},
		{"empty-disk.txt", &report.Report{Now: noon, Disks: []*backmonv1.DiskStatus{disk("prod", "db")}}, false},
	} {
		t.Run(c.file, func(t *testing.T) { goldentest.Compare(t, c.file, table(t, c.report, c.colour)) })
	}
}

// Colours change no character and no column.
func TestTableColoursOnly(t *testing.T) {
	coloured := table(t, morning(), true)
	for _, code := range []string{"\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[35m", "\x1b[1;31m"} {
		if !strings.Contains(coloured, code) {
			t.Errorf("the code %q is missing", code)
		}
		coloured = strings.ReplaceAll(coloured, code, "")
	}
	if plain := strings.ReplaceAll(coloured, "\x1b[0m", ""); plain != table(t, morning(), false) {
		t.Errorf("without its codes the coloured table is:\n%s", plain)
	}
}

// A disk is named once when it is the only one, else in each row.
func TestTableDiskColumn(t *testing.T) {
	if one := table(t, morning(), false); strings.Count(one, "prod:db") != 2 { // the sum, and the disk's trouble
		t.Errorf("the only disk is named %d times:\n%s", strings.Count(one, "prod:db"), one)
	}
	many := table(t, fleet(), false)
	if !strings.Contains(many, "DISK") || strings.Count(many, "minio:backups") != 2 || strings.Count(many, "aws:backups") != 1 {
		t.Errorf("each row names its disk:\n%s", many)
	}
}

// No control character reaches the terminal, and no line is broken.
func TestTableIsSafe(t *testing.T) {
	text := table(t, hostile(), false)
	for _, bad := range []string{"\x1b", "\x07", "\t", "\u202e", "\xff"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q gets through", bad)
		}
	}
	for line := range strings.Lines(text) {
		if len([]rune(line)) > 250 {
			t.Errorf("a line of %d characters: %s", len([]rune(line)), line)
		}
	}
}

func TestTableWorstFirst(t *testing.T) {
	text := table(t, morning(), false)
	last := 0
	for _, name := range []string{"db/missing", "db/shrunk", "db/blind", "db/broken", "db/late", "db/due", "db/pending", "db/fresh"} {
		at := strings.Index(text, name)
		if at < last {
			t.Errorf("%s stands too far up", name)
		}
		last = at
	}
}

// broken is a writer on which nothing can be written.
type broken struct{}

var errBroken = errors.New("pipe is closed")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrors(t *testing.T) {
	r := morning()
	for name, write := range map[string]func() error{
		"table":       func() error { return report.Table(broken{}, r, false) },
		"json":        func() error { return report.JSON(broken{}, r) },
		"series line": func() error { return report.SeriesLine(broken{}, r.Series[0], false) },
		"series json": func() error { return report.SeriesJSON(broken{}, r.Series[0]) },
		"disk line":   func() error { return report.DiskLine(broken{}, r.Disks[0], noon, false) },
	} {
		if err := write(); !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v, want %v", name, err, errBroken)
		}
	}
}
