package notifier

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
)

// watch keeps the view in step with the records in NATS.
func (s *Service) watch(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.bus.WatchIncidents(ctx, s.hearIncident) })
	group.Go(func() error { return s.bus.WatchNoticeGroups(ctx, s.hearGroup) })
	group.Go(func() error { return s.bus.WatchSilences(ctx, s.hearSilence) })
	return group.Wait()
}

// turn handles what all watches have in common, and tells whether that was all.
func (s *Service) turn(kind bus.EventKind, from source) bool {
	switch kind {
	case bus.EventCurrent:
		s.view.arrive(from)
	case bus.EventReset:
		s.view.reset(from)
	default:
		return false
	}
	return true
}

func (s *Service) hearIncident(e bus.IncidentEvent) error {
	switch {
	case s.turn(e.Kind, fromIncidents):
	case e.Removed:
		s.view.dropIncident(e.Key, e.Revision)
	default:
		s.view.setIncident(wire.ParseIncident(e.Value), e.Revision)
	}
	return nil
}

func (s *Service) hearGroup(e bus.NoticeGroupEvent) error {
	switch {
	case s.turn(e.Kind, fromGroups):
	case e.Removed:
		s.view.dropGroup(e.Key, e.Revision)
	default:
		s.view.setGroup(wire.ParseNoticeGroup(e.Value), e.Revision)
	}
	return nil
}

func (s *Service) hearSilence(e bus.SilenceEvent) error {
	switch {
	case s.turn(e.Kind, fromSilences):
	case e.Removed:
		s.view.dropSilence(e.Key)
	default:
		s.view.setSilence(e.Key, wire.ParseSilence(e.Value))
	}
	return nil
}
