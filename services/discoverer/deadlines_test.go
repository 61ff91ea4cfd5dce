package discoverer_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// deadlinesOf are the requests that a deadline caused, by the second.
func deadlinesOf(requests []request) []string {
	var got []string
	for _, r := range requests {
		if r.trigger == backmonv1.Trigger_TRIGGER_DEADLINE {
			got = append(got, r.name+" "+r.at.Format(time.TimeOnly))
		}
	}
	return got
}

func TestDeadlineIsAskedForInTime(t *testing.T) {
	work(t, func(b *fakeBus) {
		start := time.Now()
		b.say("aws/db", start, start.Add(10*time.Minute))
		b.say("aws/far", start, start.Add(30*time.Minute))
		b.say("aws/none", start, time.Time{})
		b.current()
		pass(10*time.Minute - time.Second)
		equal(t, "a second before", deadlinesOf(b.take()), nil)
		pass(time.Second)
		equal(t, "at the deadline", deadlinesOf(b.take()), []string{"aws/db 00:10:00"})
		b.say("aws/db", time.Now(), start.Add(24*time.Hour))
		pass(20 * time.Minute)
		equal(t, "at the other's", deadlinesOf(b.take()), []string{"aws/far 00:30:00"})
	}, environment("aws", &fakeProvider{disks: []string{"db", "far", "none"}}))
}

// A request may be coalesced with an evaluation that began before the deadline,
// which then says nothing of it: it is asked again until one after it has come.
func TestDeadlineIsNotLost(t *testing.T) {
	work(t, func(b *fakeBus) {
		start := time.Now()
		deadline := start.Add(10 * time.Minute)
		b.say("aws/db", start, deadline)
		b.current()
		b.mu.Lock()
		b.outcome = bus.Coalesced
		b.mu.Unlock()
		pass(10*time.Minute + 5*time.Second)
		first := b.take()
		equal(t, "asked until answered", deadlinesOf(first), []string{"aws/db 00:10:00", "aws/db 00:10:02", "aws/db 00:10:04"})
		b.say("aws/db", deadline.Add(-time.Second), deadline) // began before
		pass(2 * time.Second)
		second := b.take()
		if len(deadlinesOf(second)) == 0 {
			t.Error("an evaluation from before the deadline ended the asking")
		}
		if slices.ContainsFunc(second, func(r request) bool { return r.id == first[len(first)-1].id }) {
			t.Error("a request after another evaluation has the id of the one before, and would be dropped as its double")
		}
		b.say("aws/db", deadline, deadline.Add(24*time.Hour))
		pass(10 * time.Second)
		equal(t, "after an evaluation at the deadline", deadlinesOf(b.take()), nil)
	}, environment("aws", &fakeProvider{disks: []string{"db"}}))
}

// A deadline that passed while no discoverer was at work is asked for at the start.
func TestPassedDeadline(t *testing.T) {
	work(t, func(b *fakeBus) {
		start := time.Now()
		b.say("aws/db", start.Add(-3*time.Hour), start.Add(-time.Hour))
		pass(0)
		equal(t, "at once", deadlinesOf(b.take()), []string{"aws/db 00:00:00"})
	}, environment("aws", &fakeProvider{disks: []string{"db"}}))
}

func TestDeadlinesOfWhatIsGone(t *testing.T) {
	work(t, func(b *fakeBus) {
		start := time.Now()
		for i := range 3 {
			b.say(fmt.Sprint("aws/d", i), start, start.Add(time.Minute))
		}
		b.events <- bus.Event{Kind: bus.EventDisk, Gone: true, Disk: &backmonv1.DiskStatus{Environment: "aws", Disk: "d0", Gone: true}}
		pass(2 * time.Minute)
		if got := deadlinesOf(b.take()); slices.ContainsFunc(got, func(s string) bool { return s[:6] == "aws/d0" }) || len(got) == 0 {
			t.Errorf("asked for %q, want d1 and d2 only", got)
		}
		b.events <- bus.Event{Kind: bus.EventReset}
		b.take()
		pass(2 * time.Minute)
		equal(t, "after a reset", deadlinesOf(b.take()), nil)
	}, environment("aws", &fakeProvider{}))
}
