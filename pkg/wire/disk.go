package wire

import (
	"fmt"
	"slices"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
)

// Problems turns the problems of a definitions file into their messages.
func Problems(problems []backup.Problem) []*backmonv1.Problem {
	return each(problems, func(p backup.Problem) *backmonv1.Problem {
		return &backmonv1.Problem{
			Level: backmonv1.ProblemLevel(p.Level), File: Text(p.File), Line: int32(p.Line), Column: int32(p.Column),
			Path: Text(p.Path), Message: Text(p.Message), Hint: Text(p.Hint), Excerpt: excerpt(p.Excerpt),
		}
	})
}

// ParseProblems is the inverse of Problems.
func ParseProblems(problems []*backmonv1.Problem) []backup.Problem {
	return each(problems, func(m *backmonv1.Problem) backup.Problem {
		return backup.Problem{
			Level: backup.Level(known(m.GetLevel(), backmonv1.ProblemLevel_name)), File: m.GetFile(),
			Line: int(m.GetLine()), Column: int(m.GetColumn()), Path: m.GetPath(), Message: m.GetMessage(), Hint: m.GetHint(),
			Excerpt: backup.Excerpt{Line: int(m.GetExcerpt().GetLine()), Text: m.GetExcerpt().GetText()},
		}
	})
}

func excerpt(e backup.Excerpt) *backmonv1.Excerpt {
	if e == (backup.Excerpt{}) {
		return nil
	}
	return &backmonv1.Excerpt{Line: int32(e.Line), Text: Text(e.Text)}
}

// Totals turns a disk's totals into their message. quota is in bytes, 0 for none.
func Totals(t backup.Totals, quota int64) *backmonv1.DiskTotals {
	return &backmonv1.DiskTotals{
		Files: t.Files, Bytes: t.Bytes, MatchedFiles: t.Matched, UnmatchedFiles: t.Unmatched,
		UnmatchedSamples: each(t.UnmatchedSamples, func(key string) []byte { return []byte(key) }),
		QuotaBytes:       quota, OrphanedStats: t.OrphanedStats,
	}
}

// AmbiguousFiles turns examples of files that several rules match into their
// messages, each rule as its alias and line.
func AmbiguousFiles(files []backup.AmbiguousFile) []*backmonv1.AmbiguousFile {
	return each(files, func(f backup.AmbiguousFile) *backmonv1.AmbiguousFile {
		return &backmonv1.AmbiguousFile{
			Key: []byte(f.Key),
			Rules: each(f.Rules, func(r *backup.Rule) string {
				return Text(fmt.Sprintf("%s (line %d)", r.Alias, r.Line))
			}),
		}
	})
}

// StateCounts counts the series in each state; states without a series are left
// out, and GONE ones are not counted.
func StateCounts(statuses []backup.Status) []*backmonv1.StateCount {
	counts := map[backup.State]int64{}
	for _, s := range statuses {
		counts[s.State]++
	}
	var out []*backmonv1.StateCount
	for _, state := range backup.States() {
		if n := counts[state]; n > 0 && state != backup.Gone {
			out = append(out, &backmonv1.StateCount{State: backmonv1.State(state), Series: n})
		}
	}
	return out
}

// ParseDiskCondition reads what a disk's status says of the disk itself.
func ParseDiskCondition(m *backmonv1.DiskStatus) backup.DiskCondition {
	return backup.DiskCondition{
		Unseen:     m.GetErrorKind() != backmonv1.ErrorKind_ERROR_KIND_UNSPECIFIED,
		MassDelete: slices.Contains(m.GetFlags(), backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE),
		Flagged:    len(m.GetFlags()) > 0,
		Problems:   len(m.GetProblems()) > 0,
	}
}
