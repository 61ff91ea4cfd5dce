package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
)

// ErrConflict says that somebody else has written meanwhile: read again, and decide
// again.
var ErrConflict = errors.New("another value was stored in between")

// Entry is a key of a KV bucket with its value.
type Entry[T proto.Message] struct {
	// Key in the bucket: the same for all values of one thing.
	Key string
	// Value is nil when there is none.
	Value T
	// Revision of the value, which the next one is put after; 0 when there is none.
	Revision uint64
}

// bucket is a KV bucket that holds one message of a type for each key. All reading
// asks the leader of its stream.
type bucket[T proto.Message] struct {
	bus    *Bus
	stream string
	// prefix of the subjects: "$KV." and the bucket's name.
	prefix string
	// what a value is, in the singular.
	what string
	// owns tells whether a value belongs under a subject.
	owns func(value T, subject string) bool
}

// Headers that mark the end of a key: a tool's or backmon's, and the server's own.
const (
	headerOperation = "KV-Operation"
	headerMarker    = "Nats-Marker-Reason"
)

// farOff is a time to live that the server is not asked for: the value lies there
// until it is removed. Centuries would overflow.
const farOff = 10 * 365 * 24 * time.Hour

func (k bucket[T]) key(subject string) string { return strings.TrimPrefix(subject, k.prefix+".") }

// isEnd tells the mark of a key that was removed from a value.
func isEnd(header nats.Header) bool {
	return headerOf(header, headerOperation) != "" || headerOf(header, headerMarker) != ""
}

// isValue tells whether a key has a value.
func isValue(stored *storedMessage) bool { return stored != nil && !isEnd(stored.header) }

// get reads a key; the entry is zero but for its key when there is no value.
func (k bucket[T]) get(ctx context.Context, subject string) (Entry[T], error) {
	entry := Entry[T]{Key: k.key(subject)}
	stored, err := k.bus.lastStored(ctx, k.stream, subject)
	if err != nil || !isValue(stored) {
		return entry, err
	}
	entry.Revision = stored.sequence
	entry.Value, err = k.decode(stored.subject, stored.header, stored.data)
	return entry, err
}

func (k bucket[T]) decode(subject string, header nats.Header, data []byte) (T, error) {
	var none T
	value := none.ProtoReflect().New().Interface().(T)
	if err := decode(header, data, value); err != nil {
		return none, err
	}
	if !k.owns(value, subject) {
		return none, fmt.Errorf("key %q holds another %s", k.key(subject), k.what)
	}
	return value, nil
}

// setTTL makes the server remove a message; it knows whole seconds.
func setTTL(msg *nats.Msg, ttl time.Duration) {
	setHeader(msg, jetstream.MsgTTLHeader, max(ttl.Round(time.Second), time.Second).String())
}

// message is a value on its way. It stays for ever when ttl is 0.
func (k bucket[T]) message(ctx context.Context, subject string, value T, ttl time.Duration) (*nats.Msg, error) {
	msg, err := k.bus.newEvent(ctx, subject, value)
	if err == nil && ttl > 0 && ttl < farOff {
		setTTL(msg, ttl)
	}
	return msg, err
}

// set stores a value in place of any other.
func (k bucket[T]) set(ctx context.Context, subject string, value T, ttl time.Duration) error {
	msg, err := k.message(ctx, subject, value, ttl)
	if err != nil {
		return err
	}
	return k.publish(ctx, msg)
}

// publish stores once or twice: the last word of a key is what counts.
func (k bucket[T]) publish(ctx context.Context, msg *nats.Msg) error {
	return k.bus.persist(ctx, k.stream, func(ctx context.Context) error {
		_, err := k.bus.js.PublishMsg(ctx, msg)
		return err
	})
}

// remove ends a key. The mark that tells watchers of it goes by itself.
func (k bucket[T]) remove(ctx context.Context, subject string) error {
	msg := nats.NewMsg(subject)
	setHeader(msg, headerOperation, "PURGE")
	setHeader(msg, jetstream.MsgRollup, jetstream.MsgRollupSubject)
	setTTL(msg, k.bus.options.TombstoneTTL)
	return k.publish(ctx, msg)
}

// all reads every value, by key.
func (k bucket[T]) all(ctx context.Context) ([]T, error) {
	subjects, err := k.bus.subjects(ctx, k.stream, k.prefix+".>")
	if err != nil {
		return nil, fmt.Errorf("list %ss: %w", k.what, err)
	}
	var values []T
	for _, subject := range subjects {
		entry, err := k.get(ctx, subject)
		if err != nil {
			return nil, fmt.Errorf("read %s %q: %w", k.what, subject, err)
		}
		if entry.Revision > 0 {
			values = append(values, entry.Value)
		}
	}
	return values, nil
}

// swap stores a value after the one that the writer has seen, by revision, or the
// first one when that is 0, and returns its own revision. ErrConflict says that
// another one is there.
func (k bucket[T]) swap(ctx context.Context, subject string, value T, after uint64, ttl time.Duration) (uint64, error) {
	msg, err := k.message(ctx, subject, value, ttl)
	if err != nil {
		return 0, err
	}
	s := &swap{stream: k.stream, msg: msg, after: after}
	if err := k.bus.persist(ctx, k.stream, func(ctx context.Context) error { return s.try(ctx, k.bus) }); err != nil {
		return 0, err
	}
	if s.lost {
		return 0, ErrConflict
	}
	return s.revision, nil
}

// swap is one compare-and-set on its way.
type swap struct {
	stream string
	msg    *nats.Msg
	after  uint64
	// revision of what was stored, or lost to another writer.
	revision uint64
	lost     bool
}

func (s *swap) try(ctx context.Context, b *Bus) error {
	setHeader(s.msg, jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(s.after, 10))
	ack, err := b.js.PublishMsg(ctx, s.msg)
	if err == nil {
		s.revision = ack.Sequence
		return nil
	}
	if !isConflict(err) {
		return err
	}
	stored, err := b.lastOfLeader(ctx, s.stream, s.msg.Subject)
	if err != nil {
		return err
	}
	return s.settle(stored)
}

// settle looks at what is stored after a conflict; an error asks for another try.
func (s *swap) settle(stored *storedMessage) error {
	if stored == nil {
		stored = new(storedMessage)
	}
	switch {
	case headerOf(stored.header, headerID) == headerOf(s.msg.Header, headerID):
		s.revision = stored.sequence // only the acknowledgement was lost
	case stored.sequence == s.after:
		return ErrConflict // a write is under way, and may be lost
	case s.after == 0 && isEnd(stored.header):
		s.after = stored.sequence
		return ErrConflict
	default:
		s.lost = true
	}
	return nil
}
