package bus_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
)

// A cluster that loses the leader of its streams goes on: every publish gets
// through, the watcher sees each once and in order, the workers get each job.
func TestLeaderDies(t *testing.T) {
	const before, after = 20, 20
	s := bustest.StartCluster(t)
	evaluator, discoverer := s.Connect(t, "evaluator"), s.Connect(t, "discoverer")
	events := watch(t, s.Connect(t, "gateway"), bus.Filter{})
	wantEvents(t, events, "current")
	jobs := make(chan string, 100)
	inBackground(t, s.Connect(t, "worker").ConsumeDisks, bus.ConsumeOptions{Workers: 2}, func(_ context.Context, job bus.Job) error {
		jobs <- job.Disk.GetDisk()
		return nil
	})
	publish := make(chan error, 1)
	killed := make(chan struct{})
	go func() { publish <- publishBoth(t, evaluator, discoverer, before, after, killed) }()
	seen := map[string]bool{}
	for i := range before + after {
		if i == before {
			s.StopLeader(t, bus.StreamStatus)
			close(killed)
		}
		wantEvents(t, events, fmt.Sprintf("a by %d", i+1))
		seen[receive(t, jobs, "a job")] = true
	}
	if err := receive(t, publish, "the end of publishing"); err != nil {
		t.Error(err)
	}
	if len(seen) != before+after {
		t.Errorf("%d disks were worked on, want %d", len(seen), before+after)
	}
}

// publishBoth publishes statuses and requests, and waits in between.
func publishBoth(t *testing.T, evaluator, discoverer *bus.Bus, before, after int, between <-chan struct{}) error {
	for i := range before + after {
		if i == before {
			<-between
		}
		f := fence(uint64(i+1), 1, fmt.Sprint(i))
		if outcome, err := evaluator.PublishBackupStatus(t.Context(), status("d", "a", f), bus.Revision{}); err != nil || outcome != bus.Stored {
			return fmt.Errorf("status %d: %v, %w", i, outcome, err)
		}
		disk := fmt.Sprint("disk-", i)
		if _, err := discoverer.PublishDiskFound(t.Context(), found(disk), disk); err != nil {
			return err
		}
	}
	return nil
}
