package scan

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/pattern"
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
	for _, hit := range x.plan.Set().Matcher().Match(key).Hits {
		directory, rule := x.plan.Rule(hit.Directory, hit.File)
		x.series = append(x.series, &explained{Match: Match{Directory: directory, Rule: rule, Group: hit.Group.Name}})
	}
	if len(x.series) == 0 {
		x.nearest(key)
	}
	if err := x.list(ctx, progress); err != nil {
		return x.out, err
	}
	for _, e := range x.series {
		e.decide(key, now)
		x.out.Matches = append(x.out.Matches, e.Match)
	}
	return x.out, nil
}

// explainer collects the files of the series that a key belongs to.
type explainer struct {
	run    scanRun
	plan   *backup.Plan
	out    Explanation
	series []*explained
}

type explained struct {
	Match
	files []backup.Dated
	parts []pattern.Timestamp
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

func (x *explainer) list(ctx context.Context, progress func(int64)) error {
	matcher := x.plan.Set().Matcher()
	var seen int64
	_, err := x.run.target.Disk.List(ctx, storage.Listing{}, func(page []storage.Entry) error {
		for _, entry := range page {
			if !entry.Orphan {
				x.add(entry, matcher.Match(entry.Key).Hits)
			}
		}
		seen += int64(len(page))
		progress(seen)
		return nil
	})
	if err != nil {
		return err
	}
	return x.readStats(ctx)
}

func (x *explainer) add(entry storage.Entry, hits []pattern.Hit) {
	if entry.Key == x.out.Key {
		x.out.Exists = true
	}
	for _, hit := range hits {
		_, rule := x.plan.Rule(hit.Directory, hit.File)
		for _, e := range x.series {
			if e.Rule == rule && e.Group == hit.Group.Name {
				file := toFile(entry)
				file.Key = strings.Clone(file.Key)
				e.files = append(e.files, backup.Dated{File: file, Ambiguous: len(hits) > 1})
				e.parts = append(e.parts, hit.Parts)
			}
		}
	}
}

// readStats fetches the .stat files and then dates the files.
func (x *explainer) readStats(ctx context.Context) error {
	for _, e := range x.series {
		files := make([]*backup.File, len(e.files))
		for i := range e.files {
			files[i] = &e.files[i].File
		}
		if err := x.run.fill(ctx, files); err != nil {
			return fmt.Errorf("read .stat files: %w", err)
		}
		for i := range e.files {
			e.files[i].Time = e.Rule.Time(e.files[i].File, e.parts[i])
		}
	}
	return nil
}

func (e *explained) decide(key string, now time.Time) {
	e.Files = len(e.files)
	for _, d := range backup.Retain(e.Rule, e.files, now) {
		if d.Key == key {
			e.Decision = &d
		}
	}
}
