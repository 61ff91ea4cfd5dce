package discoverer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// deadlineRetry is how long an evaluation at a deadline may take to show before
// it is asked for again: the first request may have been coalesced with a job
// that began before the deadline.
const deadlineRetry = 2 * time.Second

// Config are the discoverer's settings.
type Config struct {
	// Interval is the time between two evaluations of each disk.
	Interval     time.Duration
	Environments []Environment
}

// Validate reports every problem of the settings.
func (c Config) Validate() error {
	var problems []error
	if c.Interval < time.Second {
		problems = append(problems, fmt.Errorf("the interval %s is below 1s", c.Interval))
	}
	if len(c.Environments) == 0 {
		problems = append(problems, errors.New("no environment is configured"))
	}
	return errors.Join(problems...)
}

// Bus is what the discoverer needs of the bus.
type Bus interface {
	PublishDiskFound(ctx context.Context, found *backmonv1.DiskFound, id string) (bus.Outcome, error)
	WatchStatuses(ctx context.Context, filter bus.Filter, visit func(bus.Event) error) error
	LastStatuses(ctx context.Context, environment, disk string) iter.Seq2[bus.BackupRecord, error]
	LastDiskStatus(ctx context.Context, environment, disk string) (bus.DiskRecord, error)
	PublishBackupStatuses(ctx context.Context, updates []bus.BackupUpdate) ([]bus.Outcome, error)
	PublishDiskStatus(ctx context.Context, status *backmonv1.DiskStatus, after bus.Revision) (bus.Outcome, error)
}

// Service is a discoverer.
type Service struct {
	config Config
	bus    Bus
	log    *zap.Logger
	known  *known
	ready  chan struct{} // closed when the known disks are replayed
	once   sync.Once
}

// New returns a discoverer.
func New(config Config, b Bus, log *zap.Logger) (*Service, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("discoverer: %w", err)
	}
	return &Service{config: config, bus: b, log: log.Named("discoverer"), known: newKnown(), ready: make(chan struct{})}, nil
}

// Run works until ctx ends, which is no error.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.watch(ctx) })
	group.Go(func() error { return s.ticks(ctx) })
	group.Go(func() error { return s.deadlines(ctx) })
	return group.Wait()
}
