package bus

import (
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Revision is the place of a status among its successors: what a writer has
// seen last. The zero Revision says that there is none yet.
type Revision struct {
	// Sequence of the message in StreamStatus.
	Sequence uint64
	// Fence of the evaluation that wrote it; nil for none.
	Fence *backmonv1.Fence
}

// BackupRecord is a series' last status as it is stored.
type BackupRecord struct {
	Status *backmonv1.BackupStatus
	// Sequence of the message in StreamStatus.
	Sequence uint64
	// Stored is when the server took it.
	Stored time.Time
}

// Revision is what a status that follows this one is published after.
func (r BackupRecord) Revision() Revision {
	return Revision{r.Sequence, r.Status.GetFence()}
}

// Gone tells whether the record is a tombstone.
func (r BackupRecord) Gone() bool { return r.Status.GetState() == backmonv1.State_STATE_GONE }

// DiskRecord is a disk's last status as it is stored.
type DiskRecord struct {
	Status *backmonv1.DiskStatus
	// Sequence of the message in StreamStatus; 0 when the disk has no status.
	Sequence uint64
	// Stored is when the server took it.
	Stored time.Time
}

// Revision is what a status that follows this one is published after.
func (r DiskRecord) Revision() Revision {
	return Revision{r.Sequence, r.Status.GetFence()}
}

// older tells whether an evaluation is older than another: by job, then by
// delivery. No fence is older than any.
func older(a, b *backmonv1.Fence) bool {
	if a.GetJob() != b.GetJob() {
		return a.GetJob() < b.GetJob()
	}
	return a.GetDelivery() < b.GetDelivery()
}

// sameRun tells whether two fences are of one run of one evaluation.
func sameRun(a, b *backmonv1.Fence) bool {
	return a.GetRun() != "" && a.GetRun() == b.GetRun()
}
