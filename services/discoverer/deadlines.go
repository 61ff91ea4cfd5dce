package discoverer

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// watch follows the disks' statuses: they tell which disks are known and when the
// next deadline of each passes.
func (s *Service) watch(ctx context.Context) error {
	err := s.bus.WatchStatuses(ctx, bus.Filter{Kind: bus.EventDisk}, func(e bus.Event) error {
		switch e.Kind {
		case bus.EventDisk:
			s.known.set(e.Disk)
		case bus.EventCurrent:
			s.once.Do(func() { close(s.ready) })
		case bus.EventReset:
			s.known.forget()
		case bus.EventBackup, bus.EventAudit, bus.EventEntry: // not asked for
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("discoverer: watch statuses: %w", err)
	}
	return nil
}

// deadlines asks for the evaluation of each disk whose deadline passes, until an
// evaluation after the deadline has come.
func (s *Service) deadlines(ctx context.Context) error {
	for {
		list, wait := s.known.due(time.Now(), deadlineRetry)
		for _, o := range list {
			// The last evaluation is part of the id: one that ended before the
			// deadline does not count as this request's.
			id := fmt.Sprintf("%s/%s/deadline/%d/%d", o.environment, o.disk, o.deadline.UnixNano(), o.evaluatedAt.UnixNano())
			s.log.Info("a deadline has passed", zap.String("env", o.environment), zap.String("disk", o.disk), zap.Time("deadline", o.deadline))
			s.ask(ctx, o.diskID, backmonv1.Trigger_TRIGGER_DEADLINE, o.deadline, id)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-s.known.changed:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}
