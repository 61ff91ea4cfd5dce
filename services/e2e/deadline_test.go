package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage/storagetest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// detection is how soon a missed deadline is to be told.
const detection = 5 * time.Second

// TestMissedDeadlineIsToldAtOnce has several disks with one deadline, long before
// the next tick.
func TestMissedDeadlineIsToldAtOnce(t *testing.T) {
	t.Parallel()
	const disks = 10
	s := newSettings(t, "1h")
	slot := soon(10 * time.Second)
	var names []string
	for i := range disks {
		disk := newFolder(t, onceAt(slot), "db/dump.sql")
		s.environments[fmt.Sprintf("env%02d", i)] = folder(disk)
		names = append(names, fmt.Sprintf("env%02d %s db", i, disk))
	}
	start(t, s.write(t), "run").address(t)
	statuses := follow(t, s.url(t))
	for _, name := range names {
		statuses.state(t, name, ok)
	}
	var slowest time.Duration
	for _, name := range names {
		event := statuses.state(t, name, late)
		slowest = max(slowest, delayOf(t, event.Stored, event.Backup))
	}
	if slowest > detection {
		t.Errorf("a deadline was told of after %v, want at most %v", slowest, detection)
	}
	t.Logf("%d missed deadlines, told after %v at the latest", disks, slowest)
}

// soon is a slot so far ahead.
func soon(ahead time.Duration) time.Time {
	return time.Now().Add(ahead).Truncate(time.Second)
}

// delayOf is the time from a deadline to its status.
func delayOf(t *testing.T, stored time.Time, status *backmonv1.BackupStatus) time.Duration {
	t.Helper()
	deadline := status.GetSlot().GetDeadline().AsTime()
	if deadline.IsZero() || stored.Before(deadline) {
		t.Fatalf("stored at %v, before the deadline %v", stored, deadline)
	}
	return stored.Sub(deadline)
}

// TestDeadlineDuringAnEvaluationIsNotLost lets a deadline pass while the disk is
// being listed: the request for another evaluation finds the queue's place taken.
func TestDeadlineDuringAnEvaluationIsNotLost(t *testing.T) {
	t.Parallel()
	server := storagetest.StartS3(t)
	gate := newGate(t, server.Endpoint)
	slot := soon(8 * time.Second)
	newBucket(t, server, "bucket", onceAt(slot), "db/dump.sql")
	s := newSettings(t, "1h")
	s.nats = startNATS(t).URL
	s.environments["cloud"] = rootAccount(server, gate.URL)
	config := s.write(t)
	program := start(t, config, "run")
	program.address(t)
	statuses := follow(t, s.nats)
	first := statuses.failure(t, "cloud bucket", 0)
	statuses.state(t, "cloud bucket db", ok)

	gate.setShut(true)
	request(t, s.nats, "cloud", "bucket")
	held := await(t, "the listing", gate.arrivals)
	if now := time.Now(); now.After(slot) {
		t.Fatalf("the listing began at %v, too late for a deadline after %v", now, slot)
	}
	program.journal.wait(t, "a deadline has passed")
	gate.setShut(false)
	held.release()
	released := time.Now()
	event := statuses.state(t, "cloud bucket db", late)
	if took := event.Stored.Sub(released); took > detection {
		t.Errorf("told %v after the evaluation, want at most %v", took, detection)
	}
	statuses.until(t, "the evaluation that was asked for and the deadline's", func() bool {
		return statuses.evaluations("cloud bucket", first.Sequence) == 2
	})
	t.Logf("told %v after the evaluation in work had ended", event.Stored.Sub(released))
}
