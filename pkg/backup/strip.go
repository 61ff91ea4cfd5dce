package backup

import (
	"fmt"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/schedule"
)

// SlotOutcome is what became of a slot.
type SlotOutcome int

// The outcomes of a slot.
const (
	SlotMet     SlotOutcome = iota + 1 // a good file came before its deadline
	SlotLate                           // one came after it, and before the next slot's turn
	SlotMissed                         // its deadline passed, and no file is of it
	SlotUnknown                        // no file is known of it, and nobody could have seen one
	SlotOpen                           // its deadline has not passed
)

var slotOutcomeNames = [...]string{"", "met", "late", "missed", "unknown", "open"}

// String returns the outcome's name in lower case.
func (o SlotOutcome) String() string { return name(slotOutcomeNames[:], o, "slot outcome") }

// Slot is one scheduled time of a series, with what became of it.
type Slot struct {
	At       time.Time
	Deadline time.Time // At + grace
	Outcome  SlotOutcome
	// File is the first good file of the slot; zero without one.
	File RecentFile
}

// Strip tells what became of a series' last slots up to the instant now, at most
// n, the oldest first. The slot after now is among them when it is filled already.
//
// history holds what was known of the series, in any order: its last status and
// earlier ones, as far as they are remembered. A file fills the slot that the
// rule of openAfter gives it, and counts from whichever status it is known, also
// after retention has let it go. A slot without a file is missed only where a
// status that could see is of its deadline or later, and where the series was
// watched, by the schedule that it has now, when the deadline passed; or where a
// status itself counts it among the deadlines missed since the newest good file.
//
// The policy is that of the last status. Without a schedule there are no slots.
func Strip(history []Status, now time.Time, n int) ([]Slot, error) {
	if len(history) == 0 {
		return nil, nil
	}
	sorted := slices.Clone(history)
	slices.SortStableFunc(sorted, func(a, b Status) int { return a.EvaluatedAt.Compare(b.EvaluatedAt) })
	last := sorted[len(sorted)-1]
	rule, err := last.Policy.slotRule()
	if err != nil || rule == nil {
		return nil, err
	}
	s := strip{rule: rule, files: rule.firstFiles(sorted), now: now}
	s.look(sorted, last.Policy)
	return s.slots(n), nil
}

// slotRule is the part of a rule that slots need, made of what a status repeats;
// nil without a schedule.
func (p Policy) slotRule() (*Rule, error) {
	if p.Schedule == "" {
		return nil, nil
	}
	location, err := time.LoadLocation(p.Timezone)
	if err != nil {
		return nil, fmt.Errorf("slots of schedule %q: %w", p.Schedule, err)
	}
	parsed, err := schedule.Parse(p.Schedule, location)
	if err != nil {
		return nil, fmt.Errorf("slots of schedule %q: %w", p.Schedule, err)
	}
	return &Rule{Schedule: parsed, Location: location, Grace: p.Grace, Early: p.Early, MinSize: p.MinSize}, nil
}

// filled is the slot that a file of the time t fills: the one before the slot
// that would then be open.
func (r *Rule) filled(t time.Time) time.Time {
	open := r.openAfter(t)
	if open.IsZero() {
		return r.Schedule.Prev(t.Add(r.Early))
	}
	return r.Schedule.Prev(open.Add(-time.Nanosecond))
}

// firstFiles finds the first good file of each slot, by the slot in unix seconds.
func (r *Rule) firstFiles(history []Status) map[int64]RecentFile {
	slotOf := map[time.Time]int64{} // by time of a file, as histories repeat themselves
	first := map[int64]RecentFile{}
	for _, s := range history {
		for _, f := range s.Files.Recent {
			if !r.Good(f.Size) {
				continue
			}
			slot, known := slotOf[f.Time.UTC()]
			if !known {
				slot = r.filled(f.Time).Unix()
				slotOf[f.Time.UTC()] = slot
			}
			if other, taken := first[slot]; !taken || f.Time.Before(other.Time) {
				first[slot] = f
			}
		}
	}
	return first
}

