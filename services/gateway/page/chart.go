package page

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// Measures of a chart, in its own units.
const (
	barWidth    = 10
	barGap      = 3
	chartHeight = 100
)

// chart shows the sizes of a series' newest files, the oldest first.
type chart struct {
	Bars int
	SVG  template.HTML
	// Top is the size at the upper edge; First and Last are the days at the ends.
	Top, First, Last string
	Text             string
	Bounds           string
}

func newChart(s *backup.Status, zone *time.Location) chart {
	files := slices.Clone(s.Files.Recent)
	if len(files) == 0 {
		return chart{}
	}
	slices.Reverse(files)
	least, most := files[0], files[0]
	for _, f := range files {
		if f.Size < least.Size {
			least = f
		}
		if f.Size > most.Size {
			most = f
		}
	}
	top := max(most.Size, s.Policy.MinSize, 1)
	day := func(t time.Time) string { return t.In(zone).Format("2 Jan 2006") }
	c := chart{Bars: len(files), Top: backup.FormatSize(top), First: day(files[0].Time), Last: day(files[len(files)-1].Time), Bounds: boundsText(s.Policy)}
	c.Text = fmt.Sprintf("The newest %s, from %s to %s: the smallest %s, the largest %s, the newest %s.", count(len(files), "file", "files"),
		c.First, c.Last, backup.FormatSize(least.Size), backup.FormatSize(most.Size), backup.FormatSize(files[len(files)-1].Size))
	c.SVG = drawBars(files, s.Policy, top, c.Text, zone)
	return c
}

func boundsText(p backup.Policy) string {
	var parts []string
	if p.MinSize > 0 {
		parts = append(parts, "at least "+backup.FormatSize(p.MinSize))
	}
	if p.MaxSize > 0 {
		parts = append(parts, "at most "+backup.FormatSize(p.MaxSize))
	}
	return strings.Join(parts, ", ")
}

func drawBars(files []backup.RecentFile, p backup.Policy, top int64, text string, zone *time.Location) template.HTML {
	var b strings.Builder
	width := len(files)*(barWidth+barGap) - barGap
	fmt.Fprintf(&b, `<svg class="bars" role="img" aria-label="%s" viewBox="0 0 %d %d" preserveAspectRatio="none">`, template.HTMLEscapeString(text), width, chartHeight)
	for i, f := range files {
		height := max(1, float64(f.Size)/float64(top)*chartHeight)
		class := "bar"
		if f.Size == 0 || f.Size < p.MinSize || p.MaxSize > 0 && f.Size > p.MaxSize {
			class = "bar out"
		}
		fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%.1f" width="%d" height="%.1f"><title>%s: %s</title></rect>`, class,
			i*(barWidth+barGap), chartHeight-height, barWidth, height, withDay(f.Time, zone), backup.FormatSize(f.Size))
	}
	for _, bound := range []int64{p.MinSize, p.MaxSize} {
		if bound > 0 && bound <= top {
			y := chartHeight - float64(bound)/float64(top)*chartHeight
			fmt.Fprintf(&b, `<path class="bound" d="M0 %.1fH%d"/>`, y, width)
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // text is escaped, all else is numbers
}
