package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Table writes the report for a person: a line with the sum of it, the disks that
// need a look, then the series. colour asks for ANSI colours.
func Table(w io.Writer, r *Report, colour bool) error {
	t := table{paint: painter(colour), now: r.Now}
	t.summary(r)
	for _, d := range r.Disks {
		t.disk(d)
	}
	t.series(r.sorted())
	_, err := io.WriteString(w, t.out.String())
	return err
}

type table struct {
	out   strings.Builder
	paint painter
	now   time.Time
}

func (t *table) printf(format string, args ...any) { fmt.Fprintf(&t.out, format, args...) }

func (t *table) summary(r *Report) {
	counts := map[backup.Severity]int{}
	for _, s := range r.Series {
		counts[s.Severity]++
	}
	parts := []string{fmt.Sprintf("%s on %s", plural(len(r.Series), "series", "series"), plural(len(r.Disks), "disk", "disks"))}
	for _, s := range []backup.Severity{backup.SeverityCritical, backup.SeverityUnknown, backup.SeverityWarning, backup.SeverityOK} {
		if counts[s] > 0 {
			parts = append(parts, t.paint.severity(s, fmt.Sprintf("%d %s", counts[s], s)))
		}
	}
	t.printf("%s\n", strings.Join(parts, ", "))
	if len(r.Series) == 0 && len(r.Disks) == 0 {
		t.printf("Nothing has been evaluated yet. Is `backmon run` or an evaluator at work?\n")
	}
}

// disk writes what is wrong with a disk, nothing when all is well.
func (t *table) disk(d *backmonv1.DiskStatus) {
	if diskSeverity(d) == backup.SeverityOK && d.GetAmbiguousFiles() == 0 {
		return
	}
	t.printf("\n%s %s\n", t.paint.severity(diskSeverity(d), "DISK"), Clean(d.GetEnvironment()+" / "+d.GetDisk()))
	if d.GetError() != "" {
		t.printf("  %s\n", Clean(d.GetError()))
	}
	for _, f := range d.GetFlags() {
		if f == backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA {
			t.printf("  over its quota: %s of %s\n", backup.FormatSize(d.GetTotals().GetBytes()), backup.FormatSize(d.GetTotals().GetQuotaBytes()))
		}
	}
	for _, p := range d.GetProblems() {
		t.printf("  %s\n", Clean(problemText(p)))
	}
	for _, a := range d.GetAmbiguousSamples() {
		t.printf("  warning: %s is matched by several rules: %s\n", Clean(string(a.GetKey())), Clean(strings.Join(a.GetRules(), ", ")))
	}
}

func problemText(p *backmonv1.Problem) string {
	level := backup.Error
	if p.GetLevel() == backmonv1.ProblemLevel_PROBLEM_LEVEL_WARNING {
		level = backup.Warning
	}
	return backup.Problem{Level: level, File: p.GetFile(), Line: int(p.GetLine()), Column: int(p.GetColumn()), Message: p.GetMessage(), Hint: p.GetHint()}.Error()
}

func (t *table) series(series []backup.Status) {
	if len(series) == 0 {
		return
	}
	rows := [][]string{{"STATE", "SERIES", "NEWEST", "SIZE", "FILES", "DEADLINE"}}
	for _, s := range series {
		rows = append(rows, t.row(s))
	}
	widths := columnWidths(rows)
	t.printf("\n%s\n", t.paint.dim(line(rows[0], widths)))
	for i, s := range series {
		text := line(rows[i+1], widths)
		t.printf("%s\n", strings.Replace(text, rows[i+1][0], t.paint.severity(s.Severity, rows[i+1][0]), 1))
		for _, reason := range s.Reasons {
			t.printf("%s%s\n", strings.Repeat(" ", widths[0]+2), t.paint.dim(Clean(reason.Text)))
		}
	}
}

func (t *table) row(s backup.Status) []string {
	state := s.State.String()
	for _, f := range s.Flags {
		state += " " + f.String()
	}
	newest, size := "never", ""
	if l := s.Files.Latest; l != nil {
		newest, size = t.instant(l.Time, "ago"), backup.FormatSize(l.Size)
	}
	deadline := ""
	if !s.Slot.Deadline.IsZero() {
		deadline = t.instant(s.Slot.Deadline, "ago")
	}
	return []string{state, Clean(name(s.Series)), newest, size, fmt.Sprint(s.Files.Count), deadline}
}

// name writes a series so that its parts can be told apart.
func name(id backup.SeriesID) string {
	return fmt.Sprintf("%s/%s %s %s %s", id.Environment, id.Disk, id.Directory, id.File, id.Group)
}

// instant writes a time with its distance: "2026-01-14 02:12 (1d 9h ago)".
func (t *table) instant(at time.Time, past string) string {
	distance := at.Sub(t.now).Truncate(time.Second)
	text := at.UTC().Format("2006-01-02 15:04")
	if distance < 0 {
		return fmt.Sprintf("%s (%s %s)", text, backup.FormatDuration(-distance), past)
	}
	return fmt.Sprintf("%s (in %s)", text, backup.FormatDuration(distance))
}

func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func line(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells {
		b.WriteString(cell)
		b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
	}
	return strings.TrimRight(b.String(), " ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
