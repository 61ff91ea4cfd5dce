package backup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Outcome is what one evaluation of a disk leads to.
type Outcome struct {
	Statuses     []Status // by directory, file and group; GONE ones are to be ended
	Totals       Totals
	NextDeadline time.Time // earliest of all series; zero when there is none
}

// Finish judges every series and ends the evaluation, which must not be used
// afterwards. environment and disk name the disk; previous holds the last known
// statuses of the disk, however old and in any order; GONE ones among them are
// taken as forgotten.
//
// A series that is known but was not found is MISSING, unless its rule or group
// can't exist any more: then it is GONE. A series that is not known is new, and
// PENDING until the first deadline from now on. When previous is nil (and not
// just empty) nothing is remembered, as in a one-shot check: then a series
// without files is MISSING if any deadline has passed, and has no KnownSince.
func (e *Evaluation) Finish(environment, disk string, previous []Status) Outcome {
	f := newFinisher(e, SeriesID{Environment: environment, Disk: disk}, previous)
	e.budget.settle(e.all())
	for i, d := range e.plan.directories {
		f.directory(i, d)
	}
	f.broken()
	f.vanished()
	slices.SortFunc(f.statuses, func(a, b Status) int { return a.Series.Compare(b.Series) })
	return Outcome{Statuses: f.statuses, Totals: e.totals, NextDeadline: nextDeadline(f.statuses)}
}

// Compare orders series by environment, disk, directory, file and group.
func (id SeriesID) Compare(o SeriesID) int {
	return cmp.Or(strings.Compare(id.Environment, o.Environment), strings.Compare(id.Disk, o.Disk),
		strings.Compare(id.Directory, o.Directory), strings.Compare(id.File, o.File), strings.Compare(id.Group, o.Group))
}

// String writes the series as a path for people.
func (id SeriesID) String() string {
	return strings.Join([]string{id.Environment, id.Disk, id.Directory, id.File, id.Group}, " / ")
}

func nextDeadline(statuses []Status) time.Time {
	var next time.Time
	for _, s := range statuses {
		if d := s.Slot.NextDeadline; !d.IsZero() && (next.IsZero() || d.Before(next)) {
			next = d
		}
	}
	return next
}

// finisher collects the statuses of one evaluation. What remains in known at the
// end was not found.
type finisher struct {
	evaluation *Evaluation
	base       SeriesID
	known      map[SeriesID]*Status
	seen       map[string][]string // by directory alias: groups that once had a file
	newSince   time.Time           // KnownSince of a series that is not known
	statuses   []Status
}

func newFinisher(e *Evaluation, base SeriesID, previous []Status) *finisher {
	f := &finisher{evaluation: e, base: base, known: make(map[SeriesID]*Status, len(previous)), seen: map[string][]string{}}
	if previous != nil {
		f.newSince = e.now
	}
	for i := range previous {
		s := &previous[i]
		if s.State == Gone {
			continue
		}
		f.known[s.Series] = s
		if !s.SeenAt.IsZero() {
			f.seen[s.Series.Directory] = append(f.seen[s.Series.Directory], s.Series.Group)
		}
	}
	return f
}

// take returns the last status of a series and marks it as found.
func (f *finisher) take(id SeriesID) *Status {
	s := f.known[id]
	delete(f.known, id)
	return s
}

func (f *finisher) series(directory, file, group string) SeriesID {
	id := f.base
	id.Directory, id.File, id.Group = directory, file, group
	return id
}

// directory judges the groups of one directory: those that the listing showed,
// those that once had a file, and the pattern itself where there is none. A group
// that never had a file has nothing to miss.
func (f *finisher) directory(index int, d plannedDirectory) {
	e := f.evaluation
	for _, group := range f.seen[d.directory.Alias] {
		if _, listed := e.groups[index][group]; !listed && e.plan.canExist(index, group) {
			e.group(index, group)
		}
	}
	if len(e.groups[index]) == 0 {
		e.group(index, d.directory.Pattern.Label())
	}
	for group, tallies := range e.groups[index] {
		for i, t := range tallies {
			id := f.series(d.directory.Alias, d.rules[i].Alias, group)
			t.finish(e.now)
			f.statuses = append(f.statuses, e.judge(id, t, f.take(id), f.newSince))
		}
	}
}

