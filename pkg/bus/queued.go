package bus

import (
	"context"
	"fmt"
)

// QueuedDisks is how many requests to evaluate a disk are queued or in work.
func (b *Bus) QueuedDisks(ctx context.Context) (int, error) {
	stream, err := b.js.Stream(ctx, StreamDisks)
	if err != nil {
		return 0, fmt.Errorf("look at stream %s: %w", StreamDisks, err)
	}
	return int(stream.CachedInfo().State.Msgs), nil
}
