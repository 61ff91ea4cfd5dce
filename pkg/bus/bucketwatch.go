package bus

import (
	"context"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
)

// EntryEvent is one step of a watch of a KV bucket.
type EntryEvent[T proto.Message] struct {
	// Kind is EventEntry, EventCurrent or EventReset.
	Kind EventKind
	// Entry comes with EventEntry. Of one that was Removed it has no value, and the
	// revision only tells older events from newer ones: put the next one after 0.
	Entry[T]
	// Removed says that the key has no value any more: it was removed, or its time
	// has come.
	Removed bool
	// Replayed says that the value came before EventCurrent: not a change.
	Replayed bool
}

// watch calls visit with each entry, as WatchStatuses does with statuses.
func (k bucket[T]) watch(ctx context.Context, visit func(EntryEvent[T]) error) error {
	w := &bucketWatch[T]{bucket: k, visit: visit, ends: map[string]ttlEnd{}}
	return k.bus.watch(ctx, feed{
		stream: k.stream, what: k.what + "s", subject: k.prefix + ".>",
		matches: func(string) bool { return true },
		replay:  jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy},
		single:  true,
		absence: k.bus.options.TombstoneTTL / 2,
		mark:    w.mark, show: w.show, lapse: w.lapse,
	})
}

// bucketWatch knows when values end by themselves. The server could leave a mark
// there for watchers, but that mark would take a value with it which is put at the
// same moment.
type bucketWatch[T proto.Message] struct {
	bucket[T]
	visit func(EntryEvent[T]) error
	// ends are those of the keys whose value has one, and next is not after the first.
	ends map[string]ttlEnd
	next time.Time
}

// ttlEnd is when the value of a revision ends.
type ttlEnd struct {
	at       time.Time
	revision uint64
}

func (w *bucketWatch[T]) mark(kind EventKind) error {
	if kind == EventReset {
		clear(w.ends)
	}
	return w.visit(EntryEvent[T]{Kind: kind})
}

func (w *bucketWatch[T]) show(msg jetstream.Msg, meta *jetstream.MsgMetadata, replayed bool) (func() error, error) {
	event := EntryEvent[T]{Kind: EventEntry, Replayed: replayed, Removed: isEnd(msg.Headers())}
	event.Key, event.Revision = w.key(msg.Subject()), meta.Sequence.Stream
	delete(w.ends, event.Key)
	var err error
	if !event.Removed {
		w.end(event.Key, meta, ttlOf(msg.Headers()))
		event.Value, err = w.decode(msg.Subject(), msg.Headers(), msg.Data())
	}
	return func() error { return w.visit(event) }, err
}

// end takes note of when a value ends by itself.
func (w *bucketWatch[T]) end(key string, meta *jetstream.MsgMetadata, ttl time.Duration) {
	if ttl == 0 {
		return
	}
	end := ttlEnd{meta.Timestamp.Add(ttl), meta.Sequence.Stream}
	if len(w.ends) == 0 || end.at.Before(w.next) {
		w.next = end.at
	}
	w.ends[key] = end
}

// ttlOf is how long a message stays; 0 for ever. Tools write seconds.
func ttlOf(header nats.Header) time.Duration {
	text := headerOf(header, jetstream.MsgTTLHeader)
	if ttl, err := time.ParseDuration(text); err == nil {
		return max(ttl, 0)
	}
	seconds, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return time.Duration(max(seconds, 0)) * time.Second
}

// lapse tells of the values that have ended by now, and returns when the next one
// may; zero when none will.
func (w *bucketWatch[T]) lapse(now time.Time) (time.Time, error) {
	if len(w.ends) == 0 || now.Before(w.next) {
		return w.soonest(), nil
	}
	w.next = now.Add(farOff)
	for key, end := range w.ends {
		if end.at.After(now) {
			if end.at.Before(w.next) {
				w.next = end.at
			}
			continue
		}
		delete(w.ends, key)
		event := EntryEvent[T]{Kind: EventEntry, Entry: Entry[T]{Key: key, Revision: end.revision}, Removed: true}
		if err := w.visit(event); err != nil {
			return time.Time{}, err
		}
	}
	return w.soonest(), nil
}

func (w *bucketWatch[T]) soonest() time.Time {
	if len(w.ends) == 0 {
		return time.Time{}
	}
	return w.next
}
