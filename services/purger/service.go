package purger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Config are the purger's settings.
type Config struct {
	// Enforce makes it delete; otherwise all is planned and published only.
	Enforce bool
	// MaxShare is the share of a series that one run may delete, above 0 and at
	// most 1; backup.LeastPurgeShare may go in any case.
	MaxShare float64
	// Interval is the update interval: a status is too old after two of them.
	Interval time.Duration
	// MaxDefinition is the largest definitions file in bytes.
	MaxDefinition int64
	Environments  []Environment
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Environment is where an environment's disks are.
type Environment struct {
	Name        string
	Provider    storage.Provider
	Definitions string // key of the definitions file in each disk
	// Includes tells whether the configuration has a disk of that name: an old
	// status of one that was taken out must not lead to deletes. Nil: all.
	Includes func(disk string) bool
}

// has tells whether a disk is one of the environment's.
func (e Environment) has(disk string) bool { return e.Includes == nil || e.Includes(disk) }

// Validate reports every problem of the settings.
func (c Config) Validate() error {
	var problems []error
	if c.MaxShare <= 0 || c.MaxShare > 1 {
		problems = append(problems, fmt.Errorf("the share %g is not above 0 and at most 1", c.MaxShare))
	}
	if c.Interval < time.Second {
		problems = append(problems, fmt.Errorf("the interval %s is below 1s", c.Interval))
	}
	if c.MaxDefinition < 1 {
		problems = append(problems, fmt.Errorf("the limit of %d bytes for definitions is below 1", c.MaxDefinition))
	}
	return errors.Join(problems...)
}

// Bus is what the purger needs of the bus.
type Bus interface {
	ConsumeDiskStatuses(ctx context.Context, options bus.ConsumeOptions, handler func(context.Context, bus.DiskJob) error) error
	LastStatuses(ctx context.Context, environment, disk string) iter.Seq2[bus.BackupRecord, error]
	LastStatus(ctx context.Context, series *backmonv1.SeriesId) (bus.BackupRecord, error)
	LastDiskStatus(ctx context.Context, environment, disk string) (bus.DiskRecord, error)
	Holds(ctx context.Context) ([]*backmonv1.Hold, error)
	ReadAudit(ctx context.Context, filter bus.AuditFilter) iter.Seq2[bus.AuditRecord, error]
	PublishAudit(ctx context.Context, message proto.Message, id string) error
	UnsettledPurges(ctx context.Context, environment, disk string) ([]*backmonv1.FilesPurged, error)
	PublishDiskFound(ctx context.Context, found *backmonv1.DiskFound, id string) (bus.Outcome, error)
}

// Service is a purger.
type Service struct {
	config  Config
	bus     Bus
	log     *zap.Logger
	scanner scan.Scanner
	now     func() time.Time
	memory  memory
}

// New returns a purger.
func New(config Config, b Bus, log *zap.Logger) (*Service, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("purger: %w", err)
	}
	now := config.Now
	if now == nil {
		now = time.Now
	}
	return &Service{
		config: config, bus: b, log: log.Named("purger"), now: now,
		scanner: scan.Scanner{Stats: storage.NewStatReader(0, 0), MaxDefinition: config.MaxDefinition},
	}, nil
}

// Run works until ctx ends, which is no error. The file that is being deleted
// then is accounted for before it returns.
func (s *Service) Run(ctx context.Context) error {
	if err := s.recall(ctx); err != nil {
		return fmt.Errorf("purger: %w", err)
	}
	err := s.bus.ConsumeDiskStatuses(ctx, bus.ConsumeOptions{Workers: disksAtOnce, Grace: runGrace, Deadline: runDeadline}, s.inTurn)
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("purger: %w", err)
	}
	return nil
}

// recall reads which refusals hold by the audit stream, so that one that ends
// while no purger runs, or is seen by another one, is taken back.
func (s *Service) recall(ctx context.Context) error {
	for record, err := range s.bus.ReadAudit(ctx, bus.AuditFilter{Kinds: []bus.AuditKind{bus.AuditRefused}}) {
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && record.Sequence == 0:
			return fmt.Errorf("read the refusals of before: %w", err)
		case err == nil:
			s.memory.refused.set(refusedSeries(record.Refused), record.Refused.GetReason())
		}
	}
	return nil
}

// refusedSeries is what a refusal is about: a disk has no directory.
func refusedSeries(m *backmonv1.PurgeRefused) backup.SeriesID {
	if m.GetSeries() != nil {
		return wire.ParseSeriesID(m.GetSeries())
	}
	return backup.SeriesID{Environment: m.GetEnvironment(), Disk: m.GetDisk()}
}

// runDeadline bounds the work that one disk's status gives.
const runDeadline = 10 * time.Minute

// disksAtOnce is how many disks a purger works on side by side; series of one
// disk go one after the other.
const disksAtOnce = 4

// runGrace is how long a run may go on after the service was told to stop: enough
// for the batch that is being deleted, and for its result.
const runGrace = 20 * time.Second

func (s *Service) environment(name string) (Environment, bool) {
	for _, e := range s.config.Environments {
		if e.Name == name {
			return e, true
		}
	}
	return Environment{}, false
}
