package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// fenced is a status: a message that says which evaluation it is of.
type fenced interface {
	proto.Message
	GetFence() *backmonv1.Fence
}

// write is one status on its way.
type write struct {
	msg   *nats.Msg
	fence *backmonv1.Fence
	// after is what this writer has seen; it moves on at a conflict.
	after Revision
	// empty makes a message to read the stored one into.
	empty func() fenced
}

// PublishBackupStatus publishes a series' status after the one that the
// evaluation has seen, as of Last or LastStatuses. When another was stored in
// between, the fences decide: Superseded when the stored one's is not older,
// else it is overwritten. A status of STATE_GONE is a tombstone: it removes the
// series' history and itself after Options.TombstoneTTL.
func (b *Bus) PublishBackupStatus(ctx context.Context, status *backmonv1.BackupStatus, after Revision) (Outcome, error) {
	w, err := b.backupWrite(ctx, status, after)
	if err != nil {
		return 0, err
	}
	return b.publishStatus(ctx, w)
}

// PublishDiskStatus publishes a disk's status as PublishBackupStatus does; one
// with gone set is a tombstone.
func (b *Bus) PublishDiskStatus(ctx context.Context, status *backmonv1.DiskStatus, after Revision) (Outcome, error) {
	subject := DiskStatusSubject(status.GetEnvironment(), status.GetDisk())
	empty := func() fenced { return new(backmonv1.DiskStatus) }
	w, err := b.newWrite(ctx, subject, status, status.GetGone(), after, empty)
	if err != nil {
		return 0, err
	}
	return b.publishStatus(ctx, w)
}

func (b *Bus) backupWrite(ctx context.Context, status *backmonv1.BackupStatus, after Revision) (*write, error) {
	subject := seriesSubject(status.GetSeries())
	empty := func() fenced { return new(backmonv1.BackupStatus) }
	gone := status.GetState() == backmonv1.State_STATE_GONE
	return b.newWrite(ctx, subject, status, gone, after, empty)
}

func seriesSubject(id *backmonv1.SeriesId) string {
	return BackupStatusSubject(id.GetEnvironment(), id.GetDisk(), id.GetDirectory(), id.GetFile(), string(id.GetGroup()))
}

func (b *Bus) newWrite(ctx context.Context, subject string, status fenced, gone bool, after Revision, empty func() fenced) (*write, error) {
	msg, err := b.newEvent(ctx, subject, status)
	if err != nil {
		return nil, err
	}
	if gone {
		// Without the rollup the status before would come back when this one ends.
		setHeader(msg, jetstream.MsgRollup, jetstream.MsgRollupSubject)
		setHeader(msg, jetstream.MsgTTLHeader, b.options.TombstoneTTL.Round(time.Second).String())
	}
	return &write{msg: msg, fence: status.GetFence(), after: after, empty: empty}, nil
}

// superseded tells whether what the writer has seen forbids to write: a worker
// that was thought dead may read a status of the one that took over.
func (w *write) superseded() bool {
	fence := w.after.Fence
	return fence != nil && w.fence != nil && !older(fence, w.fence) && !sameRun(fence, w.fence)
}

// expect sets what must be the last sequence of the subject.
func (w *write) expect() {
	setHeader(w.msg, jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(w.after.Sequence, 10))
}

func (b *Bus) publishStatus(ctx context.Context, w *write) (Outcome, error) {
	outcome := Superseded
	err := b.persist(ctx, StreamStatus, func(ctx context.Context) error {
		if w.superseded() {
			return nil
		}
		w.expect()
		_, err := b.js.PublishMsg(ctx, w.msg)
		if err == nil {
			outcome = Stored
			return nil
		}
		if !isConflict(err) {
			return err
		}
		outcome, err = b.settle(ctx, w)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("publish %q: %w", w.msg.Subject, err)
	}
	return outcome, nil
}

// errConflict asks for another attempt after the stored status.
var errConflict = errors.New("another status was stored in between")

// settle looks at what was stored in between. It is this very event when only
// its acknowledgement was lost.
func (b *Bus) settle(ctx context.Context, w *write) (Outcome, error) {
	stored, err := b.last(ctx, w.msg.Subject)
	if err != nil {
		return 0, err
	}
	if stored == nil {
		// A tombstone that has expired, or a replica that lags.
		w.after = Revision{}
		return Superseded, errConflict
	}
	if headerOf(stored.header, headerID) == headerOf(w.msg.Header, headerID) {
		return Stored, nil
	}
	status := w.empty()
	if err := decode(stored.header, stored.data, status); err != nil {
		// Unreadable is no reason to keep it.
		w.after = Revision{Sequence: stored.sequence}
		return Superseded, errConflict
	}
	w.after = Revision{stored.sequence, status.GetFence()}
	if w.fence == nil || w.superseded() {
		// Who has no fence can't claim to be newer.
		return Superseded, nil
	}
	return Superseded, errConflict
}
