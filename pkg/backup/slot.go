package backup

import "time"

// maxMissed bounds the counting of missed deadlines.
const maxMissed = 1000

// slots judges a rule's schedule against the time of the newest good file.
//
// The open slot is the first tick after that file, where a file that comes up
// to Early before a tick already fills it. Each slot's deadline is its tick plus
// Grace. Before the open slot's tick all is well; then it is due until its
// deadline, late until the next slot's deadline, and missing after that.
func (r *Rule) slots(newestGood, now time.Time) (SlotFacts, State) {
	facts := SlotFacts{Previous: r.Schedule.Prev(now)}
	facts.Open = r.Schedule.Next(newestGood.Add(r.Early))
	if facts.Open.IsZero() {
		return facts, OK
	}
	facts.Deadline = facts.Open.Add(r.Grace)
	facts.Missed = r.missed(facts.Open, now)
	switch {
	case now.Before(facts.Open):
		facts.NextDeadline = facts.Deadline
		return facts, OK
	case now.Before(facts.Deadline):
		facts.NextDeadline = facts.Deadline
		return facts, Due
	case facts.Missed < 2:
		facts.NextDeadline = r.deadlineAfter(facts.Open)
		return facts, Late
	default:
		return facts, Missing
	}
}

// missed counts the slots from open on whose deadline has passed.
func (r *Rule) missed(open, now time.Time) int {
	n := 0
	for tick := open; n < maxMissed && !tick.IsZero() && !now.Before(tick.Add(r.Grace)); tick = r.Schedule.Next(tick) {
		n++
	}
	return n
}

// deadlineAfter is the deadline of the slot after tick, zero when there is none.
func (r *Rule) deadlineAfter(tick time.Time) time.Time {
	next := r.Schedule.Next(tick)
	if next.IsZero() {
		return time.Time{}
	}
	return next.Add(r.Grace)
}

// firstSlots judges a series that has no good file and never had one: it is
// pending until the first deadline after it became known. When it is not known
// since when it is expected, a deadline that has passed counts.
func (r *Rule) firstSlots(knownSince, now time.Time) (SlotFacts, State) {
	facts := SlotFacts{Previous: r.Schedule.Prev(now)}
	if knownSince.IsZero() {
		facts.Open = r.Schedule.Prev(now.Add(-r.Grace))
	} else {
		facts.Open = r.Schedule.Next(knownSince)
	}
	if facts.Open.IsZero() {
		return facts, Pending
	}
	facts.Deadline = facts.Open.Add(r.Grace)
	facts.Missed = r.missed(facts.Open, now)
	if now.Before(facts.Deadline) {
		facts.NextDeadline = facts.Deadline
		return facts, Pending
	}
	return facts, Missing
}
