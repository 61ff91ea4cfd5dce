package backup

import (
	"iter"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/pattern"
)

// Evaluation takes in one listing of a disk, file by file, in any order, and
// keeps what the judgement needs. It is not safe for concurrent use: a listing
// that comes as several ranges has one Evaluation for each, joined by Merge.
//
// The caller adds every file; those whose .stat file can change a result come
// back from Waiting and are handed in again with Resolve.
type Evaluation struct {
	plan    *Plan
	now     time.Time
	matcher *pattern.Matcher
	groups  []map[string][]*tally // by directory, then group; tallies by rule
	cached  []cachedGroup         // by directory: the group of the last key
	waiting []*Waiting
	budget  budget
	totals  Totals
}

// Totals counts what lies on a disk. ".stat" files are not counted.
type Totals struct {
	Files, Bytes     int64
	Matched          int64 // files that at least one rule matches
	Unmatched        int64
	UnmatchedSamples []string // the first 20 in byte order
	Ambiguous        int64    // files that more than one rule matches
	AmbiguousSamples []AmbiguousFile
	OrphanedStats    int64
}

// AmbiguousFile is a file that more than one rule matches.
type AmbiguousFile struct {
	Key   string
	Rules []*Rule
}

type cachedGroup struct {
	group   *pattern.Group
	name    string
	tallies []*tally
}

// Waiting is a file whose .stat file is to be read before it can be added.
type Waiting struct {
	File  File
	spots []spot
}

// owned returns f with strings of its own. A listing cuts many keys from one page;
// a kept key must not keep the page.
func owned(f File) File {
	f.Key, f.ETag, f.StatRef.ETag = strings.Clone(f.Key), strings.Clone(f.ETag), strings.Clone(f.StatRef.ETag)
	return f
}

// spot is one series that a file belongs to.
type spot struct {
	tally *tally
	parts pattern.Timestamp
}

// Evaluation starts an evaluation at the instant now.
func (p *Plan) Evaluation(now time.Time) *Evaluation {
	e := &Evaluation{
		plan:    p,
		now:     now,
		matcher: p.set.Matcher(),
		groups:  make([]map[string][]*tally, len(p.directories)),
		cached:  make([]cachedGroup, len(p.directories)),
		budget:  newBudget(),
	}
	for i := range e.groups {
		e.groups[i] = map[string][]*tally{}
	}
	return e
}

// Add takes in one file of the listing. Keys that end in "/" are directory
// markers: they make groups but are not counted.
func (e *Evaluation) Add(f File) {
	result := e.matcher.Match(f.Key)
	for _, g := range result.Groups {
		e.tallies(g)
	}
	if f.Key[max(0, len(f.Key)-1):] == "/" {
		return
	}
	e.totals.Files++
	e.totals.Bytes += f.Size
	if len(result.Hits) == 0 {
		e.totals.Unmatched++
		e.totals.UnmatchedSamples = sample(e.totals.UnmatchedSamples, f.Key)
		return
	}
	e.totals.Matched++
	if len(result.Hits) > 1 {
		e.noteAmbiguous(f.Key, result.Hits)
	}
	e.place(f, result.Hits)
}

// AddOwn counts a file of backmon's own, as the definitions file: it is part of
// the totals, and no rule is expected to match it.
func (e *Evaluation) AddOwn(f File) {
	e.totals.Files++
	e.totals.Bytes += f.Size
}

// AddOrphan takes in a ".stat" file whose file is missing: it makes its group
// exist, as any file does, and is counted apart.
func (e *Evaluation) AddOrphan(key string) {
	for _, g := range e.matcher.Match(key).Groups {
		e.tallies(g)
	}
	e.totals.OrphanedStats++
}

