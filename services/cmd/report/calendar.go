package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/scan"
)

// PurgeCalendar writes for each series its months: on which day its backups are
// from, which of them go until p.At, and on which days. colour asks for ANSI
// colours; without them the marks beside the days say the same.
func PurgeCalendar(w io.Writer, p *Purge, colour bool) error {
	t := purgeTable{paint: painter(colour)}
	t.file = func(t *purgeTable, s *scan.SeriesPreview) {
		c := newCalendar(s, p.Now, p.At)
		t.printf("  %s\n", c.sum(s, p.At))
		c.write(t)
	}
	for i := range p.Disks {
		t.disk(&p.Disks[i])
	}
	t.printf("%s   %s   %s   %s\n", t.paint.mark(markStays, "+ its backups stay"), t.paint.mark(markGoes, "- they go"),
		t.paint.mark(markSome, "~ some go"), t.paint.bold("! a day on which files go"))
	t.note("This is what retention does to the files of today, as if no backup came any more and nothing blocked the purge. Nothing is deleted by this command.")
	_, err := io.WriteString(w, t.out.String())
	return err
}

// The marks of a day with backups.
const (
	markNone  = ' '
	markStays = '+'
	markGoes  = '-'
	markSome  = '~'
	markPurge = '!' // beside one of the others: files go on that day
)

func (p painter) bold(text string) string { return p.wrap("1", text) }

func (p painter) mark(mark rune, text string) string {
	codes := map[rune]string{markStays: "32", markGoes: "31", markSome: "33"}
	if codes[mark] == "" {
		return text
	}
	return p.wrap(codes[mark], text)
}

// date is a day of the calendar.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	year, month, day := t.Date()
	return date{year, month, day}
}

// calendar is the forecast of one series, by days in its rule's zone.
type calendar struct {
	days  []backup.PurgeDay
	marks map[date]rune // of days with backups
	purge map[date]bool // days on which files go
}

func newCalendar(s *scan.SeriesPreview, now, at time.Time) *calendar {
	c := &calendar{days: backup.Forecast(s.Rule, s.Dated(), now, at), marks: map[date]rune{}, purge: map[date]bool{}}
	goes := map[string]bool{}
	for _, day := range c.days {
		c.purge[dateOf(day.At)] = true
		for _, f := range day.Files {
			goes[f.Key] = true
		}
	}
	for _, f := range s.Files {
		c.mark(dateOf(f.Time.In(s.Rule.Location)), goes[f.Key])
	}
	return c
}

// mark notes a backup of a day.
func (c *calendar) mark(d date, goes bool) {
	mark := markStays
	if goes {
		mark = markGoes
	}
	if old, marked := c.marks[d]; marked && old != mark {
		mark = markSome
	}
	c.marks[d] = mark
}

// sum says how many files go by at, and how many are left.
func (c *calendar) sum(s *scan.SeriesPreview, at time.Time) string {
	var goes scan.Sum
	for _, day := range c.days {
		goes.Files += len(day.Files)
		goes.Bytes += daySize(day)
	}
	left := scan.Sum{Files: len(s.Files) - goes.Files, Bytes: s.Kept.Bytes + s.Expired.Bytes - goes.Bytes}
	when := backup.FormatInstant(at.In(s.Rule.Location))
	if goes.Files == 0 {
		return fmt.Sprintf("nothing goes by %s; %s", when, sumVerb(left, "stay"))
	}
	return fmt.Sprintf("%s by %s; %s", sumVerb(goes, "go"), when, sumVerb(left, "stay"))
}

func daySize(d backup.PurgeDay) int64 {
	var bytes int64
	for _, f := range d.Files {
		bytes += f.Size
	}
	return bytes
}

// monthsAbreast is how many months stand side by side: two fit into 80 cells.
const monthsAbreast = 2

// write draws the months and lists the days on which files go.
func (c *calendar) write(t *purgeTable) {
	for months := range slices.Chunk(c.months(), monthsAbreast) {
		t.printf("\n")
		blocks := make([][]string, 0, monthsAbreast)
		height := 0
		for _, m := range months {
			block := c.month(t.paint, m)
			blocks, height = append(blocks, block), max(height, len(block))
		}
		for line := range height {
			t.printf("%s\n", strings.TrimRight(abreast(blocks, line), " "))
		}
	}
	c.list(t)
}

// list tells for each day on which files go how many.
func (c *calendar) list(t *purgeTable) {
	if len(c.days) == 0 {
		return
	}
	g := newGrid(column{}, column{right: true}, column{right: true}, column{})
	for _, day := range c.days {
		verb := "go"
		if len(day.Files) == 1 {
			verb = "goes"
		}
		g.add(day.At.Format(time.DateOnly), prose.Count(len(day.Files), "file ", "files"), backup.FormatSize(daySize(day)), verb)
	}
	t.printf("\n")
	for i := range c.days {
		first, rest := g.line(i)
		t.printf("  %s%s\n", t.paint.bold(first), rest)
	}
}

// months lists the months that have a backup or a day on which files go, as
// their first days. The empty ones between are left out.
func (c *calendar) months() []date {
	found := map[date]bool{}
	for d := range c.marks {
		found[date{d.year, d.month, 1}] = true
	}
	for d := range c.purge {
		found[date{d.year, d.month, 1}] = true
	}
	months := make([]date, 0, len(found))
	for m := range found {
		months = append(months, m)
	}
	slices.SortFunc(months, func(a, b date) int { return a.start().Compare(b.start()) })
	return months
}

func (d date) start() time.Time { return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC) }

// Widths in cells of the terminal.
const (
	dayWidth   = 5
	monthWidth = 7 * dayWidth
)

// month draws a month: its name, the days of the week, and up to six weeks. Each
// line is monthWidth wide.
func (c *calendar) month(paint painter, m date) []string {
	lines := []string{
		fmt.Sprintf(" %-*s", monthWidth-1, m.start().Format("January 2006")),
		paint.dim(" Mo   Tu   We   Th   Fr   Sa   Su  "),
	}
	column := (int(m.start().Weekday()) + 6) % 7
	line := strings.Repeat(" ", column*dayWidth)
	for d := m.start(); d.Month() == m.month; d = d.AddDate(0, 0, 1) {
		line += c.cell(paint, dateOf(d))
		if column++; column == 7 {
			lines, line, column = append(lines, line), "", 0
		}
	}
	if column > 0 {
		lines = append(lines, line+strings.Repeat(" ", (7-column)*dayWidth))
	}
	return lines
}

// cell draws a day: its number, the mark of its backups, and whether files go.
func (c *calendar) cell(paint painter, d date) string {
	mark, marked := c.marks[d]
	if !marked {
		mark = markNone
	}
	text := paint.mark(mark, fmt.Sprintf("%2d%c", d.day, mark))
	switch {
	case c.purge[d]:
		return " " + text + paint.bold(string(markPurge))
	case marked:
		return " " + text + " "
	default:
		return " " + paint.dim(text) + " "
	}
}

// abreast joins one line of the blocks.
func abreast(blocks [][]string, line int) string {
	var b strings.Builder
	for _, block := range blocks {
		if line < len(block) {
			b.WriteString(block[line])
		} else {
			b.WriteString(strings.Repeat(" ", monthWidth))
		}
		b.WriteString("  ")
	}
	return b.String()
}
