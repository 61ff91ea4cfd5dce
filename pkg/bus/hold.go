package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// ErrHoldNotFound says that there is no hold with the id.
var ErrHoldNotFound = errors.New("no such hold")

// headerOperation marks the end of a key in a KV bucket.
const headerOperation = "KV-Operation"

// farOff is an end that the server is not asked to wait for: such a hold lies
// there until it is removed. A time to live of centuries would overflow.
const farOff = 10 * 365 * 24 * time.Hour

// PutHold stores a hold, in place of one with the same id. It is seen by every
// Holds that begins after PutHold has returned nil. One with an end is removed
// by the server after it, by Options.TombstoneTTL later: clocks differ.
func (b *Bus) PutHold(ctx context.Context, hold *backmonv1.Hold) error {
	if hold.GetId() == "" {
		return errors.New("put hold: id is missing")
	}
	data, err := proto.Marshal(hold)
	if err != nil {
		return fmt.Errorf("put hold %q: %w", hold.GetId(), err)
	}
	msg := nats.NewMsg(HoldSubject(hold.GetId()))
	msg.Data = data
	if hold.GetUntil() != nil {
		left := time.Until(hold.GetUntil().AsTime())
		if left <= 0 {
			return fmt.Errorf("put hold %q: its end has passed", hold.GetId())
		}
		if left < farOff {
			setTTL(msg, left+b.options.TombstoneTTL)
		}
	}
	if err := b.publishHold(ctx, msg); err != nil {
		return fmt.Errorf("put hold %q: %w", hold.GetId(), err)
	}
	return nil
}

// setTTL makes the server remove a message; it knows whole seconds.
func setTTL(msg *nats.Msg, ttl time.Duration) {
	setHeader(msg, jetstream.MsgTTLHeader, max(ttl.Round(time.Second), time.Second).String())
}

// publishHold stores once or twice: the last word of a key is what counts.
func (b *Bus) publishHold(ctx context.Context, msg *nats.Msg) error {
	return b.persist(ctx, StreamHolds, func(ctx context.Context) error {
		_, err := b.js.PublishMsg(ctx, msg)
		return err
	})
}

// RemoveHold removes a hold. The error wraps ErrHoldNotFound when there is none.
func (b *Bus) RemoveHold(ctx context.Context, id string) error {
	subject := HoldSubject(id)
	stored, err := b.lastStored(ctx, StreamHolds, subject)
	if err == nil && !isHold(stored) {
		err = ErrHoldNotFound
	}
	if err != nil {
		return fmt.Errorf("remove hold %q: %w", id, err)
	}
	msg := nats.NewMsg(subject)
	setHeader(msg, headerOperation, "PURGE")
	setHeader(msg, jetstream.MsgRollup, jetstream.MsgRollupSubject)
	setTTL(msg, b.options.TombstoneTTL)
	if err := b.publishHold(ctx, msg); err != nil {
		return fmt.Errorf("remove hold %q: %w", id, err)
	}
	return nil
}

// Holds reads the holds that have not ended, by id. It asks the leader, so that
// none that was put before is missed. With an error, as for one hold that can't
// be read, nothing is known of any: the caller must purge nothing.
func (b *Bus) Holds(ctx context.Context) ([]*backmonv1.Hold, error) {
	subjects, err := b.subjects(ctx, StreamHolds, holdPrefix+".>")
	if err != nil {
		return nil, fmt.Errorf("list holds: %w", err)
	}
	now := time.Now()
	var holds []*backmonv1.Hold
	for _, subject := range subjects {
		stored, err := b.lastStored(ctx, StreamHolds, subject)
		if err == nil && !isHold(stored) {
			continue
		}
		hold, err := stored.hold(err)
		if err != nil {
			return nil, fmt.Errorf("read hold %q: %w", subject, err)
		}
		if hold.GetUntil() == nil || now.Before(hold.GetUntil().AsTime()) {
			holds = append(holds, hold)
		}
	}
	return holds, nil
}

// isHold tells a hold from the mark of one that was removed.
func isHold(stored *storedMessage) bool {
	return stored != nil && headerOf(stored.header, headerOperation) == ""
}

// hold reads a message that is in the place of the hold that it holds.
func (s *storedMessage) hold(err error) (*backmonv1.Hold, error) {
	if err != nil {
		return nil, err
	}
	hold := new(backmonv1.Hold)
	if err := decode(s.header, s.data, hold); err != nil {
		return nil, err
	}
	if HoldSubject(hold.GetId()) != s.subject {
		return nil, fmt.Errorf("holds another one, %q", hold.GetId())
	}
	return hold, nil
}
