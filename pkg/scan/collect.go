package scan

import (
	"context"
	"fmt"
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/pattern"
	"github.com/backmon/backmon/pkg/storage"
)

// collector gathers all files of chosen series while a listing flows by, so that
// retention can give a reason for each. What it holds is bounded by the files of
// these series, not by the disk.
type collector struct {
	plan    *backup.Plan
	matcher *pattern.Matcher
	wanted  func(rule *backup.Rule, group string) bool
	series  map[seriesKey]*collected
}

// seriesKey names a series within one definition.
type seriesKey struct {
	rule  *backup.Rule
	group string
}

// collected are the files of one series.
type collected struct {
	directory *backup.Directory
	rule      *backup.Rule
	group     string
	files     []backup.Dated // without their times until date
	parts     []pattern.Timestamp
}

func newCollector(plan *backup.Plan, wanted func(*backup.Rule, string) bool) *collector {
	return &collector{plan: plan, matcher: plan.Set().Matcher(), wanted: wanted, series: map[seriesKey]*collected{}}
}

// add takes in one entry of the listing.
func (c *collector) add(entry storage.Entry) {
	if entry.Orphan || strings.HasSuffix(entry.Key, "/") {
		return
	}
	hits := c.matcher.Match(entry.Key).Hits
	for _, hit := range hits {
		directory, rule := c.plan.Rule(hit.Directory, hit.File)
		if c.wanted(rule, hit.Group.Name) {
			c.of(directory, rule, hit.Group.Name).add(entry, hit.Parts, len(hits) > 1)
		}
	}
}

// of returns the series' files, made at first sight.
func (c *collector) of(directory *backup.Directory, rule *backup.Rule, group string) *collected {
	s, ok := c.series[seriesKey{rule, group}]
	if !ok {
		group = strings.Clone(group)
		s = &collected{directory: directory, rule: rule, group: group}
		c.series[seriesKey{rule, group}] = s
	}
	return s
}

func (s *collected) add(entry storage.Entry, parts pattern.Timestamp, ambiguous bool) {
	file := toFile(entry) // its strings share a whole page
	file.Key, file.ETag, file.StatRef.ETag = strings.Clone(file.Key), strings.Clone(file.ETag), strings.Clone(file.StatRef.ETag)
	s.files = append(s.files, backup.Dated{File: file, Ambiguous: ambiguous})
	s.parts = append(s.parts, parts)
}

// date fetches the .stat files that can change a time and gives each file its own.
func (c *collector) date(ctx context.Context, run *scanRun) error {
	for _, s := range c.series {
		if s.rule.NeedsStat() {
			if err := run.fill(ctx, s.each()); err != nil {
				return fmt.Errorf("read .stat files: %w", err)
			}
		}
		for i := range s.files {
			s.files[i].Time = s.rule.Time(s.files[i].File, s.parts[i])
		}
	}
	return nil
}

func (s *collected) each() []*backup.File {
	files := make([]*backup.File, len(s.files))
	for i := range s.files {
		files[i] = &s.files[i].File
	}
	return files
}
