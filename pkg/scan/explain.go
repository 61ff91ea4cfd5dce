package scan

import (
	"context"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/storage"
)

// Explanation says what a key is to the definitions of its disk.
type Explanation struct {
	Key string
	// Exists says that the disk holds the file.
	Exists bool
	// Matches has an entry for each rule that matches the key.
	Matches []Match
	// Nearest is set when no rule matches: the rule that gets furthest.
	Nearest *Nearest
	// Problems of the definitions: a broken rule matches nothing.
	Problems []backup.Problem
}

// Match is one rule that matches a key, and what becomes of the file by it.
type Match struct {
	Directory *backup.Directory
	Rule      *backup.Rule
	Group     string
	// Decision is what retention does with the file; nil when the disk lacks it.
	Decision *backup.Decision
	Files    int // of the series
}

// Nearest is the rule that matches the longest part of a key.
type Nearest struct {
	Directory *backup.Directory
	Rule      *backup.Rule // nil when the key stops matching in the directory's pattern
	Offset    int          // byte of the key at which it stops matching
	Expected  string       // what would have to stand there
}

// Explain lists the target and tells which rules match the key, which series and
// time they give it, and what their retention does with it. Only the files of
// these series are held in memory.
func (s *Scanner) Explain(ctx context.Context, target Target, key string, now time.Time, progress func(int64)) (Explanation, error) {
	run := scanRun{Scanner: s, target: target}
	if failure := run.readDefinition(ctx); failure != nil && run.result.Definition == nil {
		return Explanation{}, failure
	}
	x := explainer{run: run, plan: backup.NewPlan(run.result.Definition), out: Explanation{Key: key, Problems: run.result.Definition.Problems}}
	x.match(key)
	if len(x.out.Matches) == 0 {
		x.nearest(key)
	}
	files, err := x.list(ctx, progress)
	if err != nil {
		return x.out, err
	}
	for i := range x.out.Matches {
		x.out.Matches[i].decide(files, key, now)
	}
	return x.out, nil
}

// explainer looks for the series that a key belongs to.
type explainer struct {
	run  scanRun
	plan *backup.Plan
	out  Explanation
}

// match finds the rules that match the key.
func (x *explainer) match(key string) {
	for _, hit := range x.plan.Set().Matcher().Match(key).Hits {
		directory, rule := x.plan.Rule(hit.Directory, hit.File)
		x.out.Matches = append(x.out.Matches, Match{Directory: directory, Rule: rule, Group: hit.Group.Name})
	}
}

// has reports whether a series is one that the key belongs to.
func (x *explainer) has(rule *backup.Rule, group string) bool {
	return slices.ContainsFunc(x.out.Matches, func(m Match) bool { return m.Rule == rule && m.Group == group })
}

func (x *explainer) nearest(key string) {
	near, ok := x.plan.Set().Nearest(key)
	if !ok {
		return
	}
	x.out.Nearest = &Nearest{Offset: near.Offset, Expected: near.Expected}
	directory, rule := x.plan.Nearest(near.Directory, near.File)
	x.out.Nearest.Directory, x.out.Nearest.Rule = directory, rule
}

// list collects the files of these series.
func (x *explainer) list(ctx context.Context, progress func(int64)) (*collector, error) {
	files := newCollector(x.plan, x.has)
	var seen int64
	_, err := x.run.target.Disk.List(ctx, storage.Listing{}, func(page []storage.Entry) error {
		for _, entry := range page {
			x.out.Exists = x.out.Exists || !entry.Orphan && entry.Key == x.out.Key
			files.add(entry)
		}
		seen += int64(len(page))
		progress(seen)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return files, files.date(ctx, &x.run)
}

// decide finds what retention does with the key's file.
func (m *Match) decide(files *collector, key string, now time.Time) {
	series, ok := files.series[seriesKey{m.Rule, m.Group}]
	if !ok {
		return
	}
	m.Files = len(series.files)
	for _, d := range backup.Retain(m.Rule, series.files, now) {
		if d.Key == key {
			m.Decision = &d
		}
	}
}
