package bus

import (
	"context"
	"errors"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// ErrHoldNotFound says that there is no hold with the id.
var ErrHoldNotFound = errors.New("no such hold")

func (b *Bus) holds() bucket[*backmonv1.Hold] {
	return bucket[*backmonv1.Hold]{b, StreamHolds, holdPrefix, "hold", ownsEnding[*backmonv1.Hold](holdPrefix)}
}

// PutHold stores a hold, in place of one with the same id. It is seen by every
// Holds that begins after PutHold has returned nil. One with an end is removed
// by the server after it, by Options.TombstoneTTL later: clocks differ.
func (b *Bus) PutHold(ctx context.Context, hold *backmonv1.Hold) error {
	return putEnding(ctx, b.holds(), hold)
}

// RemoveHold removes a hold. The error wraps ErrHoldNotFound when there is none.
func (b *Bus) RemoveHold(ctx context.Context, id string) error {
	return removeEnding(ctx, b.holds(), id, ErrHoldNotFound)
}

// Holds reads the holds that have not ended, by id. It asks the leader, so that
// none that was put before is missed. With an error, as for one hold that can't
// be read, nothing is known of any: the caller must purge nothing.
func (b *Bus) Holds(ctx context.Context) ([]*backmonv1.Hold, error) {
	return allOngoing(ctx, b.holds())
}
