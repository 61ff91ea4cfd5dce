package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// watchAhead is how many messages are on their way to a slow visitor. The
	// others wait on the server.
	watchAhead = 100
	// watchHeartbeat is how often a quiet server says that it is there.
	watchHeartbeat = 5 * time.Second
	// watchIdle is how long the server keeps the place of a watcher that doesn't
	// ask. One that is slower starts again where it was.
	watchIdle = 5 * time.Minute
	// watchRetry is the pause after a watch broke.
	watchRetry = 500 * time.Millisecond
	// watchQuiet is how long to wait for a message at a time. A replay that is
	// quiet for so long is started anew; after it, quiet is usual.
	watchQuiet = 15 * time.Second
)

// WatchStatuses calls visit with the last status of each series and disk that
// the filter chooses, with EventCurrent when these are through, then with every
// change, until ctx ends, which is no error, or visit returns an error, which
// is returned.
//
// Visit is called by one goroutine. While it is slow the server waits, and
// nothing is dropped: it still sees each change that is among the last 500 of
// its series, and always the last. Over a lost connection or a restart of the
// server the watch goes on where it was. When that can't be, as the stream was
// made anew or a tombstone may have come and gone, EventReset comes first and
// all begins again.
//
// A message that can't be read goes to OnError.
func (b *Bus) WatchStatuses(ctx context.Context, filter Filter, visit func(Event) error) error {
	if err := filter.Validate(); err != nil {
		return err
	}
	return b.watch(ctx, feed{
		stream: StreamStatus, what: "statuses", subject: filter.subject(), matches: filter.matches,
		replay:  jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy},
		absence: b.options.TombstoneTTL / 2,
		mark:    func(kind EventKind) error { return visit(Event{Kind: kind}) },
		show: func(msg jetstream.Msg, meta *jetstream.MsgMetadata, replayed bool) (func() error, error) {
			event, err := newEventOf(msg, meta)
			event.Replayed = replayed
			return func() error { return visit(event) }, err
		},
	})
}

// feed is what a watch reads and whom it tells.
type feed struct {
	stream string
	// what it tells of, in the plural.
	what string
	// subject is asked for, and matches chooses among what comes.
	subject string
	matches func(subject string) bool
	// replay says where the server begins.
	replay jetstream.ConsumerConfig
	// single says that the stream keeps nothing but the last of each subject: what is
	// replaced during a replay is gone, and its successor belongs to the replay.
	single bool
	// absence is how long a watcher may be away and still go on where it was.
	absence time.Duration
	// mark tells of EventCurrent and EventReset.
	mark func(EventKind) error
	// show reads a message, and returns how to tell of it.
	show func(msg jetstream.Msg, meta *jetstream.MsgMetadata, replayed bool) (func() error, error)
	// lapse tells of what has ended by itself, and returns when more will; nil when
	// nothing does.
	lapse func(now time.Time) (time.Time, error)
}

// watch goes on until ctx ends or the visitor returns an error.
func (b *Bus) watch(ctx context.Context, from feed) error {
	w := &watch{feed: from, bus: b}
	for {
		err := b.watchOnce(ctx, w)
		var stop visitError
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // to be told to stop is no error
		case errors.As(err, &stop):
			return stop.cause
		case b.conn.IsClosed():
			return fmt.Errorf("watch %s: %w", w.what, ErrClosed)
		case errors.Is(err, ErrNotProvisioned) && !w.started:
			return fmt.Errorf("watch %s: %w", w.what, err)
		case errors.Is(err, errReconnected):
			continue
		}
		b.options.OnError(fmt.Errorf("watch %s, trying again: %w", w.what, err))
		_ = sleep(ctx, watchRetry)
	}
}

// watchOnce is a session that ends with the connection it was made on.
func (b *Bus) watchOnce(ctx context.Context, w *watch) error {
	ctx, cancel := within(ctx, b.epoch.current())
	defer cancel()
	err := w.session(ctx)
	var stop visitError
	if errors.Is(context.Cause(ctx), errReconnected) && !errors.As(err, &stop) {
		return errReconnected
	}
	return err
}

// visitError is an error of the visitor: it ends the watch.
type visitError struct{ cause error }

func (e visitError) Error() string { return e.cause.Error() }

// watch is one watcher. A session of it lasts as long as one consumer.
type watch struct {
	feed
	bus *Bus

	started bool
	// created is when the stream was made; another time means another stream.
	created time.Time
	// last is the sequence that was visited last.
	last uint64
	// until is the stream's last sequence when the session began: a replay tells
	// all up to it, whatever ends or comes meanwhile.
	until uint64
	// alive is when the server was heard last.
	alive time.Time
	// current: the replay is through.
	current bool
}

