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
// of the interval since the epoch, so that all discoverers tick together. Each
// environment ticks on its own: one that does not answer holds up no other.
func (s *Service) ticks(ctx context.Context) error {
	select { // a disk that vanished can be told only when the known ones are there
	case <-s.ready:
	case <-ctx.Done():
		return nil
	}
	var group sync.WaitGroup
	for i := range s.config.Environments {
		group.Go(func() {
			s.eachTick(ctx, func(slot time.Time) { s.tickEnvironment(ctx, &s.config.Environments[i], slot) })
		})
	}
	group.Go(func() { s.eachTick(ctx, func(time.Time) { s.endForeign(ctx) }) })
	group.Wait()
	return nil
}

// eachTick calls work with the last tick and then with each that comes, until ctx
// ends. Those that pass while work is busy are left out.
func (s *Service) eachTick(ctx context.Context, work func(slot time.Time)) {
	for ctx.Err() == nil {
		slot := time.Now().Truncate(s.config.Interval)
		work(slot)
		timer := time.NewTimer(time.Until(slot.Add(s.config.Interval)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// tickEnvironment asks for the evaluation of an environment's disks, and ends
// what is no more.
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
