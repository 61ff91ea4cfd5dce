package discoverer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/discoverer"
)

// request is one DiskFound with its message id and when it was published.
type request struct {
	name, id  string // name is environment/disk
	trigger   backmonv1.Trigger
	meant, at time.Time
}

// fakeBus holds statuses and takes down what is published.
type fakeBus struct {
	events chan bus.Event

	mu       sync.Mutex
	outcome  bus.Outcome // of every DiskFound
	failing  error       // of every read and publish of statuses
	series   map[string][]bus.BackupRecord
	requests []request
	ended    []string
}

func newFakeBus() *fakeBus {
	return &fakeBus{events: make(chan bus.Event), outcome: bus.Stored, series: map[string][]bus.BackupRecord{}}
}

func (b *fakeBus) PublishDiskFound(_ context.Context, found *backmonv1.DiskFound, id string) (bus.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = append(b.requests, request{
		name: found.GetEnvironment() + "/" + found.GetDisk(), id: id, trigger: found.GetTrigger(), meant: found.GetRequestedAt().AsTime(), at: time.Now().UTC(),
	})
	return b.outcome, nil
}

func (b *fakeBus) WatchStatuses(ctx context.Context, filter bus.Filter, visit func(bus.Event) error) error {
	if filter.Kind != bus.EventDisk {
		return errors.New("a discoverer has no right to read all statuses")
	}
	for {
		select {
		case e := <-b.events:
			if err := visit(e); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *fakeBus) LastStatuses(_ context.Context, environment, disk string) iter.Seq2[bus.BackupRecord, error] {
	return func(yield func(bus.BackupRecord, error) bool) {
		b.mu.Lock()
		records, err := b.series[environment+"/"+disk], b.failing
		b.mu.Unlock()
		if err != nil {
			yield(bus.BackupRecord{}, err)
			return
		}
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (b *fakeBus) LastDiskStatus(_ context.Context, environment, disk string) (bus.DiskRecord, error) {
	return bus.DiskRecord{Status: &backmonv1.DiskStatus{Environment: environment, Disk: disk}, Sequence: 77}, nil
}

func (b *fakeBus) PublishBackupStatuses(_ context.Context, updates []bus.BackupUpdate) ([]bus.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range updates {
		id := u.Status.GetSeries()
		b.ended = append(b.ended, fmt.Sprintf("series %s/%s %s %v after %d", id.GetEnvironment(), id.GetDisk(), id.GetGroup(), u.Status.GetState(), u.After.Sequence))
	}
	return make([]bus.Outcome, len(updates)), nil
}

func (b *fakeBus) PublishDiskStatus(_ context.Context, status *backmonv1.DiskStatus, after bus.Revision) (bus.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = append(b.ended, fmt.Sprintf("disk %s/%s gone=%v after %d", status.GetEnvironment(), status.GetDisk(), status.GetGone(), after.Sequence))
	return bus.Stored, nil
}

// take returns what was asked for since the last time.
func (b *fakeBus) take() []request {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.requests
	b.requests = nil
	return taken
}

func (b *fakeBus) takeNames() []string {
	var names []string
	for _, r := range b.take() {
		names = append(names, r.name)
	}
	slices.Sort(names)
	return names
}

func (b *fakeBus) takeEnded() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.ended
	b.ended = nil
	return taken
}

// say sends a disk's status on the stream. deadline 0 is none.
func (b *fakeBus) say(name string, evaluated time.Time, deadline time.Time) {
	environment, disk, _ := strings.Cut(name, "/")
	status := &backmonv1.DiskStatus{Environment: environment, Disk: disk, EvaluatedAt: timestamppb.New(evaluated)}
	if !deadline.IsZero() {
		status.NextDeadline = timestamppb.New(deadline)
	}
	b.events <- bus.Event{Kind: bus.EventDisk, Disk: status}
}

func (b *fakeBus) current() { b.events <- bus.Event{Kind: bus.EventCurrent} }

// hold stores a series of a disk.
func (b *fakeBus) hold(name, group string, sequence uint64, state backup.State) {
	environment, disk, _ := strings.Cut(name, "/")
	s := backup.Status{Series: backup.SeriesID{Environment: environment, Disk: disk, Directory: "d", File: "f", Group: group}, State: state}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.series[name] = append(b.series[name], bus.BackupRecord{Status: wire.Status(s, nil), Sequence: sequence})
}

// fakeProvider is an environment whose disks the test sets.
type fakeProvider struct {
	mu      sync.Mutex
	disks   []string
	err     error
	ignored map[string]error // what reading the ignore file of a disk says
}

func (p *fakeProvider) Disks(context.Context) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.disks, p.err
}

func (p *fakeProvider) set(err error, disks ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.disks, p.err = disks, err
}

func (p *fakeProvider) Disk(name string) storage.Disk { return fakeDisk{p, name} }

type fakeDisk struct {
	provider *fakeProvider
	name     string
}

func (d fakeDisk) Name() string { return d.name }

func (d fakeDisk) List(context.Context, storage.Listing, func([]storage.Entry) error) (storage.Cost, error) {
	return storage.Cost{}, errors.New("a discoverer lists no disk")
}

func (d fakeDisk) Read(_ context.Context, key string, _ int64) (storage.Object, error) {
	d.provider.mu.Lock()
	defer d.provider.mu.Unlock()
	if err, ok := d.provider.ignored[d.name]; ok && key == storage.IgnoreFile {
		return storage.Object{}, err
	}
	return storage.Object{}, storage.ErrNotFound
}

func every(string) bool { return true }

func environment(name string, p *fakeProvider) discoverer.Environment {
	return discoverer.Environment{Name: name, Provider: p, Includes: every}
}

// work runs a discoverer with a tick each hour while script goes on, in a bubble
// whose clock starts at 2000-01-01 00:00 UTC.
func work(t *testing.T, script func(b *fakeBus), environments ...discoverer.Environment) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBus()
		service, err := discoverer.New(discoverer.Config{Interval: time.Hour, Environments: environments}, b, zap.NewNop())
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

// pass lets time go by and all that it brings about settle.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the clock of the bubble
	synctest.Wait()
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
