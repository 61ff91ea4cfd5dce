// Package gate says what forbids to purge, as far as the statuses and the holds
// tell: for the purger before it looks at the disk itself, and for who shows what
// it would do. It deletes nothing, and what it lets through may still be refused.
package gate

import (
	"fmt"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Refusal says why nothing of a series or disk may be purged.
type Refusal struct {
	Reason string // a word for machines: the label of backmon_purge_blocked
	Text   string // a sentence for people
}

// The reasons besides states and flags, whose names are their own.
const (
	Stale         = "stale"
	Frozen        = "frozen"
	MassDelete    = "mass_delete"
	Hold          = "hold"
	Changed       = "changed"
	NotUnderstood = "not_understood"
)

// Refuse makes a refusal.
func Refuse(reason, format string, args ...any) *Refusal {
	return &Refusal{reason, fmt.Sprintf(format, args...)}
}

// Disk refuses a disk that was not seen as a whole, or not lately: interval is how
// often it is evaluated.
func Disk(d *backmonv1.DiskStatus, interval time.Duration, now time.Time) *Refusal {
	age := now.Sub(d.GetEvaluatedAt().AsTime())
	switch {
	case slices.Contains(d.GetFlags(), backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE):
		return &Refusal{MassDelete, d.GetPurgeFrozen()}
	case d.GetPurgeFrozen() != "":
		return &Refusal{Frozen, d.GetPurgeFrozen()}
	case !d.GetDefinitionSound() || d.GetErrorKind() != backmonv1.ErrorKind_ERROR_KIND_UNSPECIFIED:
		return &Refusal{Frozen, "the last evaluation did not see the whole disk"}
	case slices.ContainsFunc(d.GetFlags(), isUnknown):
		return &Refusal{NotUnderstood, "the status has a flag that this version doesn't know"}
	case age > 2*interval:
		return &Refusal{Stale, fmt.Sprintf("the disk was last evaluated %s ago, which is over two update intervals", backup.FormatDuration(age))}
	case age < -backup.FutureTolerance:
		return &Refusal{Stale, "the disk's status is of the future: the clocks of evaluator and purger differ"}
	}
	return nil
}

// isUnknown tells of a flag that a newer version has set: it may be one that forbids.
func isUnknown(f backmonv1.DiskFlag) bool {
	_, known := backmonv1.DiskFlag_name[int32(f)]
	return !known
}

// Record refuses a status of which this version can't read everything, and else
// as Series does. s is m, parsed.
func Record(m *backmonv1.BackupStatus, s backup.Status) *Refusal {
	if len(s.Flags) != len(m.GetFlags()) {
		return &Refusal{NotUnderstood, "the status has a flag that this version doesn't know"}
	}
	return Series(s)
}

// Series refuses a series whose backups are not in order: while the newest ones
// are doubtful, the old ones may be all there is.
func Series(s backup.Status) *Refusal {
	if s.State == backup.StateUnspecified {
		return &Refusal{NotUnderstood, "the status has a state that this version doesn't know"}
	}
	if block, blocked := s.PurgeBlock(); blocked {
		return &Refusal{block.Code, block.Text}
	}
	if !s.Policy.Purge {
		return &Refusal{Changed, "the definition does not say purge: true any more"}
	}
	return nil
}

// Holds refuses a series that a person holds.
func Holds(id backup.SeriesID, holds []*backmonv1.Hold, now time.Time) *Refusal {
	for _, m := range holds {
		h := wire.ParseHold(m)
		if h.Active(now) && h.Covers(id) {
			return Refuse(Hold, "held by %s: %s", h.By, h.Why)
		}
	}
	return nil
}
