package bus

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// ending is what a person puts down until an instant, under an id.
type ending interface {
	proto.Message
	GetId() string
	GetUntil() *timestamppb.Timestamp
}

// putEnding stores a value, in place of one with the same id. The server removes
// one with an end by Options.TombstoneTTL after it: clocks differ.
func putEnding[T ending](ctx context.Context, k bucket[T], value T) error {
	if value.GetId() == "" {
		return fmt.Errorf("put %s: id is missing", k.what)
	}
	ttl := time.Duration(0)
	if value.GetUntil() != nil {
		left := time.Until(value.GetUntil().AsTime())
		if left <= 0 {
			return fmt.Errorf("put %s %q: its end has passed", k.what, value.GetId())
		}
		if left < farOff {
			ttl = left + k.bus.options.TombstoneTTL
		}
	}
	if err := k.set(ctx, join(k.prefix, value.GetId()), value, ttl); err != nil {
		return fmt.Errorf("put %s %q: %w", k.what, value.GetId(), err)
	}
	return nil
}

// removeEnding removes a value, or returns the error missing when there is none.
func removeEnding[T ending](ctx context.Context, k bucket[T], id string, missing error) error {
	subject := join(k.prefix, id)
	stored, err := k.bus.lastStored(ctx, k.stream, subject)
	if err == nil && !isValue(stored) {
		err = missing
	}
	if err == nil {
		err = k.remove(ctx, subject)
	}
	if err != nil {
		return fmt.Errorf("remove %s %q: %w", k.what, id, err)
	}
	return nil
}

// allOngoing reads the values that have not ended, by id.
func allOngoing[T ending](ctx context.Context, k bucket[T]) ([]T, error) {
	values, err := k.all(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	var ongoing []T
	for _, value := range values {
		if value.GetUntil() == nil || now.Before(value.GetUntil().AsTime()) {
			ongoing = append(ongoing, value)
		}
	}
	return ongoing, nil
}

// ownsEnding tells whether a value lies under its id.
func ownsEnding[T ending](prefix string) func(T, string) bool {
	return func(value T, subject string) bool { return join(prefix, value.GetId()) == subject }
}
