package notifier

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
)

const (
	// perReceiver is how many notices are on their way to one receiver at a time.
	perReceiver = 4
	// takeover is how long a claim that has run out is watched once more before it is
	// taken over: its owner may have the receiver's answer and no NATS to record it.
	takeover = 3 * time.Second
	// recordFor is how long an answer is tried to be recorded when the process is to
	// stop, and recordRetry the pause in between.
	recordFor   = 20 * time.Second
	recordRetry = 250 * time.Millisecond
	// Pauses after failed attempts.
	firstBackoff = 5 * time.Second
	maxBackoff   = 10 * time.Minute
)

// claimFor is how long a claim holds: enough to send, and to write the claim and
// the answer while NATS is slow.
func claimFor(r Receiver) time.Duration { return 2*r.Timeout + time.Second }

// flights are the notices that this process is busy with.
type flights struct {
	mu    sync.Mutex
	under map[string]bool
	free  map[string]chan struct{}
	group sync.WaitGroup
}

func newFlights() *flights {
	return &flights{under: map[string]bool{}, free: map[string]chan struct{}{}}
}

// start does work of a group in the background, unless such work is under way. It
// calls done when it isn't any more: who looks earlier takes it for under way still.
func (f *flights) start(ctx context.Context, receiver, id string, work, done func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.under[id] {
		return
	}
	free := f.free[receiver]
	if free == nil {
		free = make(chan struct{}, perReceiver)
		f.free[receiver] = free
	}
	f.under[id] = true
	f.group.Go(func() {
		defer done()
		defer f.land(id)
		select {
		case free <- struct{}{}:
			defer func() { <-free }()
			work()
		case <-ctx.Done():
		}
	})
}

func (f *flights) land(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.under, id)
}

func (f *flights) has(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.under[id]
}

func (f *flights) wait() { f.group.Wait() }

// deliver sees to a group's pending notice, and returns when to look again.
func (s *Service) deliver(ctx context.Context, f found) (time.Time, error) {
	g := f.group.value
	now := time.Now()
	switch {
	case s.flights.has(g.ID()): // it says so when it is done
		return time.Time{}, nil
	case !g.Delivery.SettledAt.IsZero() && g.Delivery.Owner != s.name && now.Before(f.group.heard.Add(takeover)):
		return f.group.heard.Add(takeover), nil // whoever settled it is about to
	case !g.Delivery.SettledAt.IsZero():
		return time.Time{}, s.account(ctx, g, f.group.revision)
	case !f.exists:
		return s.orphan(ctx, f, now)
	case g.Delivery.Owner != "" && now.Before(f.group.heard.Add(claimFor(f.receiver))):
		// By this process' clock: those of others may differ.
		return f.group.heard.Add(claimFor(f.receiver)), nil
	case now.Before(g.Delivery.NextAttempt):
		return g.Delivery.NextAttempt, nil
	}
	s.flights.start(ctx, f.receiver.Name, g.ID(), func() { s.carry(ctx, f.receiver, g, f.group.revision) }, func() { s.view.touchGroup(g) })
	return time.Time{}, nil
}

// orphan gives up a notice whose receiver was taken out of the configuration, when
// it would have been given up anyhow: another notifier may still know it.
func (s *Service) orphan(ctx context.Context, f found, now time.Time) (time.Time, error) {
	until := f.group.value.WrittenAt.Add(s.config.GiveUp)
	if now.Before(until) {
		return until, nil
	}
	return time.Time{}, s.putGroup(ctx, s.settled(f.group.value, errors.New("the receiver is no longer configured")), f.group.revision)
}

// carry claims a notice, sends it and records what came of it.
func (s *Service) carry(ctx context.Context, r Receiver, g incident.Group, revision uint64) {
	g, revision, err := s.claim(ctx, r, g, revision)
	switch {
	case errors.Is(err, errNotOurs), errors.Is(err, bus.ErrConflict):
		s.hearAgain(ctx, g)
		return
	case ctx.Err() != nil:
		return
	case err != nil:
		s.log.Warn("claiming a notice failed; it is tried again", zap.String("receiver", r.Name), zap.Error(err))
		_ = rest(ctx, planRetry)
		return
	}
	// From here on it is finished, whatever the process is told.
	finish := context.WithoutCancel(ctx)
	s.record(finish, ctx, r, s.outcome(r, g, s.send(finish, r, *g.Pending)), revision)
}

// hearAgain brings the view up to date with a group's record, of which it knows an
// old state: by that one it would try to claim the notice at once again.
func (s *Service) hearAgain(ctx context.Context, g incident.Group) {
	stored, revision, err := s.groupOf(ctx, g)
	if err != nil {
		_ = rest(ctx, planRetry)
		return
	}
	s.view.setGroup(stored, revision)
}

// errNotOurs says that another notifier is at work.
var errNotOurs = errors.New("another notifier has it")

