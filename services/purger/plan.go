package purger

import (
	"context"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/gate"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
)

// plan is what may be deleted of a series now: the oldest files that both the
// status and a second look at the disk call expired.
type plan struct {
	series      backup.Status        // as the second look found it
	files       []backup.ExpiredFile // oldest first
	refusal     *gate.Refusal        // why there are none, when something forbids it
	left        *gate.Refusal        // why some files stay, though none of it forbids the others
	definitions []byte               // that the second look went by
	seenAt      time.Time            // when the second look ended
}

// look scans the folder of one series again, by the definitions as they are now,
// and plans what may go.
func (r *run) look(ctx context.Context, known backup.Status) plan {
	object, err := r.disk.Read(ctx, r.target.Definitions, r.service.config.MaxDefinition)
	if err != nil {
		return plan{refusal: gate.Refuse(ReasonUnseen, "the definitions can't be read again: %v", err)}
	}
	target := r.target
	target.Prefix, target.Override = backup.GroupPrefix(known.Series.Group), object.Data
	result := r.service.scanner.Scan(ctx, target, r.service.now(), []backup.Status{known}, func(int64) { r.job.Progress() })
	seen, refusal := verify(result, known.Series)
	if refusal != nil {
		return plan{refusal: refusal}
	}
	p := r.choose(known, seen)
	p.definitions, p.seenAt = object.Data, r.service.now()
	return p
}

// verify returns the series as the second look found it, or what forbids to go by it.
func verify(result scan.Result, id backup.SeriesID) (backup.Status, *gate.Refusal) {
	if result.Failure != nil {
		return backup.Status{}, gate.Refuse(ReasonUnseen, "the second look failed: %v", result.Failure)
	}
	if backup.HasErrors(result.Definition.Problems) {
		return backup.Status{}, gate.Refuse(gate.Frozen, "the definitions have an error")
	}
	at := slices.IndexFunc(result.Statuses, func(s backup.Status) bool { return s.Series == id })
	if at < 0 || result.Statuses[at].State == backup.Gone {
		return backup.Status{}, gate.Refuse(gate.Changed, "the series has ended")
	}
	return result.Statuses[at], gate.Series(result.Statuses[at])
}

// choose intersects what the status lists with what the second look found, and
// bounds the outcome.
func (r *run) choose(known, seen backup.Status) plan {
	listed := make(map[string]backup.ExpiredFile, len(known.Expired.Files))
	for _, f := range known.Expired.Files {
		listed[f.Key] = f
	}
	p := plan{series: seen, left: ambiguous(seen)}
	most := backup.PurgeShare(seen.Files.Count, r.service.config.MaxShare)
	for _, f := range seen.Expired.Files {
		if !same(listed[f.Key], f) || r.service.memory.holds(seen.Series, f.Key, r.service.now()) {
			continue
		}
		if left := r.stays(seen.Series, f); left != nil {
			p.left = left
			continue
		}
		if len(p.files) == most {
			p.left = gate.Refuse(ReasonShare, "%d expired files are more than one run may delete, %d of %d; the others follow", seen.Expired.Count, most, seen.Files.Count)
			break
		}
		p.files = append(p.files, f)
	}
	if refusal := floor(seen, p.files); refusal != nil {
		return plan{series: seen, refusal: refusal}
	}
	return p
}

// ambiguous tells of files that are never purged since two rules match them.
func ambiguous(s backup.Status) *gate.Refusal {
	if !slices.Contains(s.Flags, backup.Ambiguous) {
		return nil
	}
	return gate.Refuse(backup.Ambiguous.String(), "some files stay%s", why(s, backup.Ambiguous.String()))
}

// stays says why an expired file is not even tried. It takes no other's place in
// the run.
func (r *run) stays(id backup.SeriesID, f backup.ExpiredFile) *gate.Refusal {
	if err := storage.Deletable(f.Key); err != nil {
		return gate.Refuse(ReasonStrange, "%q is never deleted: %v", f.Key, err)
	}
	if f.Key == r.target.Definitions {
		return gate.Refuse(ReasonStrange, "%q is never deleted: it holds the definitions", f.Key)
	}
	if r.service.memory.isGone(id, f) {
		return gate.Refuse(ReasonNotGone, "the storage said that %q was deleted, and lists it still", f.Key)
	}
	return nil
}

// same reports whether a file is still the one that the status listed.
func same(listed, seen backup.ExpiredFile) bool {
	return listed.Key == seen.Key && listed.Size == seen.Size && listed.ETag == seen.ETag && listed.ModifiedAt.Equal(seen.ModifiedAt)
}

// floor is the last line of defence, apart from the rules that made the list: the
// newest file is never in a plan, and enough files stay.
func floor(seen backup.Status, files []backup.ExpiredFile) *gate.Refusal {
	if len(files) == 0 {
		return nil
	}
	latest := seen.Files.Latest
	if latest == nil || !latest.Good {
		return gate.Refuse(ReasonFloor, "the newest file is not a good one")
	}
	least := max(1, seen.Policy.RetentionCount)
	if left := seen.Files.Count - seen.Files.Future - len(files); left < least {
		return gate.Refuse(ReasonFloor, "only %d files would be left of at least %d", left, least)
	}
	for _, f := range files {
		if f.Key == latest.Key || f.Time.After(latest.Time) {
			return gate.Refuse(ReasonFloor, "the plan holds %q, which is the newest file or newer", f.Key)
		}
	}
	return nil
}