// session makes a consumer and visits its messages until something fails.
func (w *watch) session(ctx context.Context) error {
	stream, err := w.bus.stream(ctx, w.stream)
	if err != nil {
		return err
	}
	if err := w.resume(stream.CachedInfo()); err != nil {
		return err
	}
	consumer, err := w.bus.js.CreateConsumer(ctx, w.stream, w.consumerConfig())
	if err != nil {
		return fmt.Errorf("create consumer: %w", err)
	}
	if !w.current && consumer.CachedInfo().NumPending == 0 {
		if err := w.arrive(); err != nil {
			return err
		}
	}
	messages, err := consumer.Messages(
		jetstream.PullMaxMessages(watchAhead),
		jetstream.PullHeartbeat(watchHeartbeat),
		jetstream.WithMessagesErrOnMissingHeartbeat(true),
	)
	if err != nil {
		return err
	}
	defer messages.Stop()
	return w.read(ctx, messages)
}

// resume decides whether the watch can go on where it was.
func (w *watch) resume(info *jetstream.StreamInfo) error {
	lost := w.started && (!info.Created.Equal(w.created) || info.State.LastSeq < w.last ||
		time.Since(w.alive) > w.absence || !w.current)
	if !w.started {
		w.started, w.alive = true, time.Now()
	}
	w.created, w.until = info.Created, info.State.LastSeq
	if !lost {
		return nil
	}
	w.last, w.current, w.alive = 0, false, time.Now()
	return w.tell(func() error { return w.mark(EventReset) })
}

// consumerConfig makes a consumer that leaves no trace: in memory, without
// acknowledgements, gone when nobody asks it.
func (w *watch) consumerConfig() jetstream.ConsumerConfig {
	config := w.replay
	config.FilterSubject = w.subject
	config.AckPolicy = jetstream.AckNonePolicy
	config.InactiveThreshold = watchIdle
	config.MemoryStorage = true
	config.Replicas = 1
	if w.current {
		config.OptStartTime = nil
		config.DeliverPolicy = jetstream.DeliverByStartSequencePolicy
		config.OptStartSeq = w.last + 1
	}
	return config
}

// read visits messages, and checks that none was lost on the way.
func (w *watch) read(ctx context.Context, messages jetstream.MessagesContext) error {
	for received := uint64(1); ; received++ {
		msg, err := w.next(ctx, messages)
		if err != nil {
			return err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return err
		}
		if meta.Sequence.Consumer != received {
			return fmt.Errorf("message %d came as the consumer's %d", received, meta.Sequence.Consumer)
		}
		if err := w.see(msg, meta); err != nil {
			return err
		}
	}
}

func (w *watch) next(ctx context.Context, messages jetstream.MessagesContext) (jetstream.Msg, error) {
	for {
		patience, err := w.patience()
		if err != nil {
			return nil, err
		}
		msg, err := w.wait(ctx, messages, patience)
		quiet := errors.Is(err, context.DeadlineExceeded) && w.current && ctx.Err() == nil
		if err == nil || quiet {
			// Without the server's heartbeat the error would have been another.
			w.alive = time.Now()
		}
		if !quiet {
			return msg, err
		}
	}
}

// patience is how long to wait for a message, after it was told what has ended by
// itself.
func (w *watch) patience() (time.Duration, error) {
	if w.lapse == nil || !w.current {
		return watchQuiet, nil
	}
	next, err := w.lapse(time.Now())
	if err != nil {
		return 0, visitError{err}
	}
	if next.IsZero() {
		return watchQuiet, nil
	}
	return min(watchQuiet, time.Until(next)), nil
}

func (w *watch) wait(ctx context.Context, messages jetstream.MessagesContext, patience time.Duration) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return messages.Next(jetstream.NextContext(ctx))
}

// see visits one message, and tells when it is the replay's last.
func (w *watch) see(msg jetstream.Msg, meta *jetstream.MsgMetadata) error {
	if !w.current && !w.single && meta.Sequence.Stream > w.until {
		if err := w.arrive(); err != nil {
			return err
		}
	}
	if w.matches(msg.Subject()) {
		if err := w.pass(msg, meta); err != nil {
			return err
		}
	}
	w.last = max(w.last, meta.Sequence.Stream)
	if !w.current && meta.NumPending == 0 {
		return w.arrive()
	}
	return nil
}

func (w *watch) pass(msg jetstream.Msg, meta *jetstream.MsgMetadata) error {
	visit, err := w.show(msg, meta, !w.current)
	if err != nil {
		w.bus.options.OnError(fmt.Errorf("message %d on %q: %w", meta.Sequence.Stream, msg.Subject(), err))
		return nil
	}
	return w.tell(visit)
}

// arrive ends the replay. One that had nothing to tell goes on after all that was
// there: a replay of statuses leaves out only what is not the last of its series,
// one since an instant what is older. After one that told something a later session
// goes on there, as the replica that it came from may lack what it has not told.
func (w *watch) arrive() error {
	w.current = true
	if w.last == 0 {
		w.last = w.until
	}
	return w.tell(func() error { return w.mark(EventCurrent) })
}

func (w *watch) tell(visit func() error) error {
	if err := visit(); err != nil {
		return visitError{err}
	}
	return nil
}
