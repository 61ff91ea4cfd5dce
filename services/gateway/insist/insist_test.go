package insist_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/insist"
)

// queue is a bus whose place for a disk is taken until an instant.
type queue struct {
	mu     sync.Mutex
	free   time.Time
	broken bool
	taken  int
	asked  int
}

// until takes the place until an instant, or lets nobody ask.
func (q *queue) until(free time.Time, broken bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free, q.broken = free, broken
}

// counts tells how often the queue was asked, and took a request.
func (q *queue) counts() (asked, taken int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.asked, q.taken
}

func (q *queue) PublishDiskFound(context.Context, *backmonv1.DiskFound, string) (bus.Outcome, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked++
	switch {
	case q.broken:
		return 0, errors.New("no connection")
	case time.Now().Before(q.free):
		return bus.Coalesced, nil
	}
	q.taken++
	return bus.Stored, nil
}

func request() *backmonv1.DiskFound {
	return &backmonv1.DiskFound{Environment: "prod", Disk: "db", RequestedAt: timestamppb.Now()}
}

// run plays with an asker at work, in simulated time.
func run(t *testing.T, q *queue, play func(a *insist.Asker)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := insist.New(q, zap.NewNop())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- a.Run(ctx) }()
		play(a)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // in a bubble this is how time passes
	synctest.Wait()
}

func TestARequestIsMadeUntilItIsTaken(t *testing.T) {
	q := &queue{}
	run(t, q, func(a *insist.Asker) {
		free := time.Now().Add(90 * time.Second)
		q.until(free, false)
		for range 2 { // an impatient person
			if outcome, err := a.PublishDiskFound(t.Context(), request(), ""); outcome != bus.Coalesced || err != nil {
				t.Fatal(outcome, err)
			}
		}
		pass(time.Minute)
		q.until(free, true)
		pass(time.Minute)
		q.until(free, false)
		if _, taken := q.counts(); taken != 0 {
			t.Fatal("taken too early")
		}
		pass(time.Hour)
		if _, taken := q.counts(); taken != 1 {
			t.Errorf("taken %d times", taken)
		}
	})
}

func TestARequestThatIsTakenIsNotMadeAgain(t *testing.T) {
	q := &queue{}
	run(t, q, func(a *insist.Asker) {
		if outcome, err := a.PublishDiskFound(t.Context(), request(), ""); outcome != bus.Stored || err != nil {
			t.Fatal(outcome, err)
		}
		pass(time.Minute)
		if asked, _ := q.counts(); asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

func TestARequestIsGivenUpInTheEnd(t *testing.T) {
	q := &queue{}
	run(t, q, func(a *insist.Asker) {
		q.until(time.Now().Add(1000*time.Hour), false)
		if _, err := a.PublishDiskFound(t.Context(), request(), ""); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Hour)
		before, _ := q.counts()
		pass(time.Hour)
		if asked, _ := q.counts(); asked != before {
			t.Error("it goes on")
		}
	})
}
