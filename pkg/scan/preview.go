package scan

import (
	"context"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// Preview is what retention would let go of on one disk, laid open: every file of
// every series that is purged, with its verdict and reasons.
type Preview struct {
	// Blocked says why nothing of the whole disk may be purged now; empty when
	// nothing forbids it.
	Blocked string
	// Series are those whose rule says purge: true, by name. One that has no file
	// is among them.
	Series []SeriesPreview
	// Problems of the definitions: a broken rule matches nothing.
	Problems []backup.Problem
}

// SeriesPreview is what retention does with the files of one series.
type SeriesPreview struct {
	Status backup.Status // by an evaluation in the same pass; nothing is remembered
	Rule   *backup.Rule  // nil when there are no files
	// Files are all files of the series, newest first.
	Files         []backup.Decision
	Kept, Expired Sum
	// Blocked says why nothing of the series may be purged as it is now.
	Blocked string
}

// Sum counts files.
type Sum struct {
	Files int
	Bytes int64
}

func (s *Sum) add(f backup.Decision) {
	s.Files++
	s.Bytes += f.Size
}

// Dated returns the files without their verdicts, newest first: what a forecast needs.
func (s *SeriesPreview) Dated() []backup.Dated {
	files := make([]backup.Dated, len(s.Files))
	for i := range s.Files {
		files[i] = s.Files[i].Dated
	}
	return files
}

// Preview lists the target once and tells for every series that is purged what
// retention keeps and lets go at the instant now, and why. It deletes nothing and
// needs no right to. Unlike Scan it holds every file of these series in memory,
// about 1 KiB each; files of other rules are only counted.
//
// It can't know what only the services do: holds, files that vanished since the
// last evaluation, and how much a run may delete at most. progress may be nil.
func (s *Scanner) Preview(ctx context.Context, target Target, now time.Time, progress func(objects int64)) (Preview, error) {
	run := scanRun{Scanner: s, target: target, progress: progress}
	if failure := run.readDefinition(ctx); failure != nil {
		return Preview{}, failure
	}
	plan := backup.NewPlan(run.result.Definition)
	collected := newCollector(plan, func(rule *backup.Rule, _ string) bool { return rule.Retention.Purge })
	run.collect = collected.add
	if failure := run.list(ctx, now); failure != nil {
		return Preview{}, failure
	}
	if err := collected.date(ctx, &run); err != nil {
		return Preview{}, &Failure{Kind: listFailure(err), Err: err}
	}
	run.judge(now, nil)
	return newPreview(run.result, collected, now), nil
}

// newPreview joins the statuses with the files.
func newPreview(result Result, collector *collector, now time.Time) Preview {
	p := Preview{Problems: result.Definition.Problems}
	if backup.HasErrors(p.Problems) {
		p.Blocked = "the definitions have an error: until it is corrected nothing of this disk is purged"
	}
	files := map[backup.SeriesID]*collected{}
	for _, s := range collector.series {
		files[backup.SeriesID{Directory: s.directory.Alias, File: s.rule.Alias, Group: s.group}] = s
	}
	for _, status := range result.Statuses {
		if status.Policy.Purge {
			id := status.Series
			id.Environment, id.Disk = "", ""
			p.Series = append(p.Series, newSeriesPreview(status, files[id], now))
		}
	}
	return p
}

func newSeriesPreview(status backup.Status, files *collected, now time.Time) SeriesPreview {
	s := SeriesPreview{Status: status}
	if reason, blocked := status.PurgeBlock(); blocked {
		s.Blocked = reason.Text
	}
	if files == nil {
		return s
	}
	s.Rule, s.Files = files.rule, backup.Retain(files.rule, files.files, now)
	for _, f := range s.Files {
		if f.Expired {
			s.Expired.add(f)
		} else {
			s.Kept.add(f)
		}
	}
	return s
}