// place adds a file to its series, or lets it wait for its .stat file.
func (e *Evaluation) place(f File, hits []pattern.Hit) {
	wait := false
	if f.StatRef.Found {
		for _, h := range hits {
			wait = wait || e.plan.directories[h.Directory].rules[h.File].NeedsStat()
		}
	}
	if wait {
		spots := make([]spot, len(hits))
		for i, h := range hits {
			spots[i] = e.spot(h)
		}
		e.waiting = append(e.waiting, &Waiting{File: owned(f), spots: spots})
		return
	}
	for _, h := range hits {
		e.tally(e.spot(h), f, len(hits) > 1)
	}
}

func (e *Evaluation) spot(h pattern.Hit) spot {
	return spot{tally: e.tallies(h.Group)[h.File], parts: h.Parts}
}

// tally counts a file in one of its series.
func (e *Evaluation) tally(s spot, f File, ambiguous bool) {
	d := Dated{File: owned(f), Time: s.tally.rule.Time(f, s.parts), Ambiguous: ambiguous}
	before := s.tally.held()
	s.tally.add(&d, e.now)
	e.budget.held += s.tally.held() - before
	if e.budget.held > e.budget.next {
		e.budget.settle(e.all())
	}
}

// Waiting returns the files that wait for their .stat file and forgets them: the
// caller reads these and hands the files to Resolve.
func (e *Evaluation) Waiting() []*Waiting {
	w := e.waiting
	e.waiting = nil
	return w
}

// Resolve adds a file that waited, its Stat filled in where it could be read.
func (e *Evaluation) Resolve(w *Waiting) {
	for _, s := range w.spots {
		e.tally(s, w.File, len(w.spots) > 1)
	}
}

// Latest returns the files that will be reported as a series' latest and whose
// .stat file was not needed until now. Filling in their Stat before Finish makes
// their times known; it can't change the order.
func (e *Evaluation) Latest() []*Dated {
	var files []*Dated
	for t := range e.all() {
		if l := t.reported(); l != nil && l.StatRef.Found && !t.rule.NeedsStat() {
			files = append(files, l)
		}
	}
	return files
}

// reported is the file that the status shows as the latest.
func (t *tally) reported() *Dated {
	if t.latest != nil {
		return t.latest
	}
	return t.nearestFuture
}

// tallies returns the tallies of a group's rules, made at first sight.
func (e *Evaluation) tallies(g *pattern.Group) []*tally {
	cached := &e.cached[g.Directory]
	if cached.group == g && cached.name == g.Name {
		return cached.tallies
	}
	*cached = cachedGroup{group: g, name: g.Name, tallies: e.group(g.Directory, g.Name)}
	return cached.tallies
}

func (e *Evaluation) group(directory int, name string) []*tally {
	if t, ok := e.groups[directory][name]; ok {
		return t
	}
	name = strings.Clone(name)
	rules := e.plan.directories[directory].rules
	tallies := make([]*tally, len(rules))
	for i, r := range rules {
		tallies[i] = newTally(r, place{directory: directory, rule: i, group: name})
	}
	e.groups[directory][name] = tallies
	return tallies
}

// all yields every tally.
func (e *Evaluation) all() iter.Seq[*tally] {
	return func(yield func(*tally) bool) {
		for _, groups := range e.groups {
			for _, tallies := range groups {
				for _, t := range tallies {
					if !yield(t) {
						return
					}
				}
			}
		}
	}
}

// Merge joins another evaluation of the same plan and instant, which saw other
// files of the same disk. The other one must not be used afterwards.
func (e *Evaluation) Merge(o *Evaluation) {
	for _, w := range o.waiting {
		for i, s := range w.spots {
			at := s.tally.place
			w.spots[i].tally = e.group(at.directory, at.group)[at.rule]
		}
	}
	e.waiting = append(e.waiting, o.waiting...)
	for directory, groups := range o.groups {
		for name, theirs := range groups {
			for i, mine := range e.group(directory, name) {
				mine.merge(theirs[i], e.now)
			}
		}
	}
	e.budget.limit = min(e.budget.limit, o.budget.limit)
	e.budget.settle(e.all())
	e.totals.merge(o.totals)
}
