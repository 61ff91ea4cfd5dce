package evaluator

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// refreshAfter is the longest time for which an unchanged status is not
// published again.
const refreshAfter = 6 * time.Hour

// Config are the evaluator's settings.
type Config struct {
	// Concurrency is how many disks are evaluated at once.
	Concurrency int
	// Timeout bounds the evaluation of one disk.
	Timeout time.Duration
	// PurgeShare is the share of a series that a purger run may delete; 0 when no
	// purger deletes. That so many files are gone is no surprise.
	PurgeShare float64
	// MaxDefinition is the largest definitions file in bytes.
	MaxDefinition int64
	Environments  []Environment
}

// Environment is where an environment's disks are read.
type Environment struct {
	Name        string
	Provider    storage.Provider
	Definitions string // key of the definitions file in each disk
}

// Validate reports every problem of the settings.
func (c Config) Validate() error {
	var problems []error
	if c.Concurrency < 1 {
		problems = append(problems, fmt.Errorf("the concurrency %d is below 1", c.Concurrency))
	}
	if c.MaxDefinition < 1 {
		problems = append(problems, fmt.Errorf("the limit of %d bytes for definitions is below 1", c.MaxDefinition))
	}
	return errors.Join(problems...)
}

// Bus is what the evaluator needs of the bus.
type Bus interface {
	ConsumeDisks(ctx context.Context, options bus.ConsumeOptions, handler func(context.Context, bus.Job) error) error
	LastStatuses(ctx context.Context, environment, disk string) iter.Seq2[bus.BackupRecord, error]
	LastDiskStatus(ctx context.Context, environment, disk string) (bus.DiskRecord, error)
	PublishBackupStatuses(ctx context.Context, updates []bus.BackupUpdate) ([]bus.Outcome, error)
	PublishDiskStatus(ctx context.Context, status *backmonv1.DiskStatus, after bus.Revision) (bus.Outcome, error)
}

// Service is an evaluator.
type Service struct {
	config  Config
	bus     Bus
	log     *zap.Logger
	scanner scan.Scanner
}

// New returns an evaluator.
func New(config Config, b Bus, log *zap.Logger) (*Service, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("evaluator: %w", err)
	}
	return &Service{
		config: config, bus: b, log: log.Named("evaluator"),
		scanner: scan.Scanner{Stats: storage.NewStatReader(0, 0), MaxDefinition: config.MaxDefinition},
	}, nil
}

// Run works until ctx ends, which is no error. Jobs in work are then given back.
func (s *Service) Run(ctx context.Context) error {
	err := s.bus.ConsumeDisks(ctx, bus.ConsumeOptions{Workers: s.config.Concurrency, Deadline: s.config.Timeout}, s.handle)
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("evaluator: %w", err)
	}
	return nil
}

func (s *Service) environment(name string) (Environment, bool) {
	for _, e := range s.config.Environments {
		if e.Name == name {
			return e, true
		}
	}
	return Environment{}, false
}
