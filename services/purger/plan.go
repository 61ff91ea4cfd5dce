package purger

import (
	"context"
	"fmt"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/scan"
)

// MinShareFiles is how many files of a series one run may delete whatever its
// share is.
const MinShareFiles = 10

// plan is what may be deleted of a series now: the oldest files that both the
// status and a second look at the disk call expired.
type plan struct {
	series  backup.Status        // as the second look found it
	files   []backup.ExpiredFile // oldest first
	refusal *Refusal             // why there are none, when something forbids it
}

// look scans the folder of one series again, by the definitions as they are now,
// and plans what may go.
func (r *run) look(ctx context.Context, known backup.Status) plan {
	target := r.target
	target.Prefix = backup.GroupPrefix(known.Series.Group)
	now := r.service.now()
	result := r.service.scanner.Scan(ctx, target, now, []backup.Status{known}, func(int64) { r.job.Progress() })
	if result.Failure != nil {
		return plan{refusal: &Refusal{ReasonUnseen, "the second look failed: " + result.Failure.Error()}}
	}
	if backup.HasErrors(result.Definition.Problems) {
		return plan{refusal: &Refusal{ReasonFrozen, "the definitions have an error"}}
	}
	seen, ok := find(result, known.Series)
	if !ok {
		return plan{refusal: &Refusal{ReasonChanged, "the series has ended"}}
	}
	if refusal := gateSeries(seen); refusal != nil {
		return plan{series: seen, refusal: refusal}
	}
	return r.choose(known, seen)
}

func find(result scan.Result, id backup.SeriesID) (backup.Status, bool) {
	for _, s := range result.Statuses {
		if s.Series == id {
			return s, true
		}
	}
	return backup.Status{}, false
}

// choose intersects what the status lists with what the second look found, and
// bounds the outcome.
func (r *run) choose(known, seen backup.Status) plan {
	listed := make(map[string]backup.ExpiredFile, len(known.Expired.Files))
	for _, f := range known.Expired.Files {
		listed[f.Key] = f
	}
	p := plan{series: seen}
	most := mostFiles(seen.Files.Count, r.service.config.MaxShare)
	for _, f := range seen.Expired.Files {
		if len(p.files) == most {
			break
		}
		if same(listed[f.Key], f) && !r.service.memory.holds(seen.Series, f.Key, r.service.now()) {
			p.files = append(p.files, f)
		}
	}
	if refusal := floor(seen, p.files); refusal != nil {
		return plan{series: seen, refusal: refusal}
	}
	return p
}

// mostFiles is how many of count files one run may delete.
func mostFiles(count int, share float64) int {
	return max(MinShareFiles, int(share*float64(count)))
}

// same reports whether a file is still the one that the status listed.
func same(listed, seen backup.ExpiredFile) bool {
	return listed.Key == seen.Key && listed.Size == seen.Size && listed.ETag == seen.ETag && listed.ModifiedAt.Equal(seen.ModifiedAt)
}

// floor is the last line of defence, apart from the rules that made the list: the
// newest file is never in a plan, and enough files stay.
func floor(seen backup.Status, files []backup.ExpiredFile) *Refusal {
	if len(files) == 0 {
		return nil
	}
	latest := seen.Files.Latest
	if latest == nil || !latest.Good {
		return &Refusal{ReasonFloor, "the newest file is not a good one"}
	}
	least := max(1, seen.Policy.RetentionCount)
	if left := seen.Files.Count - seen.Files.Future - len(files); left < least {
		return &Refusal{ReasonFloor, fmt.Sprintf("only %d files would be left of at least %d", left, least)}
	}
	for _, f := range files {
		if f.Key == latest.Key || !f.Time.Before(latest.Time) {
			return &Refusal{ReasonFloor, fmt.Sprintf("the plan holds %q, which is not older than the newest file", f.Key)}
		}
	}
	return nil
}