// broken reports the series of broken rules and directories as UNKNOWN.
func (f *finisher) broken() {
	for _, d := range f.evaluation.plan.definition.Directories {
		for _, r := range d.Rules {
			switch {
			case r.Broken:
				f.blind(d, r, r.Line)
			case d.Broken:
				f.blind(d, r, d.Line)
			}
		}
		if d.Broken {
			f.unknown(d.Line, func(id SeriesID) bool { return id.Directory == d.Alias })
		}
	}
}

// blind reports the series of one rule as UNKNOWN, and the rule itself when none
// of its series is known.
func (f *finisher) blind(d *Directory, r *Rule, line int) {
	if f.unknown(line, func(id SeriesID) bool { return id.Directory == d.Alias && id.File == r.Alias }) {
		return
	}
	group := d.Text
	if d.Pattern != nil {
		group = d.Pattern.Label()
	}
	s := Status{Series: f.series(d.Alias, r.Alias, group), KnownSince: f.newSince, Policy: Policy{Line: r.Line}}
	f.statuses = append(f.statuses, s.unknown(errorAt(line), f.evaluation.now))
}

// unknown reports the known series that are meant as UNKNOWN. Their rules may have
// gone with a broken directory; that is no reason to end them.
func (f *finisher) unknown(line int, meant func(SeriesID) bool) (found bool) {
	for id, s := range f.known {
		if meant(id) {
			f.statuses = append(f.statuses, s.unknown(errorAt(line), f.evaluation.now))
			delete(f.known, id)
			found = true
		}
	}
	return found
}

func errorAt(line int) string {
	return fmt.Sprintf("its definition has an error (line %d), so that it can't be judged; see the disk's problems", line)
}

// vanished ends the series that nothing accounts for: their rule is no longer
// defined, or their group was the bare pattern or an empty folder. While the
// definitions have an error a rule may only seem to be gone, as one whose alias
// is mistyped: then its series are UNKNOWN.
func (f *finisher) vanished() {
	unsound := HasErrors(f.evaluation.plan.definition.Problems)
	for id, s := range f.known {
		if unsound && !f.evaluation.plan.defines(id) {
			f.statuses = append(f.statuses, s.unknown("no sound rule of its name is defined, and the definitions have an error; see the disk's problems", f.evaluation.now))
			continue
		}
		f.statuses = append(f.statuses, s.End(f.evaluation.now))
	}
}

// Blind returns the statuses of a disk that can't be seen: every known series is
// UNKNOWN, with the last known facts kept and why. GONE ones stay forgotten.
func Blind(previous []Status, why string, now time.Time) []Status {
	statuses := make([]Status, 0, len(previous))
	for i := range previous {
		if previous[i].State != Gone {
			statuses = append(statuses, previous[i].unknown(why, now))
		}
	}
	return statuses
}

// unknown returns s as it stands while it can't be seen. Nothing of it may be purged.
func (s *Status) unknown(why string, now time.Time) Status {
	u := *s
	if s.State != Unknown {
		u.Since = now
	}
	u.State, u.Severity = Unknown, SeverityUnknown
	u.Flags, u.Reasons = nil, []Reason{{Code: Unknown.String(), Text: why}}
	u.Expired = ExpiredFacts{}
	u.Slot.NextDeadline = time.Time{}
	u.EvaluatedAt = now
	return u
}

// End returns s as the last word on a series that is no more.
func (s *Status) End(now time.Time) Status {
	g := Status{Series: s.Series, State: Gone, Since: now, EvaluatedAt: now, KnownSince: s.KnownSince, SeenAt: s.SeenAt, Policy: s.Policy}
	g.Reasons = []Reason{{Code: Gone.String(), Text: "the series has ended: its rule or disk is no longer there, or its folder never held a backup and is gone"}}
	return g
}
