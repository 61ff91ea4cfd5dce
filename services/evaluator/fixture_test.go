package evaluator_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/storage"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/evaluator"
)

const definitions = `
directories:
  db/{{tenant}}:
    files:
      "%A.gz": {alias: any}
`

// fakeBus hands out one job at a time and remembers the last statuses.
type fakeBus struct {
	jobs    chan work
	options bus.ConsumeOptions

	series    map[string]bus.BackupRecord // by group; without a status: can't be read
	disk      bus.DiskRecord
	sequence  uint64
	published []string    // what the last job published
	outcome   bus.Outcome // of every publish
	unread    error       // comes with the reads of the last statuses
	refused   error       // of every publish
}

// work is a job with the context that it is given.
type work struct {
	ctx  context.Context
	job  bus.Job
	done chan error
}

func newFakeBus() *fakeBus {
	return &fakeBus{jobs: make(chan work), series: map[string]bus.BackupRecord{}, outcome: bus.Stored}
}

func (b *fakeBus) ConsumeDisks(ctx context.Context, options bus.ConsumeOptions, handler func(context.Context, bus.Job) error) error {
	b.options = options
	for {
		select {
		case w := <-b.jobs:
			w.done <- handler(w.ctx, w.job)
		case <-ctx.Done():
			return nil
		}
	}
}

func (b *fakeBus) LastStatuses(context.Context, string, string) iter.Seq2[bus.BackupRecord, error] {
	return func(yield func(bus.BackupRecord, error) bool) {
		if b.unread != nil {
			yield(bus.BackupRecord{}, b.unread)
			return
		}
		for _, group := range slices.Sorted(maps.Keys(b.series)) {
			r := b.series[group]
			var err error
			if r.Status == nil {
				err = errors.New("not a BackupStatus")
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func (b *fakeBus) LastDiskStatus(context.Context, string, string) (bus.DiskRecord, error) {
	return b.disk, nil
}

func (b *fakeBus) PublishBackupStatuses(_ context.Context, updates []bus.BackupUpdate) ([]bus.Outcome, error) {
	if b.refused != nil {
		return nil, b.refused
	}
	outcomes := make([]bus.Outcome, len(updates))
	for i, u := range updates {
		b.sequence++
		group := u.Status.GetSeries().GetGroup()
		b.published = append(b.published, fmt.Sprintf("%s %v after %d", group, u.Status.GetState(), u.After.Sequence))
		b.series[string(group)] = bus.BackupRecord{Status: u.Status, Sequence: b.sequence, Stored: time.Now()}
		outcomes[i] = b.outcome
	}
	return outcomes, nil
}

func (b *fakeBus) PublishDiskStatus(_ context.Context, status *backmonv1.DiskStatus, after bus.Revision) (bus.Outcome, error) {
	b.sequence++
	b.published = append(b.published, fmt.Sprintf("disk %v after %d", status.GetErrorKind(), after.Sequence))
	b.disk = bus.DiskRecord{Status: status, Sequence: b.sequence, Stored: time.Now()}
	return b.outcome, nil
}

// fakeDisk is provider and disk in one; its files are what the test sets.
type fakeDisk struct {
	keys        []string
	definitions string
	broken      error
	hangs       bool // the listing goes on until the context ends
}

func (d *fakeDisk) Disks(context.Context) ([]string, error) { return nil, errors.New("not asked for") }
func (d *fakeDisk) Disk(string) storage.Disk                { return d }
func (d *fakeDisk) Name() string                            { return "disk" }

func (d *fakeDisk) List(ctx context.Context, _ storage.Listing, visit func([]storage.Entry) error) (storage.Cost, error) {
	if d.hangs {
		<-ctx.Done()
		return storage.Cost{Requests: 1}, ctx.Err()
	}
	var page []storage.Entry
	for _, k := range d.keys {
		page = append(page, storage.Entry{Key: k, Size: 10, ModifiedAt: time.Unix(900000000, 0)})
	}
	if err := visit(page); err != nil {
		return storage.Cost{}, err
	}
	return storage.Cost{Requests: 1, Objects: int64(len(page))}, d.broken
}

func (d *fakeDisk) Read(context.Context, string, int64) (storage.Object, error) {
	if d.definitions == "" {
		return storage.Object{}, storage.ErrNotFound
	}
	return storage.Object{Data: []byte(d.definitions)}, nil
}

// bench is an evaluator at work in a bubble of time.
type bench struct {
	t    *testing.T
	bus  *fakeBus
	disk *fakeDisk
	logs *observer.ObservedLogs
	run  uint64
}

// onBench runs script with an evaluator on one disk.
func onBench(t *testing.T, script func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.DebugLevel)
		b := &bench{t: t, bus: newFakeBus(), disk: &fakeDisk{keys: []string{"db/a/x.gz", "db/b/x.gz"}, definitions: definitions}, logs: logs}
		service, err := evaluator.New(evaluator.Config{
			Concurrency: 3, Timeout: time.Minute, MaxDefinition: 1 << 20,
			Environments: []evaluator.Environment{{Name: "env", Provider: b.disk, Definitions: "d.yaml"}},
		}, b.bus, zap.New(core))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- service.Run(ctx) }()
		script(b)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
}

// evaluate gives the evaluator a job and returns what it published.
func (b *bench) evaluate() []string {
	b.t.Helper()
	if err := b.handle(b.t.Context(), "env"); err != nil {
		b.t.Fatal(err)
	}
	return b.take()
}

func (b *bench) handle(ctx context.Context, environment string) error {
	b.run++
	done := make(chan error)
	b.bus.jobs <- work{ctx, bus.Job{Disk: &backmonv1.DiskFound{Environment: environment, Disk: "disk"}, Sequence: b.run, Delivery: 1}, done}
	return <-done
}

func (b *bench) take() []string {
	taken := b.bus.published
	b.bus.published = nil
	return taken
}

func (b *bench) expect(what string, got []string, want ...string) {
	b.t.Helper()
	if !slices.Equal(got, want) {
		b.t.Errorf("%s: published %q, want %q", what, got, want)
	}
}

// pass lets time go by in the bubble.
func pass(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // the clock of the bubble
