package discoverer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// endVanished ends the statuses of the disks of an environment that are no more.
func (s *Service) endVanished(ctx context.Context, environment string, disks []string) {
	for _, disk := range s.known.of(environment) {
		if !slices.Contains(disks, disk) {
			s.end(ctx, diskID{environment, disk}, "the disk is no more, excluded or ignored")
		}
	}
}

// endForeign ends the statuses of environments that the configuration no longer has.
func (s *Service) endForeign(ctx context.Context) {
	for _, environment := range s.known.environments() {
		configured := slices.ContainsFunc(s.config.Environments, func(e Environment) bool { return e.Name == environment })
		if configured {
			continue
		}
		for _, disk := range s.known.of(environment) {
			s.end(ctx, diskID{environment, disk}, "its environment is not configured any more")
		}
	}
}

func (s *Service) end(ctx context.Context, id diskID, why string) {
	log := s.log.With(zap.String("env", id.environment), zap.String("disk", id.disk), zap.String("reason", why))
	if err := s.endDisk(ctx, id); err != nil {
		log.Error("the disk's statuses could not be ended", zap.Error(err))
		return
	}
	log.Info("the disk's statuses are ended")
}

// endDisk publishes tombstones for a disk and all its series. Where an evaluation
// comes in between, its statuses stand, and the next tick looks again. The disk's
// own tombstone is the last: until it is there the disk is known, and the ending
// is taken up again.
func (s *Service) endDisk(ctx context.Context, id diskID) error {
	now := time.Now()
	var updates []bus.BackupUpdate
	for record, err := range s.bus.LastStatuses(ctx, id.environment, id.disk) {
		if err != nil {
			return err
		}
		if !record.Gone() {
			status := wire.ParseStatus(record.Status)
			updates = append(updates, bus.BackupUpdate{Status: wire.Status(status.End(now), nil), After: record.Revision()})
		}
	}
	if _, err := s.bus.PublishBackupStatuses(ctx, updates); err != nil {
		return fmt.Errorf("end the series of disk %q: %w", id.disk, err)
	}
	last, err := s.bus.LastDiskStatus(ctx, id.environment, id.disk)
	if err != nil {
		return err
	}
	gone := &backmonv1.DiskStatus{Environment: id.environment, Disk: id.disk, Gone: true, EvaluatedAt: timestamppb.New(now)}
	_, err = s.bus.PublishDiskStatus(ctx, gone, last.Revision())
	return err
}
