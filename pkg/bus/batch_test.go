package bus_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// updates are of n series after what is known of them.
func updates(n int, f *backmonv1.Fence, known map[string]bus.BackupRecord) []bus.BackupUpdate {
	var all []bus.BackupUpdate
	for i := range n {
		group := fmt.Sprint(i)
		all = append(all, bus.BackupUpdate{Status: status("d", group, f), After: known[group].Revision()})
	}
	return all
}

func wantOutcomes(t *testing.T, got []bus.Outcome, err error, want func(i int) bus.Outcome) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for i, outcome := range got {
		if outcome != want(i) {
			t.Errorf("outcome %d is %v, want %v", i, outcome, want(i))
		}
	}
}

func stored(int) bus.Outcome { return bus.Stored }

func TestPublishMany(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		const series = 1200
		b := s.Connect(t, "evaluator")
		ctx := patient(t)
		outcomes, err := b.PublishBackupStatuses(ctx, updates(series, fence(1, 1, "a"), nil))
		wantOutcomes(t, outcomes, err, stored)
		known := records(t, b, "d")
		if len(known) != series {
			t.Fatalf("%d series stored, want %d", len(known), series)
		}
		outcomes, err = b.PublishBackupStatuses(ctx, updates(series, fence(2, 1, "b"), known))
		wantOutcomes(t, outcomes, err, stored)
		// One that was thought dead comes with what it knew, all in vain.
		outcomes, err = b.PublishBackupStatuses(ctx, updates(50, fence(1, 2, "c"), known))
		wantOutcomes(t, outcomes, err, func(int) bus.Outcome { return bus.Superseded })
	})
}

// A conflict of one refuses the whole batch: the others go by themselves.
func TestConflictInBatch(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "evaluator")
		publishStatus(t, b, status("d", "3", fence(9, 1, "x")), bus.Revision{}, bus.Stored)
		publishStatus(t, b, status("d", "5", fence(1, 1, "y")), bus.Revision{}, bus.Stored)
		outcomes, err := b.PublishBackupStatuses(patient(t), updates(20, fence(2, 1, "a"), nil))
		wantOutcomes(t, outcomes, err, func(i int) bus.Outcome {
			if i == 3 {
				return bus.Superseded
			}
			return bus.Stored
		})
		if got := records(t, b, "d"); len(got) != 20 || got["5"].Status.GetFence().GetRun() != "a" {
			t.Errorf("%d series, series 5 by %v", len(got), got["5"].Status.GetFence())
		}
	})
}

// What the evaluation has seen may forbid one write; the batch goes without it.
func TestSupersededBeforeBatch(t *testing.T) {
	b := bustest.Start(t).Connect(t, "evaluator")
	publishStatus(t, b, status("d", "3", fence(9, 1, "x")), bus.Revision{}, bus.Stored)
	outcomes, err := b.PublishBackupStatuses(patient(t), updates(20, fence(2, 1, "a"), records(t, b, "d")))
	wantOutcomes(t, outcomes, err, func(i int) bus.Outcome {
		if i == 3 {
			return bus.Superseded
		}
		return bus.Stored
	})
}

// A stream of an older server takes no batches.
func TestNoBatches(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	config := must[jetstream.Stream](t)(js.Stream(patient(t), bus.StreamStatus)).CachedInfo().Config
	config.AllowAtomicPublish = false
	must[jetstream.Stream](t)(js.UpdateStream(patient(t), config))
	b := s.Connect(t, "evaluator")
	outcomes, err := b.PublishBackupStatuses(patient(t), updates(50, fence(1, 1, "a"), nil))
	wantOutcomes(t, outcomes, err, stored)
	if got := len(records(t, b, "d")); got != 50 {
		t.Errorf("%d series stored", got)
	}
}

func TestBatchOfBigStatuses(t *testing.T) {
	b := bustest.Start(t).Connect(t, "evaluator")
	all := updates(20, fence(1, 1, "a"), nil)
	for _, update := range all {
		update.Status.Reasons = []*backmonv1.Reason{{Text: strings.Repeat("x", 600<<10)}}
	}
	outcomes, err := b.PublishBackupStatuses(patient(t), all)
	wantOutcomes(t, outcomes, err, stored)
	if got := len(records(t, b, "d")); got != 20 {
		t.Errorf("%d series read back", got)
	}
}

func TestUnfitStatuses(t *testing.T) {
	b := bustest.Start(t).Connect(t, "evaluator")
	all := updates(10, fence(1, 1, "a"), nil)
	all[4].Status.Reasons = []*backmonv1.Reason{{Text: strings.Repeat("x", 2<<20)}}
	outcomes, err := b.PublishBackupStatuses(patient(t), all)
	if err == nil || !strings.Contains(err.Error(), nats.ErrMaxPayload.Error()) {
		t.Errorf("error %v, want one of the size", err)
	}
	for i, outcome := range outcomes {
		if want := map[bool]bus.Outcome{true: 0, false: bus.Stored}[i == 4]; outcome != want {
			t.Errorf("outcome %d is %v, want %v", i, outcome, want)
		}
	}
}

func TestLastStatusesOfOneDisk(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	publishStatus(t, b, status("d.2", "g", fence(1, 1, "")), bus.Revision{}, bus.Stored)
	publishStatus(t, b, status("d", "\xff.", fence(1, 1, "")), bus.Revision{}, bus.Stored)
	publishStatus(t, b, status("d", "\xff.", fence(2, 1, "")), records(t, b, "d")["\xff."].Revision(), bus.Stored)
	got := records(t, b, "d")
	if len(got) != 1 || got["\xff."].Status.GetFence().GetJob() != 2 {
		t.Errorf("records %v", got)
	}
	if got := records(t, b, "none"); len(got) != 0 {
		t.Errorf("records of a disk without any: %v", got)
	}
}

// What can't be read is told, and doesn't hide the others.
func TestLastStatusesUnreadable(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	_, js := raw(t, s)
	must[*jetstream.PubAck](t)(js.Publish(patient(t), subjectOf("d", "bad"), []byte("\xff\xff")))
	publishStatus(t, b, status("d", "good", fence(1, 1, "")), bus.Revision{}, bus.Stored)
	good, bad := 0, 0
	for record, err := range b.LastStatuses(patient(t), env, "d") {
		if err == nil {
			good++
			continue
		}
		if bad++; record.Sequence == 0 {
			t.Error("the unreadable one has no sequence")
		}
	}
	if good != 1 || bad != 1 {
		t.Errorf("%d good, %d bad", good, bad)
	}
	publishStatus(t, b, status("d", "bad", fence(1, 1, "")), bus.Revision{}, bus.Stored)
}
