package notifier

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
)

const (
	// planners is how many buckets are planned side by side.
	planners = 8
	// farOff is when the planner looks at the latest.
	farOff = time.Hour
	// planRetry is the pause after NATS failed.
	planRetry = 2 * time.Second
)

// alarms are the times at which buckets are to be looked at.
type alarms map[string]time.Time

// plan writes notices that are due, and has those delivered that are pending.
func (s *Service) plan(ctx context.Context) error {
	waiting := alarms{}
	for s.view.await(ctx) {
		due, next := s.view.take(waiting, time.Now())
		results := make([]time.Time, len(due))
		var group errgroup.Group // what it starts goes on after it
		group.SetLimit(planners)
		for i, id := range due {
			group.Go(func() error {
				results[i] = s.planBucket(ctx, id)
				return nil
			})
		}
		_ = group.Wait() // none returns an error
		for i, id := range due {
			delete(waiting, id)
			if at := results[i]; !at.IsZero() {
				waiting[id] = at
				next = earlier(next, at)
			}
		}
		s.view.pause(ctx, time.Until(next))
	}
	return nil
}

// earlier is the earlier of two times; the zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// take returns the buckets that are to be looked at now, and when the next one is.
func (v *view) take(waiting alarms, now time.Time) (due []string, next time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	next = now.Add(farOff)
	for _, silence := range v.silences {
		for _, edge := range []time.Time{silence.Since, silence.Until} {
			if edge.After(now) {
				next = earlier(next, edge)
			}
		}
		if v.passed(silence, now) {
			v.markAll()
		}
	}
	v.edges = now
	for id := range v.dirty {
		due = append(due, id)
	}
	for id, at := range waiting {
		if at.After(now) {
			next = earlier(next, at)
		} else if !v.dirty[id] {
			due = append(due, id)
		}
	}
	clear(v.dirty)
	return due, next
}

// passed tells whether a silence began or ended since the last look; the lock is held.
func (v *view) passed(s incident.Silence, now time.Time) bool {
	return s.Active(now) != s.Active(v.edges)
}

// pause waits for a change, but not longer than d.
func (v *view) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-v.changed:
	}
}

// planBucket does what is due for every receiver of a bucket, and returns when to
// look again; zero for not before something changes.
func (s *Service) planBucket(ctx context.Context, id string) time.Time {
	var next time.Time
	x := s.view.read(id, s)
	for _, f := range x.groups {
		at, err := s.planGroup(ctx, f, x)
		switch {
		case ctx.Err() != nil:
			return time.Time{}
		case errors.Is(err, bus.ErrConflict): // another notifier was faster; its record comes
			at = time.Now().Add(planRetry)
		case err != nil:
			s.log.Warn("planning a notice failed; it is tried again", zap.String("receiver", f.group.value.Receiver), zap.Error(err))
			at = time.Now().Add(planRetry)
		}
		next = earlier(next, at)
	}
	return next
}

// planGroup writes the group's next notice when it is due, or sees to the one that
// is pending, and returns when to look again.
func (s *Service) planGroup(ctx context.Context, f found, x *sight) (time.Time, error) {
	if f.group.value.Pending != nil {
		return s.deliver(ctx, f)
	}
	if !f.exists {
		return time.Time{}, nil
	}
	if slices.ContainsFunc(x.left, f.group.value.Knows) {
		return time.Time{}, s.part(ctx, f.group.value, x.left)
	}
	now := time.Now()
	incidents := x.by(f.receiver.Name)
	due := f.group.value.Due(incidents, s.timing(f.receiver), now)
	if due.IsZero() || due.After(now) {
		return due, nil
	}
	return s.write(ctx, f, incidents)
}

// write writes the group's next notice with what the leader says now.
func (s *Service) write(ctx context.Context, f found, incidents []incident.Seen) (time.Time, error) {
	group, revision, err := s.groupOf(ctx, f.group.value)
	if err != nil {
		return time.Time{}, err
	}
	if group.Pending != nil { // the view is behind
		s.view.setGroup(group, revision)
		return time.Time{}, nil
	}
	if incidents, err = s.refresh(ctx, group, incidents); err != nil {
		return time.Time{}, err
	}
	now := time.Now()
	timing := s.timing(f.receiver)
	if due := group.Due(incidents, timing, now); due.IsZero() || due.After(now) {
		s.view.setGroup(group, revision)
		return due, nil
	}
	after := group.Write(incidents, timing, now)
	if after.Same(group) { // no room for what is new
		return now.Add(farOff), nil
	}
	return time.Time{}, s.putGroup(ctx, after, revision)
}

// part makes a group forget subjects that belong to another one now: what the
// receiver is told of them it is told there. Else the next trouble of one that comes
// back some day would pass for one that is known.
func (s *Service) part(ctx context.Context, g incident.Group, left []incident.Subject) error {
	group, revision, err := s.groupOf(ctx, g)
	if err != nil {
		return err
	}
	parted := group
	for _, subject := range left {
		record, err := s.bus.Incident(ctx, wire.SeriesID(subject))
		if err != nil {
			return err
		}
		if i := wire.ParseIncident(record.Value); record.Revision > 0 && !s.view.belongs(i, group) {
			parted = parted.Forget(subject)
		}
	}
	if group.Pending != nil || parted.Same(group) {
		s.view.setGroup(group, revision)
		return nil
	}
	return s.putGroup(ctx, parted, revision)
}

// groupOf reads a group's record from the leader.
func (s *Service) groupOf(ctx context.Context, g incident.Group) (incident.Group, uint64, error) {
	record, err := s.bus.NoticeGroup(ctx, g.Receiver, g.ID())
	if err != nil || record.Revision == 0 {
		return incident.Group{Receiver: g.Receiver, By: g.By}, 0, err
	}
	return wire.ParseNoticeGroup(record.Value), record.Revision, nil
}

// putGroup writes a group's record after a revision, and lets the view know.
func (s *Service) putGroup(ctx context.Context, g incident.Group, after uint64) error {
	revision, err := s.bus.PutNoticeGroup(ctx, g.ID(), wire.NoticeGroup(g), after, keepGroupFor(g))
	if err != nil {
		return err
	}
	s.view.setGroup(g, revision)
	return nil
}

// keepGroupFor is how long a group is kept: for ever while there is something to come
// of it. A name that never comes again would leave it there else.
func keepGroupFor(g incident.Group) time.Duration {
	if g.Pending != nil || len(g.Told) > 0 || !g.DigestAt.IsZero() {
		return 0
	}
	return remembered
}

// refresh reads those incidents from the leader that are news: what the view says of
// them may be over, or told already.
func (s *Service) refresh(ctx context.Context, g incident.Group, incidents []incident.Seen) ([]incident.Seen, error) {
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(planners)
	fresh := make([]incident.Seen, len(incidents))
	copy(fresh, incidents)
	for at := range fresh {
		if !g.IsNews(fresh[at]) {
			continue
		}
		group.Go(func() error {
			record, err := s.bus.Incident(reading, wire.SeriesID(fresh[at].Subject))
			if err == nil && record.Revision > 0 {
				i := wire.ParseIncident(record.Value)
				s.view.setIncident(i, record.Revision)
				fresh[at] = s.view.seenAs(i, g, s)
			}
			return err
		})
	}
	return fresh, group.Wait()
}
