package page

import (
	"html/template"
	"strconv"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// facts gathers names and values; what is empty is left out.
type facts []fact

func (f *facts) add(name string, value template.HTML) {
	if value != "" {
		*f = append(*f, fact{Name: name, Value: value})
	}
}

func (f *facts) text(name, value string) {
	if value != "" {
		f.add(name, visible(value))
	}
}

func (f *facts) moment(name string, m moment) {
	if !m.IsZero() {
		f.add(name, m.html())
	}
}

func (f *facts) duration(name string, d time.Duration) {
	if d > 0 {
		f.text(name, backup.FormatDuration(d))
	}
}

func (f *facts) size(name string, bytes int64) {
	if bytes > 0 {
		f.text(name, backup.FormatSize(bytes))
	}
}

// html is the instant in full, with its distance.
func (m moment) html() template.HTML {
	return template.HTML(template.HTMLEscapeString(m.Absolute()) + ` <span class="dim">(<time class="t" datetime="` + m.ISO() + `">` + m.Relative() + `</time>)</span>`) //nolint:gosec // it is escaped
}

// ruleFacts tell by which settings a series is judged.
func (p *Page) ruleFacts(s *backup.Status, now time.Time) []fact {
	var f facts
	policy, zone := s.Policy, p.zone(s.Policy.Timezone)
	if policy.Schedule != "" {
		f.add("Schedule", "<code>"+code(policy.Schedule)+"</code> "+code(policy.Timezone))
		f.duration("Grace", policy.Grace)
		f.duration("Early by up to", policy.Early)
		f.moment("Open slot", moment{s.Slot.Open, now, zone})
		f.moment("Its deadline", moment{s.Slot.Deadline, now, zone})
	} else {
		f.text("Schedule", "none: no times are expected")
	}
	if s.Slot.Missed > 0 {
		f.text("Deadlines missed", strconv.Itoa(s.Slot.Missed))
	}
	f.text("Ordered by", policy.Sort)
	f.size("At least", policy.MinSize)
	f.size("At most", policy.MaxSize)
	if policy.Line > 0 {
		f.text("Defined in", "line "+strconv.Itoa(policy.Line)+" of the disk’s definitions")
	}
	f.moment("Known since", moment{s.KnownSince, now, zone})
	f.moment("Last seen", moment{s.SeenAt, now, zone})
	f.moment("Judged", moment{s.EvaluatedAt, now, zone})
	return f
}

// latestFacts tell of the newest file.
func latestFacts(s *backup.Status, zone *time.Location, now time.Time) []fact {
	l := s.Files.Latest
	if l == nil {
		return nil
	}
	var f facts
	f.add("Key", `<code class="key-name">`+name(l.Key)+`</code>`)
	f.text("Size", backup.FormatSize(l.Size)+" ("+thousands(l.Size)+" bytes)")
	f.moment("Time", moment{l.Time, now, zone})
	f.moment("Modified", moment{l.ModifiedAt, now, zone})
	f.text("Version", l.ETag)
	f.moment("Begun (.stat)", moment{l.Stat.BornAt, now, zone})
	f.moment("Finished (.stat)", moment{l.Stat.ModifiedAt, now, zone})
	f.moment("Archived (.stat)", moment{l.Stat.ArchivedAt, now, zone})
	f.duration("Took", l.Duration())
	f.text("Counts as a backup", goodText(l))
	return f
}

func goodText(l *backup.LatestFile) string {
	switch {
	case l.Future:
		return "no: its time lies ahead of now"
	case l.Good:
		return "yes"
	default:
		return "no: it is empty or too small"
	}
}
