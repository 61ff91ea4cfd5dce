package purger

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
	ReasonStale      = "stale"
	ReasonFrozen     = "frozen"
	ReasonMassDelete = "mass_delete"
	ReasonHold       = "hold"
	ReasonUnseen     = "unseen"
	ReasonChanged    = "changed"
	ReasonFloor      = "floor"
	ReasonReadOnly   = "read_only"
	ReasonDenied     = "denied"
	ReasonIgnored    = "ignored"
	ReasonUnknown    = "not_understood"
	// Reasons why some files stay while others of their series may go.
	ReasonStrange = "strange_key"
	ReasonNotGone = "not_gone"
	ReasonShare   = "max_share"
)

// gateDisk refuses a disk that was not seen as a whole, or not lately.
func gateDisk(d *backmonv1.DiskStatus, interval time.Duration, now time.Time) *Refusal {
	age := now.Sub(d.GetEvaluatedAt().AsTime())
	switch {
	case slices.Contains(d.GetFlags(), backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE):
		return &Refusal{ReasonMassDelete, d.GetPurgeFrozen()}
	case d.GetPurgeFrozen() != "":
		return &Refusal{ReasonFrozen, d.GetPurgeFrozen()}
	case !d.GetDefinitionSound() || d.GetErrorKind() != backmonv1.ErrorKind_ERROR_KIND_UNSPECIFIED:
		return &Refusal{ReasonFrozen, "the last evaluation did not see the whole disk"}
	case slices.ContainsFunc(d.GetFlags(), isUnknown):
		return &Refusal{ReasonUnknown, "the status has a flag that this version doesn't know"}
	case age > 2*interval:
		return &Refusal{ReasonStale, fmt.Sprintf("the disk was last evaluated %s ago, which is over two update intervals", backup.FormatDuration(age))}
	case age < -backup.FutureTolerance:
		return &Refusal{ReasonStale, "the disk's status is of the future: the clocks of evaluator and purger differ"}
	}
	return nil
}

// isUnknown tells of a flag that a newer version has set: it may be one that forbids.
func isUnknown(f backmonv1.DiskFlag) bool {
	_, known := backmonv1.DiskFlag_name[int32(f)]
	return !known
}

// gateRecord refuses a status of which this version can't read everything.
func gateRecord(m *backmonv1.BackupStatus, s backup.Status) *Refusal {
	if len(s.Flags) != len(m.GetFlags()) {
		return &Refusal{ReasonUnknown, "the status has a flag that this version doesn't know"}
	}
	if s.State == backup.StateUnspecified {
		return &Refusal{ReasonUnknown, "the status has a state that this version doesn't know"}
	}
	return gateSeries(s)
}

// gateSeries refuses a series whose backups are not in order: while the newest
// ones are doubtful, the old ones may be all there is.
func gateSeries(s backup.Status) *Refusal {
	if block, blocked := s.PurgeBlock(); blocked {
		return &Refusal{block.Code, block.Text}
	}
	if !s.Policy.Purge {
		return &Refusal{ReasonChanged, "the definition does not say purge: true any more"}
	}
	return nil
}

// gateHolds refuses a series that a person holds.
func gateHolds(id backup.SeriesID, holds []*backmonv1.Hold, now time.Time) *Refusal {
	for _, m := range holds {
		h := wire.ParseHold(m)
		if h.Active(now) && h.Covers(id) {
			return &Refusal{ReasonHold, fmt.Sprintf("held by %s: %s", h.By, h.Why)}
		}
	}
	return nil
}

// why finds the status' own sentence for a flag.
func why(s backup.Status, code string) string {
	for _, r := range s.Reasons {
		if r.Code == code {
			return ": " + r.Text
		}
	}
	return ""
}
