package notifier

import (
	"context"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/backmon/backmon/pkg/incident"
)

// closedFor is how long a closed incident is told again: so that one that was told
// as open a moment too late does not stay open there.
const closedFor = 15 * time.Minute

// resend tells receivers that ask for it what is open, again and again. All
// notifiers do: such receivers know an incident by its labels.
func (s *Service) resend(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range s.config.Receivers {
		if resender, ok := r.Sender.(Resender); ok {
			group.Go(func() error { return s.resendTo(ctx, r, resender) })
		}
	}
	return group.Wait()
}

func (s *Service) resendTo(ctx context.Context, r Receiver, to Resender) error {
	for s.view.await(ctx) && rest(ctx, to.ResendInterval()) {
		open, closed := s.view.told(r.Name, time.Now())
		if len(open)+len(closed) == 0 {
			continue
		}
		sending, cancel := context.WithTimeout(ctx, r.Timeout)
		err := to.Resend(sending, open, closed)
		cancel()
		if err != nil && ctx.Err() == nil {
			s.log.Warn("telling a receiver again what is open failed", zap.String("receiver", r.Name), zap.Error(err))
		}
	}
	return nil
}

// told returns the incidents that a receiver was told of and that are open, and those
// that closed lately.
func (v *view) told(receiver string, now time.Time) (open, closed []incident.Incident) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, b := range v.buckets {
		group := b.groups[receiver].value
		for subject := range b.subjects {
			i := v.incidents[subject].value
			_, told := group.Told[incident.Key(subject)]
			switch {
			case told && i.Open():
				open = append(open, i)
			case group.Written > 0 && !i.Open() && now.Sub(i.ClosedAt) < closedFor:
				closed = append(closed, i)
			}
		}
	}
	return open, closed
}
