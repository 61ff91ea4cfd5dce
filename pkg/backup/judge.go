package backup

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/prose"
)

// judge turns what was found of a series into its status. previous is the last
// status, nil when the series is new; knownSince is when a new series became
// known, zero when nothing at all is remembered.
func (e *Evaluation) judge(id SeriesID, t *tally, previous *Status, knownSince time.Time) Status {
	s := Status{Series: id, EvaluatedAt: e.now, Policy: t.rule.policy(), Files: t.facts(), Expired: t.expiredFacts(), KnownSince: knownSince}
	if previous != nil {
		s.KnownSince, s.SeenAt = previous.KnownSince, previous.SeenAt
	}
	if t.seen() > 0 {
		s.SeenAt = e.now
	}
	var text string
	s.State, s.Slot, text = t.freshness(&s, previous, e.now)
	s.explain(text, t.flags())
	s.Since = t.since(&s, previous, e.now)
	return s
}

// seen is how many files count as being there: all but those of the future.
func (t *tally) seen() int { return t.count - t.future }

// freshness decides the state, with the sentence for it unless all is well. Of s
// it needs what is remembered: KnownSince and SeenAt.
func (t *tally) freshness(s, previous *Status, now time.Time) (State, SlotFacts, string) {
	r := t.rule
	if t.goodCount == 0 {
		return t.nothingGood(s, previous, now)
	}
	if r.Schedule == nil {
		return OK, SlotFacts{}, ""
	}
	slots, state := r.slots(t.latestGood, now)
	switch state {
	case Late, Missing:
		return state, slots, fmt.Sprintf("expected a backup for %s by %s (schedule %q)%s; the newest good one is of %s",
			r.when(slots.Open), r.when(slots.Deadline), r.Schedule, missedText(slots.Missed), r.when(t.latestGood))
	case Due:
		return state, slots, fmt.Sprintf("the backup for %s is due and has until %s (schedule %q); the newest good one is of %s",
			r.when(slots.Open), r.when(slots.Deadline), r.Schedule, r.when(t.latestGood))
	default:
		return state, slots, ""
	}
}

// missedText says how many deadlines have passed, as part of a sentence.
func missedText(missed int) string {
	switch {
	case missed == 1:
		return ", 1 deadline missed"
	case missed >= maxMissed:
		return fmt.Sprintf(", %d deadlines missed or more", maxMissed)
	default:
		return fmt.Sprintf(", %d deadlines missed", missed)
	}
}

// nothingGood decides the state of a series without a good file. One that once
// had files is missing at once; one that never had waits for its first deadline.
func (t *tally) nothingGood(s, previous *Status, now time.Time) (State, SlotFacts, string) {
	r, slots, state := t.rule, SlotFacts{}, Missing
	if r.Schedule != nil {
		slots, state = r.firstSlots(r.openWithout(previous, s.KnownSince, now), now)
	}
	if !s.SeenAt.IsZero() {
		state, slots.NextDeadline = Missing, time.Time{}
	}
	expected := ""
	switch {
	case r.Schedule == nil:
	case slots.Open.IsZero():
		expected = fmt.Sprintf("; the schedule %q expects none at this time", r.Schedule)
	case state == Pending:
		expected = fmt.Sprintf(" yet; expected the first backup for %s by %s (schedule %q)", r.when(slots.Open), r.when(slots.Deadline), r.Schedule)
	case slots.Missed == 0:
		expected = fmt.Sprintf("; the next one is expected for %s by %s (schedule %q)", r.when(slots.Open), r.when(slots.Deadline), r.Schedule)
	default:
		expected = fmt.Sprintf("; expected a backup for %s by %s (schedule %q)%s", r.when(slots.Open), r.when(slots.Deadline), r.Schedule, missedText(slots.Missed))
	}
	return state, slots, t.whatIsSeen(s) + expected
}

// whatIsSeen says what there is of a series without a good file.
func (t *tally) whatIsSeen(s *Status) string {
	pattern := strconv.Quote(t.rule.Text)
	switch {
	case t.seen() > 0:
		return fmt.Sprintf("no usable backup: %s found for %s, empty or too small", prose.Count(t.seen(), "file", "files"), pattern)
	case t.future > 0:
		return fmt.Sprintf("no usable backup: %s found for %s, dated ahead of now", prose.Count(t.future, "file", "files"), pattern)
	case !s.SeenAt.IsZero():
		return fmt.Sprintf("all files are gone: none matches %s in %q, the last were seen %s", pattern, s.Series.Group, t.rule.when(s.SeenAt))
	default:
		return fmt.Sprintf("no file matches %s in %q", pattern, s.Series.Group)
	}
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
func (t *tally) since(s, previous *Status, now time.Time) time.Time {
	neverSeen := t.goodCount == 0 && s.SeenAt.IsZero()
	switch {
	case t.rule.Schedule == nil:
	case t.goodCount > 0 && s.State == Due:
		return s.Slot.Open
	case t.goodCount > 0 && s.State == Late, neverSeen && s.State == Missing:
		return s.Slot.Deadline
	case t.goodCount > 0 && s.State == Missing:
		return t.rule.deadlineAfter(s.Slot.Open)
	}
	if previous != nil && previous.State == s.State {
		return previous.Since
	}
	return now
}

// facts counts a series' files for its status.
func (t *tally) facts() FileFacts {
	f := FileFacts{Count: t.count, Young: t.young, Bytes: t.bytes, Future: t.future, Recent: t.newestFirst(recentLimit)}
	if l := t.reported(); l != nil {
		future := t.latest == nil
		f.Latest = &LatestFile{File: l.File, Time: l.Time, Future: future, Good: !future && t.rule.Good(l.Size)}
	}
	return f
}

// policy repeats the rule's settings for readers of the status.
func (r *Rule) policy() Policy {
	p := Policy{
		Grace: r.Grace, Early: r.Early, Sort: r.Sort.String(), Purge: r.Retention.Purge,
		RetentionCount: r.Retention.Count, RetentionAge: r.Retention.Age, Keep: r.Retention.Keep,
		Labels: r.Labels, Line: r.Line, Timezone: r.Location.String(), MinSize: r.MinSize, MaxSize: r.MaxSize,
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
