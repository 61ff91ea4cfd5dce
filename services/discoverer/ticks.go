package discoverer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// ticks asks for the evaluation of every disk: at once, and then at each multiple
// of the interval since the epoch, so that all discoverers tick together.
func (s *Service) ticks(ctx context.Context) error {
	select { // a disk that vanished can be told only when the known ones are there
	case <-s.ready:
	case <-ctx.Done():
		return nil
	}
	for {
		now := time.Now()
		slot := now.Truncate(s.config.Interval)
		s.tick(ctx, slot)
		timer := time.NewTimer(time.Until(slot.Add(s.config.Interval)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

// tick discovers all environments side by side.
func (s *Service) tick(ctx context.Context, slot time.Time) {
	var group sync.WaitGroup
	for i := range s.config.Environments {
		group.Go(func() { s.tickEnvironment(ctx, &s.config.Environments[i], slot) })
	}
	group.Wait()
	s.endForeign(ctx)
}

func (s *Service) tickEnvironment(ctx context.Context, e *Environment, slot time.Time) {
	log := s.log.With(zap.String("env", e.Name))
	found := e.discover(ctx)
	if ctx.Err() != nil {
		return
	}
	if found.err != nil {
		log.Warn("discovery is not complete", zap.Error(found.err))
	}
	known := s.known.of(e.Name)
	disks := found.disks
	if !found.complete { // those that can't be seen must become UNKNOWN, not vanish
		disks = union(disks, slices.DeleteFunc(known, func(d string) bool { return slices.Contains(found.ignored, d) || !e.Includes(d) }))
	}
	for _, disk := range disks {
		id := fmt.Sprintf("%s/%s/%d", e.Name, disk, slot.UnixNano())
		s.ask(ctx, diskID{e.Name, disk}, backmonv1.Trigger_TRIGGER_TICK, slot, id)
	}
	log.Info("disks found", zap.Int("disks", len(disks)), zap.Int("ignored", len(found.ignored)), zap.Bool("complete", found.complete))
	if found.complete {
		s.endVanished(ctx, e.Name, disks)
	}
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// ask publishes a DiskFound. That it is coalesced with one that is queued or in
// work is as good as published: for a tick that evaluation serves, and a deadline
// is asked for again until an evaluation after it has come.
func (s *Service) ask(ctx context.Context, id diskID, trigger backmonv1.Trigger, at time.Time, messageID string) {
	log := s.log.With(zap.String("env", id.environment), zap.String("disk", id.disk), zap.Stringer("trigger", trigger))
	outcome, err := s.bus.PublishDiskFound(ctx, &backmonv1.DiskFound{
		Environment: id.environment, Disk: id.disk, Trigger: trigger, RequestedAt: timestamppb.New(at),
	}, messageID)
	switch {
	case err != nil && ctx.Err() == nil:
		log.Error("an evaluation could not be asked for", zap.Error(err))
	case outcome == bus.Stored:
		log.Debug("evaluation asked for")
	default:
		log.Debug("evaluation already asked for", zap.Stringer("outcome", outcome))
	}
}