// strip judges slots.
type strip struct {
	rule  *Rule
	files map[int64]RecentFile
	now   time.Time
	// watched is since when the series has been watched by this schedule.
	watched time.Time
	looks   []look
	// gaps are the times in which statuses say that no good file came.
	gaps []gap
}

// gap is from the slot that was open, and no earlier than the status counts, to when
// that was seen.
type gap struct{ open, counted, seen time.Time }

// countsSince is from when on the status counts deadlines as missed, if it does:
// after the newest file, also where that is from before the series was known, or
// since then when there never was one.
func (s Status) countsSince() (since time.Time, counts bool) {
	switch {
	case s.Slot.Missed == 0:
		return time.Time{}, false
	case s.Files.Latest != nil:
		return time.Time{}, true
	}
	return s.KnownSince, !s.KnownSince.IsZero()
}

// look is a time at which the series could be seen. What it did not show after
// the slot since was not there; where that is zero it showed all.
type look struct{ at, since time.Time }

// look notes when an absent file was known to be absent. history is in the order
// of time.
func (s *strip) look(history []Status, p Policy) {
	for _, status := range slices.Backward(history) {
		same := status.Policy.Schedule == p.Schedule && status.Policy.Timezone == p.Timezone
		if !same && status.State != Unknown { // an unknown one may not know its policy
			break
		}
		s.watched = status.EvaluatedAt
		if status.State == Unknown {
			continue
		}
		if since, counts := status.countsSince(); counts {
			s.gaps = append(s.gaps, gap{status.Slot.Open, since, status.EvaluatedAt})
		}
		l := look{at: status.EvaluatedAt}
		if recent := status.Files.Recent; len(recent) >= recentLimit { // there may be more
			l.since = s.rule.filled(recent[len(recent)-1].Time)
		}
		s.looks = append(s.looks, l)
	}
}

// absent reports whether somebody looked after the deadline and saw no file of
// the slot.
func (s *strip) absent(slot Slot) bool {
	return slices.ContainsFunc(s.looks, func(l look) bool {
		return !l.at.Before(slot.Deadline) && slot.At.After(l.since)
	})
}

// told reports whether a status counts the slot among those that were missed.
func (s *strip) told(slot Slot) bool {
	return slices.ContainsFunc(s.gaps, func(g gap) bool {
		return !slot.At.Before(g.open) && !slot.Deadline.Before(g.counted) && !slot.Deadline.After(g.seen)
	})
}

func (s *strip) slots(n int) []Slot {
	tick := s.rule.Schedule.Prev(s.now)
	if next := s.rule.Schedule.Next(s.now); s.has(next) {
		tick = next
	}
	var slots []Slot
	for ; len(slots) < n && !tick.IsZero(); tick = s.rule.Schedule.Prev(tick.Add(-time.Nanosecond)) {
		slots = append(slots, s.judge(tick))
	}
	slices.Reverse(slots)
	return slots
}

func (s *strip) has(tick time.Time) bool {
	_, has := s.files[tick.Unix()]
	return has && !tick.IsZero()
}

func (s *strip) judge(tick time.Time) Slot {
	file, filled := s.files[tick.Unix()]
	slot := Slot{At: tick, Deadline: tick.Add(s.rule.Grace), File: file}
	switch {
	case filled && file.Time.Before(slot.Deadline):
		slot.Outcome = SlotMet
	case filled:
		slot.Outcome = SlotLate
	case s.now.Before(slot.Deadline):
		slot.Outcome = SlotOpen
	case s.told(slot) || !slot.Deadline.Before(s.watched) && s.absent(slot):
		slot.Outcome = SlotMissed
	default:
		slot.Outcome = SlotUnknown
	}
	return slot
}
