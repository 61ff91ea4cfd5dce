package backup

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// judge turns what was found of a series into its status. previous is the last
// status, nil when the series is new or nothing is remembered.
func (e *Evaluation) judge(id SeriesID, t *tally, previous *Status) Status {
	s := Status{Series: id, EvaluatedAt: e.now, Policy: t.rule.policy(), Files: t.facts(), Expired: t.expiredFacts(e.now)}
	s.remember(previous, e.now)
	if t.count > t.future {
		s.SeenAt = e.now
	}
	var text string
	s.State, s.Slot, text = t.freshness(s.SeenAt, expectedSince(previous), e.now)
	s.explain(text, t.flags())
	s.Since = t.since(&s, previous, e.now)
	return s
}

// remember carries over what must outlive evaluations and restarts.
func (s *Status) remember(previous *Status, now time.Time) {
	s.KnownSince = now
	if previous != nil {
		s.SeenAt = previous.SeenAt
		if !previous.KnownSince.IsZero() {
			s.KnownSince = previous.KnownSince
		}
	}
}

// expectedSince is the instant after which a first backup is expected: zero when
// nothing is remembered.
func expectedSince(previous *Status) time.Time {
	if previous == nil {
		return time.Time{}
	}
	return previous.KnownSince
}

// freshness decides the state, with the sentence for it unless all is well.
func (t *tally) freshness(seenAt, knownSince, now time.Time) (State, SlotFacts, string) {
	r := t.rule
	if t.goodCount == 0 {
		return t.nothingGood(seenAt, knownSince, now)
	}
	if r.Schedule == nil {
		return OK, SlotFacts{}, ""
	}
	slots, state := r.slots(t.latestGood, now)
	switch state {
	case Late, Missing:
		return state, slots, fmt.Sprintf("expected a backup for %s by %s (schedule %q), %s; the newest good one is of %s, %s ago",
			r.when(slots.Open), r.when(slots.Deadline), r.Schedule, missedText(slots.Missed), r.when(t.latestGood), FormatDuration(now.Sub(t.latestGood)))
	case Due:
		return state, slots, fmt.Sprintf("the backup for %s is due and has until %s", r.when(slots.Open), r.when(slots.Deadline))
	default:
		return state, slots, ""
	}
}

func missedText(missed int) string {
	switch {
	case missed == 1:
		return "1 slot missed"
	case missed >= maxMissed:
		return fmt.Sprintf("over %d slots missed", maxMissed)
	default:
		return fmt.Sprintf("%d slots missed", missed)
	}
}

func (t *tally) nothingGood(seenAt, knownSince, now time.Time) (State, SlotFacts, string) {
	r, slots, state, everSeen := t.rule, SlotFacts{}, Missing, !seenAt.IsZero()
	if r.Schedule != nil {
		slots, state = r.firstSlots(either(seenAt, knownSince), now)
	}
	seen := "no file matches"
	switch {
	case t.count > t.future:
		seen = fmt.Sprintf("%s found, none of them good", countFiles(t.count-t.future))
	case t.future > 0:
		seen = "only files of the future match"
	case everSeen:
		seen = "all its files are gone"
	}
	if everSeen {
		state, slots.NextDeadline = Missing, time.Time{}
	}
	if state == Pending {
		return state, slots, fmt.Sprintf("%s yet; the first backup is expected by %s", seen, r.when(slots.Deadline))
	}
	if r.Schedule == nil || everSeen {
		return state, slots, fmt.Sprintf("%s: %s", seen, r.Text)
	}
	return state, slots, fmt.Sprintf("%s: %s; a backup was expected by %s (schedule %q)", seen, r.Text, r.when(slots.Deadline), r.Schedule)
}

// explain sets severity, flags and reasons, the worst reason first.
func (s *Status) explain(text string, found []finding) {
	s.Severity = s.State.Severity()
	type weighed struct {
		Reason
		severity Severity
	}
	var all []weighed
	if text != "" {
		all = append(all, weighed{Reason{s.State.String(), text}, s.Severity})
	}
	for _, f := range found {
		s.Flags = append(s.Flags, f.flag)
		s.Severity = max(s.Severity, f.flag.Severity())
		all = append(all, weighed{Reason{f.flag.String(), f.text}, f.flag.Severity()})
	}
	slices.SortStableFunc(all, func(a, b weighed) int { return int(b.severity - a.severity) })
	for _, w := range all {
		s.Reasons = append(s.Reasons, w.Reason)
	}
}

// since says when the state began: at the deadline that was missed, where there
// is one, and otherwise when it was first seen.
func (t *tally) since(s *Status, previous *Status, now time.Time) time.Time {
	if t.goodCount > 0 && t.rule.Schedule != nil {
		switch s.State {
		case Due:
			return s.Slot.Open
		case Late:
			return s.Slot.Deadline
		case Missing:
			return t.rule.deadlineAfter(s.Slot.Open)
		}
	}
	if previous != nil && previous.State == s.State {
		return previous.Since
	}
	return now
}

// facts counts a series' files for its status.
func (t *tally) facts() FileFacts {
	f := FileFacts{Count: t.count, Young: t.young, Bytes: t.bytes, Future: t.future, Recent: t.recent}
	if l := t.reported(); l != nil {
		future := t.latest == nil
		f.Latest = &LatestFile{File: l.File, Time: l.Time, Future: future, Good: !future && t.rule.Good(l.Size)}
	}
	return f
}

// policy repeats the rule's settings for readers of the status.
func (r *Rule) policy() Policy {
	p := Policy{
		Grace: r.Grace, Sort: r.Sort.String(), Purge: r.Retention.Purge,
		RetentionCount: r.Retention.Count, RetentionAge: r.Retention.Age, Keep: r.Retention.Keep,
		Labels: r.Labels, Line: r.Line, Timezone: r.Location.String(),
	}
	if r.Schedule != nil {
		p.Schedule = r.Schedule.String()
	}
	return p
}

// quoteKey writes a key for a sentence: quoted where it holds anything that could
// be misread, and cut in the middle when it is very long.
func quoteKey(key string) string {
	const most = 120
	if len(key) > most {
		key = strings.ToValidUTF8(key[:most/2], "") + "…" + strings.ToValidUTF8(key[len(key)-most/2:], "")
	}
	if quoted := strconv.Quote(key); quoted != `"`+key+`"` || strings.ContainsAny(key, " ,;") {
		return quoted
	}
	return key
}