// claim writes that this process is sending the notice. A claim of another one that
// has run out is looked at twice, with a pause, before it is taken over.
func (s *Service) claim(ctx context.Context, r Receiver, g incident.Group, revision uint64) (incident.Group, uint64, error) {
	if g.Delivery.Owner != "" {
		if err := s.unchanged(ctx, g, revision); err != nil {
			return g, 0, err
		}
		if !rest(ctx, takeover) {
			return g, 0, ctx.Err()
		}
		if err := s.unchanged(ctx, g, revision); err != nil {
			return g, 0, err
		}
		s.log.Info("taking over a notice whose sender is silent", zap.String("receiver", r.Name), zap.String("run", g.Pending.ID))
	}
	began := time.Now()
	g.Delivery.Owner, g.Delivery.ClaimedUntil = s.name, began.Add(claimFor(r))
	if g.Delivery.FirstAttempt.IsZero() {
		g.Delivery.FirstAttempt = began
	}
	revision, err := s.bus.PutNoticeGroup(ctx, g.ID(), wire.NoticeGroup(g), revision, 0)
	if err != nil {
		return g, 0, err
	}
	if time.Since(began) > claimFor(r)-r.Timeout { // others may think it dead before it is through
		return g, 0, errNotOurs
	}
	s.view.setGroup(g, revision)
	return g, revision, nil
}

func (s *Service) unchanged(ctx context.Context, g incident.Group, revision uint64) error {
	_, now, err := s.groupOf(ctx, g)
	if err == nil && now != revision {
		return errNotOurs
	}
	return err
}

// send hands the notice to the receiver; one that panics has failed.
func (s *Service) send(ctx context.Context, r Receiver, n incident.Notice) (err error) {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return r.Send(ctx, n)
}

// record writes what came of an attempt, however long NATS takes: without it the
// receiver would be told again. Only the end of the process bounds it.
func (s *Service) record(ctx, running context.Context, r Receiver, after incident.Group, revision uint64) {
	log := s.log.With(zap.String("receiver", r.Name), zap.String("run", after.Pending.ID))
	for began := time.Now(); ; _ = rest(ctx, recordRetry) {
		err := s.putGroup(ctx, after, revision)
		if errors.Is(err, bus.ErrConflict) {
			if err = s.isRecorded(ctx, after); errors.Is(err, errNotOurs) {
				log.Warn("another notifier took a notice over while it was being sent; the receiver may get it twice, with the same id")
				return
			}
		}
		if err == nil {
			return
		}
		if running.Err() != nil && time.Since(began) > recordFor {
			log.Error("what came of a notice could not be recorded; the receiver may get it twice, with the same id", zap.Error(err))
			return
		}
	}
}

// isRecorded tells whether an attempt was recorded by a write whose answer was lost.
func (s *Service) isRecorded(ctx context.Context, after incident.Group) error {
	stored, _, err := s.groupOf(ctx, after)
	if err != nil {
		return err
	}
	if n := stored.Pending; n != nil && n.ID == after.Pending.ID && stored.Delivery.SettledAt.IsZero() && stored.Delivery.Attempts < after.Delivery.Attempts {
		return errNotOurs // it is as the claim, or the claim of another, has it
	}
	return nil
}

// outcome is the group after an attempt: settled, or to be tried again.
func (s *Service) outcome(r Receiver, g incident.Group, cause error) incident.Group {
	now := time.Now()
	g.Delivery.Attempts++
	g.Delivery.Owner, g.Delivery.ClaimedUntil = "", time.Time{}
	if cause == nil {
		return s.settled(g, nil)
	}
	var permanent interface{ Permanent() bool }
	if errors.As(cause, &permanent) && permanent.Permanent() || now.Sub(g.Delivery.FirstAttempt) >= s.config.GiveUp {
		return s.settled(g, cause)
	}
	g.Delivery.LastError = cause.Error()
	g.Delivery.NextAttempt = now.Add(backoff(g.Delivery.Attempts, cause))
	s.log.Warn("a notice was not taken; it is sent again", zap.String("receiver", r.Name), zap.String("run", g.Pending.ID),
		zap.Int("attempt", g.Delivery.Attempts), zap.Time("next", g.Delivery.NextAttempt), zap.Error(cause))
	return g
}

// backoff is the pause after failed attempts, at least what the receiver asked for.
func backoff(attempts int, cause error) time.Duration {
	pause := maxBackoff
	if attempts < 8 {
		pause = min(pause, firstBackoff<<(attempts-1))
	}
	pause += time.Duration(rand.Int64N(int64(pause)/4 + 1)) //nolint:gosec // spreads attempts, hides nothing
	var asked interface{ RetryAfter() time.Duration }
	if errors.As(cause, &asked) {
		pause = max(pause, min(asked.RetryAfter(), time.Hour))
	}
	return pause
}
