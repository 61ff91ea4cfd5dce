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

// Finish judges every series. environment and disk name the disk; previous holds
// the last known statuses of the disk, however old. A series that is known but
// was not found is MISSING, unless its rule or group can't exist any more: then
// it is GONE.
func (e *Evaluation) Finish(environment, disk string, previous []Status) Outcome {
	known := make(map[SeriesID]*Status, len(previous))
	for i := range previous {
		known[previous[i].Series] = &previous[i]
	}
	f := finisher{evaluation: e, base: SeriesID{Environment: environment, Disk: disk}, known: known}
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
	statuses   []Status
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
// those that are remembered, and the pattern itself where there is none.
func (f *finisher) directory(index int, d plannedDirectory) {
	groups := f.evaluation.groups[index]
	own := d.directory.Pattern.String()
	if len(groups) == 0 && !f.remembers(d.directory.Alias, own) {
		f.evaluation.group(index, own)
	}
	for _, group := range f.rememberedGroups(d.directory.Alias, own) {
		f.evaluation.group(index, group)
	}
	for group, tallies := range groups {
		for i, t := range tallies {
			id := f.series(d.directory.Alias, d.rules[i].Alias, group)
			t.finish(f.evaluation.now)
			f.statuses = append(f.statuses, f.evaluation.judge(id, t, f.take(id)))
		}
	}
}

// rememberedGroups lists the groups of a directory that once had a file and were
// not listed now. A group that never had one has nothing to miss.
func (f *finisher) rememberedGroups(alias, own string) []string {
	var groups []string
	for id, s := range f.known {
		if id.Directory == alias && id.Group != own && !s.SeenAt.IsZero() {
			groups = append(groups, id.Group)
		}
	}
	return groups
}

func (f *finisher) remembers(alias, own string) bool {
	return len(f.rememberedGroups(alias, own)) > 0
}

// broken reports the series of broken rules and directories as UNKNOWN.
func (f *finisher) broken() {
	for _, d := range f.evaluation.plan.definition.Directories {
		for _, r := range d.Rules {
			if d.Broken || r.Broken {
				f.brokenRule(d, r)
			}
		}
	}
}

func (f *finisher) brokenRule(d *Directory, r *Rule) {
	text := fmt.Sprintf("its definition has an error (line %d); see the disk's problems", max(r.Line, d.Line))
	found := false
	for id, s := range f.known {
		if id.Directory == d.Alias && id.File == r.Alias {
			f.statuses = append(f.statuses, s.unknown(text, f.evaluation.now))
			delete(f.known, id)
			found = true
		}
	}
	if !found {
		s := Status{Series: f.series(d.Alias, r.Alias, d.Text), KnownSince: f.evaluation.now, Policy: Policy{Line: r.Line}}
		f.statuses = append(f.statuses, s.unknown(text, f.evaluation.now))
	}
}

// vanished ends the series that nothing accounts for: their rule is no longer
// defined, or their group was the bare pattern or an empty folder.
func (f *finisher) vanished() {
	for _, s := range f.known {
		f.statuses = append(f.statuses, s.End(f.evaluation.now))
	}
}

// Blind returns the statuses of a disk that can't be seen: every known series is
// UNKNOWN, with the last known facts kept and why.
func Blind(previous []Status, why string, now time.Time) []Status {
	statuses := make([]Status, len(previous))
	for i := range previous {
		statuses[i] = previous[i].unknown(why, now)
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
	g.Reasons = []Reason{{Code: Gone.String(), Text: "its definition, its disk or its empty folder is no more"}}
	return g
}
