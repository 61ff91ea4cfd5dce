package page

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/history"
)

// stripSlots is how many slots a strip shows.
const stripSlots = 30

// Measures of a strip, in its own units.
const (
	slotWidth  = 8
	slotGap    = 2
	slotHeight = 20
)

// outcome is how the outcome of a slot looks: each has a shape of its own.
type outcome struct {
	of          backup.SlotOutcome
	class, text string
	// shape draws the outcome between x and x + slotWidth - slotGap.
	shape string
}

// outcomes are all outcomes, in the order of the legend.
func outcomes() []outcome {
	return []outcome{
		{backup.SlotMet, "ok", "met", "M%d 0h6v20h-6z"},
		{backup.SlotLate, "warning", "late", "M%d 9h6v11h-6zm2.2 -9h1.6v5.5h-1.6z"},
		{backup.SlotMissed, "critical", "missed", "M%d 0h6v20h-6zm1.4 1.4v17.2h3.2v-17.2z"},
		{backup.SlotUnknown, "unknown", "unknown", "M%d 8.5l3 -3 3 3 -3 3z"},
		{backup.SlotOpen, "info", "open", "M%d 15h6v5h-6z"},
	}
}

// slotMark is one slot for a template.
type slotMark struct {
	At, Deadline, File moment
	Outcome            string
	Size               string
}

// slotsView is the strip of a series in full.
type slotsView struct {
	SVG    template.HTML
	Marks  []slotMark
	Legend []legendKey
}

// legendKey explains one shape.
type legendKey struct {
	Shape template.HTML
	Text  string
	N     int
}

// Newest are the slots in the order of a table, the newest first.
func (v slotsView) Newest() []slotMark {
	reversed := make([]slotMark, 0, len(v.Marks))
	for i := range v.Marks {
		reversed = append(reversed, v.Marks[len(v.Marks)-1-i])
	}
	return reversed
}

// strip is the small picture of a series' last slots.
func (p *Page) strip(e *board.Entry, now time.Time) template.HTML {
	s := &e.Status
	if unjudged(s) {
		return ""
	}
	if s.Policy.Schedule == "" {
		return `<span class="dim">no schedule</span>`
	}
	slots := p.slots(history.Past{}, e, now)
	if len(slots) == 0 {
		return ""
	}
	return drawStrip(slots, "strip", nil)
}

// slots judges the last slots of a series; none where that can't be.
func (p *Page) slots(past history.Past, e *board.Entry, now time.Time) []backup.Slot {
	disk, _ := p.board.Disk(board.DiskID{Environment: e.Status.Series.Environment, Disk: e.Status.Series.Disk})
	slots, err := history.Slots(past, e, disk, now, stripSlots)
	if err != nil {
		p.log.Debug("slots can't be judged", zap.Stringer("series", e.Status.Series), zap.Error(err))
	}
	return slots
}

// drawStrip draws slots: one path for each outcome, or, where titles are given,
// one for each slot, which a pointer can ask.
func drawStrip(slots []backup.Slot, class string, title func(backup.Slot) string) template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="%s" role="img" aria-label="%s" viewBox="0 0 %d %d" preserveAspectRatio="xMinYMid meet">`,
		class, template.HTMLEscapeString(stripText(slots)), len(slots)*slotWidth-slotGap, slotHeight)
	for _, o := range outcomes() {
		path := ""
		for i, slot := range slots {
			if slot.Outcome != o.of {
				continue
			}
			shape := fmt.Sprintf(o.shape, i*slotWidth)
			if title != nil {
				fmt.Fprintf(&b, `<path class="f-%s" d="%s"><title>%s</title></path>`, o.class, shape, template.HTMLEscapeString(title(slot)))
				continue
			}
			path += shape
		}
		if path != "" {
			fmt.Fprintf(&b, `<path class="f-%s" d="%s"/>`, o.class, path)
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // text is escaped, all else is ours
}

// stripText counts slots by outcome: "last 30 slots: 28 met, 1 late, 1 missed".
func stripText(slots []backup.Slot) string {
	var parts []string
	for _, o := range outcomes() {
		if n := countOutcome(slots, o.of); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o.text))
		}
	}
	return fmt.Sprintf("last %s: %s", count(len(slots), "slot", "slots"), strings.Join(parts, ", "))
}

func countOutcome(slots []backup.Slot, of backup.SlotOutcome) int {
	n := 0
	for _, s := range slots {
		if s.Outcome == of {
			n++
		}
	}
	return n
}

// newSlots shows the slots of a series.
func newSlots(slots []backup.Slot, zone *time.Location, now time.Time) slotsView {
	if len(slots) == 0 {
		return slotsView{}
	}
	v := slotsView{SVG: drawStrip(slots, "strip", func(s backup.Slot) string {
		text := withDay(s.At, zone) + ": " + s.Outcome.String()
		if !s.File.Time.IsZero() {
			text += ", " + backup.FormatSize(s.File.Size)
		}
		return text
	})}
	for _, s := range slots {
		m := slotMark{At: moment{s.At, now, zone}, Deadline: moment{s.Deadline, now, zone}, File: moment{s.File.Time, now, zone}, Outcome: s.Outcome.String()}
		if !s.File.Time.IsZero() {
			m.Size = backup.FormatSize(s.File.Size)
		}
		v.Marks = append(v.Marks, m)
	}
	for _, o := range outcomes() {
		if n := countOutcome(slots, o.of); n > 0 {
			shape := fmt.Sprintf(`<path class="f-%s" d="%s"/>`, o.class, fmt.Sprintf(o.shape, 0))
			v.Legend = append(v.Legend, legendKey{template.HTML(shape), o.text, n}) //nolint:gosec // it is ours
		}
	}
	return v
}
