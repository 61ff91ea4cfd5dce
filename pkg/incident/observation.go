package incident

import (
	"slices"
	"strconv"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/schedule"
)

// Observation is what the last status of a series or disk says.
type Observation struct {
	Subject Subject
	// Sequence of the status in its stream: a larger one is newer.
	Sequence uint64
	// At is when it was evaluated.
	At       time.Time
	State    backup.State
	Flags    []string
	Severity backup.Severity
	Reasons  []backup.Reason
	Labels   map[string]string
	Facts    Facts
	Unseen   bool // of a disk: it can't be seen
	Gone     bool // the subject has ended
}

const (
	// flapWindow is how many slots are looked at, and flapTurns how many openings
	// and closings within them are too many. Flapping ends when at most calmTurns
	// are left.
	flapWindow = 20
	flapTurns  = 4
	calmTurns  = 2
	// unscheduled is the window of a series without slots, and of a disk.
	unscheduled = backup.Day
	// maxTurns bounds what is remembered.
	maxTurns = 40
)

// Observe reads a series' status, which has the sequence in its stream.
func Observe(s backup.Status, sequence uint64) Observation {
	o := Observation{
		Subject: s.Series, Sequence: sequence, At: s.EvaluatedAt, State: s.State, Severity: s.Severity, Reasons: s.Reasons,
		Labels: s.Policy.Labels, Gone: s.State == backup.Gone,
		Facts: Facts{
			Schedule: s.Policy.Schedule, Timezone: s.Policy.Timezone, Expected: s.Slot.Open, Deadline: s.Slot.Deadline,
			NextDeadline: s.Slot.NextDeadline, Missed: s.Slot.Missed, SeenAt: s.SeenAt,
		},
	}
	for _, f := range s.Flags {
		o.Flags = append(o.Flags, f.String())
	}
	if l := s.Files.Latest; l != nil {
		o.Facts.LatestKey, o.Facts.LatestSize, o.Facts.LatestAt = l.Key, l.Size, l.Time
	}
	return o
}

// window is where the last 20 slots began, the one that is open among them.
func (o Observation) window() time.Time {
	fallback := o.At.Add(-unscheduled)
	if o.Facts.Schedule == "" {
		return fallback
	}
	location, err := time.LoadLocation(o.Facts.Timezone)
	if err != nil {
		return fallback
	}
	s, err := schedule.Parse(o.Facts.Schedule, location)
	if err != nil {
		return fallback
	}
	from := o.At
	for range flapWindow {
		tick := s.Prev(from)
		if tick.IsZero() {
			return fallback
		}
		from = tick.Add(-time.Second)
	}
	return from.Add(time.Second)
}

// bad reports whether the observation opens an incident.
func (o Observation) bad() bool { return !o.Gone && o.Severity >= backup.SeverityWarning }

// well reports whether it closes one. A slot that is due is not filled yet: what
// was wrong may go on.
func (o Observation) well() bool { return o.Gone || !o.bad() && o.State != backup.Due }

// Apply returns the incident after an observation, and whether it is another one
// than before. An observation that is not newer than what the incident was judged
// by changes nothing, so that any number of observers may repeat it.
//
// What was never bad leaves nothing to compare with, and neither does what a closed
// incident has seen since. Who is handed observations that may be old has to look
// for a newer one before it lets one open an incident.
func (i Incident) Apply(o Observation) (Incident, bool) {
	if o.Sequence <= i.Sequence && i.Sequence > 0 {
		return i, false
	}
	next, changed := i.next(o)
	if next.news() != i.news() {
		next.ChangedAt = o.At
	}
	return next, changed
}

func (i Incident) next(o Observation) (Incident, bool) {
	switch {
	case i.Open():
		return i.follow(o), true
	case o.bad():
		return i.open(o), true
	case i.OpenedAt.IsZero():
		return i, false
	}
	return i.rest(o)
}

// open begins a new episode. What happened before it counts for flapping only.
func (i Incident) open(o Observation) Incident {
	opened := Incident{
		Subject: o.Subject, ID: strconv.FormatUint(Key(o.Subject), 36) + "-" + strconv.FormatUint(o.Sequence, 36),
		OpenedAt: o.At, ChangedAt: i.ChangedAt, Turns: i.turned(o.State, o), Flapping: i.Flapping,
	}
	return opened.take(o)
}

// follow changes or closes an open incident.
func (i Incident) follow(o Observation) Incident {
	if o.well() {
		i.Turns = i.turned(i.State, o)
		i.ClosedAt, i.Gone = o.At, o.Gone
		i.Sequence, i.Facts = o.Sequence, o.Facts
		return i.calm(o)
	}
	if !o.bad() {
		i.Sequence = o.Sequence // due: what was said holds until it is known better
		return i.calm(o)
	}
	return i.take(o)
}

// turned returns the turns with that into, or out of, a bad state. Those of a series
// that can't be seen don't count: it is the disk, or its definitions, that come and go.
func (i Incident) turned(bad backup.State, o Observation) []time.Time {
	if bad == backup.Unknown && !OfDisk(o.Subject) {
		return i.Turns
	}
	return append(slices.Clip(i.Turns), o.At)
}

// rest looks at a closed incident again: only its flapping can end, and its subject.
func (i Incident) rest(o Observation) (Incident, bool) {
	was := i
	i.Sequence, i.Gone = o.Sequence, o.Gone
	i = i.calm(o)
	return i, i.Flapping != was.Flapping || i.Gone != was.Gone
}

// take fills in what an observation says of an open incident.
func (i Incident) take(o Observation) Incident {
	i.Sequence, i.State, i.Flags, i.Severity, i.Reasons = o.Sequence, o.State, o.Flags, o.Severity, o.Reasons
	i.Labels, i.Facts, i.Unseen = o.Labels, o.Facts, o.Unseen
	i.Worst = max(i.Worst, o.Severity)
	return i.calm(o)
}

// calm forgets turns that are long past, and tells whether the rest is too many.
func (i Incident) calm(o Observation) Incident {
	if len(i.Turns) > 0 {
		i.Turns = recent(i.Turns, o.window())
	}
	switch {
	case o.Gone:
		i.Flapping = false
	case len(i.Turns) >= flapTurns:
		i.Flapping = true
	case len(i.Turns) <= calmTurns:
		i.Flapping = false
	}
	return i
}

// recent returns the last of the turns since an instant, in a list of their own.
func recent(turns []time.Time, since time.Time) []time.Time {
	turns = slices.DeleteFunc(slices.Clone(turns), func(t time.Time) bool { return t.Before(since) })
	return turns[max(0, len(turns)-maxTurns):]
}
