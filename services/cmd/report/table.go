package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
)

// Table writes the report for a person: a line with the sum of it, the disks that
// need a look, then the series. colour asks for ANSI colours.
func Table(w io.Writer, r *Report, colour bool) error {
	t := table{paint: painter(colour), now: r.Now, disks: r.names()}
	t.summary(r)
	for _, d := range r.Disks {
		t.disk(d)
	}
	t.series(r.sorted())
	t.unmatched(r.Disks)
	_, err := io.WriteString(w, t.out.String())
	return err
}

type table struct {
	out   strings.Builder
	paint painter
	now   time.Time
	disks []string // their names: a single one is said once, several in each row
}

func (t *table) printf(format string, args ...any) { fmt.Fprintf(&t.out, format, args...) }

func (t *table) summary(r *Report) {
	if len(t.disks) == 0 {
		t.printf("No disk is watched: none has been evaluated yet, or the last one is gone. Is `backmon run` at work, and what does its log say?\n")
		return
	}
	where := prose.Count(len(t.disks), "disk", "disks")
	if len(t.disks) == 1 {
		where = prose.Clean(t.disks[0])
	}
	t.printf("%s on %s%s\n", prose.Count(len(r.Series), "series", "series"), where, t.counts(r.Series))
}

// counts tells how many series are how bad, the worst first.
func (t *table) counts(series []backup.Status) string {
	number := map[backup.Severity]int{}
	for _, s := range series {
		number[s.Severity]++
	}
	if len(number) == 0 {
		return ""
	}
	return ": " + t.severities(number)
}

// severities writes how many are how bad, the worst first.
func (t *table) severities(number map[backup.Severity]int) string {
	var parts []string
	for _, s := range []backup.Severity{backup.SeverityCritical, backup.SeverityUnknown, backup.SeverityWarning, backup.SeverityOK} {
		if number[s] > 0 {
			parts = append(parts, t.paint.severity(s, fmt.Sprintf("%d %s", number[s], s)))
		}
	}
	return strings.Join(parts, ", ")
}

func (t *table) series(series []backup.Status) {
	if len(series) == 0 {
		return
	}
	g := newGrid(columns()...)
	for _, s := range series {
		g.add(t.row(s)...)
	}
	state, rest := g.header()
	t.printf("\n%s\n", t.paint.dim(state+rest))
	indent := strings.Repeat(" ", width(state))
	for i, s := range series {
		state, rest := g.line(i)
		t.printf("%s%s\n", t.paint.severity(s.Severity, state), rest)
		for _, reason := range s.Reasons {
			t.printf("%s%s\n", indent, t.paint.dim(prose.Clean(reason.Text)))
		}
	}
}

func columns() []column {
	return []column{
		{title: "STATE"},
		{title: "DISK"},
		{title: "DIRECTORY"},
		{title: "FILE"},
		{title: "GROUP"},
		{title: "NEWEST"},
		{title: "SIZE", right: true},
		{title: "FILES", right: true},
		{title: "DEADLINE"},
	}
}

func (t *table) row(s backup.Status) []string {
	id, disk := s.Series, ""
	if len(t.disks) > 1 {
		disk = diskName(id.Environment, id.Disk)
	}
	newest, size, count := t.files(s)
	return []string{
		stateAndFlags(s), prose.Clean(disk), prose.Clean(id.Directory), prose.Clean(id.File), prose.Clean(id.Group),
		newest, size, count, t.instant(s.Slot.Deadline),
	}
}

// files tells when the newest file is from, its size, and how many there are. Of
// what can't be seen and never was, "never" would say too much.
func (t *table) files(s backup.Status) (newest, size, count string) {
	count = strconv.Itoa(s.Files.Count)
	switch l := s.Files.Latest; {
	case l != nil:
		return t.instant(l.Time), backup.FormatSize(l.Size), count
	case s.State == backup.Unknown && s.SeenAt.IsZero():
		return "", "", ""
	default:
		return "never", "", count
	}
}

func stateAndFlags(s backup.Status) string {
	text := s.State.String()
	for _, f := range s.Flags {
		text += " " + f.String()
	}
	return text
}

// instant writes a time with its distance: "2026-01-14 02:12 (1d 9h ago)".
func (t *table) instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s (%s)", at.UTC().Format("2006-01-02 15:04"), backup.FormatDistance(at, t.now))
}
