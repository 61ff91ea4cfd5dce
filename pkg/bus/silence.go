package bus

import (
	"context"
	"errors"
	"fmt"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// ErrSilenceNotFound says that there is no silence with the id.
var ErrSilenceNotFound = errors.New("no such silence")

// SilenceEvent is one step of a watch of silences.
type SilenceEvent = EntryEvent[*backmonv1.Silence]

func (b *Bus) silences() bucket[*backmonv1.Silence] {
	return bucket[*backmonv1.Silence]{b, StreamSilences, silencePrefix, "silence", ownsEnding[*backmonv1.Silence](silencePrefix)}
}

// PutSilence stores a silence, in place of one with the same id. It needs an end,
// and is removed by the server after that, by Options.TombstoneTTL later.
func (b *Bus) PutSilence(ctx context.Context, silence *backmonv1.Silence) error {
	if silence.GetUntil() == nil {
		return fmt.Errorf("put silence %q: until is missing", silence.GetId())
	}
	return putEnding(ctx, b.silences(), silence)
}

// RemoveSilence removes a silence. The error wraps ErrSilenceNotFound when there is
// none.
func (b *Bus) RemoveSilence(ctx context.Context, id string) error {
	return removeEnding(ctx, b.silences(), id, ErrSilenceNotFound)
}

// Silences reads the silences that have not ended, by id, from the leader.
func (b *Bus) Silences(ctx context.Context) ([]*backmonv1.Silence, error) {
	return allOngoing(ctx, b.silences())
}

// WatchSilences calls visit with each silence, with EventCurrent when those that
// were there are through, then with every change, as WatchStatuses does with
// statuses. One that has ended is Removed up to Options.TombstoneTTL later: look at
// its end.
func (b *Bus) WatchSilences(ctx context.Context, visit func(SilenceEvent) error) error {
	return b.silences().watch(ctx, visit)
}
