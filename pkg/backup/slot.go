package backup

import "time"

// maxMissed bounds the counting of missed deadlines.
const maxMissed = 1000

// slots judges a rule's schedule against the time of the newest good file.
//
// Each slot's deadline is its tick plus Grace. Before the open slot's tick all is
// well; then it is due until its deadline, late until the next slot's deadline,
// and missing after that.
func (r *Rule) slots(newestGood, now time.Time) (SlotFacts, State) {
	facts := SlotFacts{Previous: r.Schedule.Prev(now)}
	facts.Open = r.openAfter(newestGood)
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

// openAfter is the slot that the next file fills when newestGood is the last one:
// the first tick after it, or the second when newestGood came up to Early before
// the first and so fills that one. It fills no more than one, however long Early is.
func (r *Rule) openAfter(newestGood time.Time) time.Time {
	tick := r.Schedule.Next(newestGood)
	if tick.IsZero() || tick.After(newestGood.Add(r.Early)) {
		return tick
	}
	return r.Schedule.Next(tick)
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

// firstSlots judges a series that has no good file: it is pending until the
// deadline of the open slot. Whether it once had files is for the caller to weigh.
func (r *Rule) firstSlots(open, now time.Time) (SlotFacts, State) {
	facts := SlotFacts{Previous: r.Schedule.Prev(now), Open: open}
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

// openWithout is the open slot of a series without a good file. It stays what it
// was, as nothing has filled it; at first it is the first one after the series
// became known. Where nothing is remembered the last deadline that has passed counts.
func (r *Rule) openWithout(previous *Status, knownSince, now time.Time) time.Time {
	if previous != nil && !previous.Slot.Open.IsZero() && previous.Policy.sameTimes(r) {
		return previous.Slot.Open.In(r.Schedule.Location())
	}
	if knownSince.IsZero() {
		return r.Schedule.Prev(now.Add(-r.Grace))
	}
	return r.Schedule.Next(knownSince)
}

// sameTimes reports whether the policy expects backups at the times that r does.
func (p Policy) sameTimes(r *Rule) bool {
	return p.Schedule == r.Schedule.String() && p.Timezone == r.Location.String()
}
