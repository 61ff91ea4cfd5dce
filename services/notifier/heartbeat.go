package notifier

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// Heartbeat tells a dead man's switch outside that this notifier lives and sees NATS.
type Heartbeat struct {
	Interval time.Duration
	// Beat tells it once.
	Beat func(ctx context.Context) error
}

// beatTimeout bounds one beat.
const beatTimeout = 15 * time.Second

// heartbeat beats while the notifier can work: a switch that hears nothing warns.
func (s *Service) heartbeat(ctx context.Context) error {
	h := s.config.Heartbeat
	if h == nil {
		<-ctx.Done()
		return nil
	}
	for failing := false; s.view.await(ctx); {
		if err := s.beat(ctx, h); err == nil {
			failing = false
		} else if ctx.Err() == nil && !failing {
			failing = true
			s.log.Warn("the heartbeat failed; it goes on", zap.Error(err))
		}
		if !rest(ctx, h.Interval) {
			break
		}
	}
	return nil
}

func (s *Service) beat(ctx context.Context, h *Heartbeat) error {
	if err := s.bus.Ready(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	return h.Beat(ctx)
}
