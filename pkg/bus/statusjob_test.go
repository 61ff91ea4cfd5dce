package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// tellStatusJob is a job in short: "d by 1", "d/g by 1", "gone d", "gone d/g".
func tellStatusJob(job bus.StatusJob) string {
	name, by, gone := job.Disk.GetDisk(), job.Disk.GetFence(), job.Disk.GetGone()
	if s := job.Backup; s != nil {
		name, by = s.GetSeries().GetDisk()+"/"+string(s.GetSeries().GetGroup()), s.GetFence()
		gone = s.GetState() == backmonv1.State_STATE_GONE
	}
	if gone {
		return "gone " + name
	}
	return fmt.Sprintf("%s by %d", name, by.GetJob())
}

// listenForJobs consumes into a channel.
func listenForJobs(t *testing.T, b *bus.Bus) <-chan bus.StatusJob {
	t.Helper()
	jobs := make(chan bus.StatusJob, 100)
	inBackground(t, b.ConsumeStatuses, bus.ConsumeOptions{}, func(_ context.Context, job bus.StatusJob) error {
		job.Progress()
		jobs <- job
		return nil
	})
	return jobs
}

func wantJobs(t *testing.T, jobs <-chan bus.StatusJob, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := tellStatusJob(receive(t, jobs, w)); got != w {
			t.Fatalf("job %q, want %q", got, w)
		}
	}
}

func TestStatusJobs(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "evaluator")
		jobs := listenForJobs(t, s.Connect(t, "notifier"))
		publishStatus(t, b, status("d", "g", fence(1, 1, "")), bus.Revision{}, bus.Stored)
		job := receive(t, jobs, "the series")
		last := must[bus.BackupRecord](t)(b.LastStatus(patient(t), job.Backup.GetSeries()))
		if tellStatusJob(job) != "d/g by 1" || job.Disk != nil || job.Sequence != last.Sequence || job.Delivery != 1 || !job.Stored.Equal(last.Stored) {
			t.Errorf("job %+v of %+v", job, last)
		}
		evaluated(t, b, "d", 1)
		wantJobs(t, jobs, "d by 1")
		publishStatus(t, b, gone("d", "g", fence(2, 1, "")), last.Revision(), bus.Stored)
		disk := must[bus.DiskRecord](t)(b.LeaderDiskStatus(patient(t), env, "d"))
		must[bus.Outcome](t)(b.PublishDiskStatus(patient(t), &backmonv1.DiskStatus{Environment: env, Disk: "d", Gone: true}, disk.Revision()))
		wantJobs(t, jobs, "gone d/g", "gone d")
		bus.StatusJob{}.Progress() // of a job in another package's test: does nothing
	})
}

// A new durable begins with the last of each, and then leaves none out, also over a
// restart of the server.
func TestNotifierBeginsWithTheLast(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	_, js := raw(t, s)
	if err := js.DeleteConsumer(patient(t), bus.StreamStatus, bus.DurableNotifier); err != nil {
		t.Fatal(err)
	}
	for job := range uint64(3) {
		evaluated(t, b, "d", job+1)
		next(t, b, "d", "g", job+1)
	}
	bustest.Provision(t, b)
	next(t, b, "d", "g", 4)
	next(t, b, "d", "g", 5)
	jobs := listenForJobs(t, s.Connect(t, "notifier"))
	wantJobs(t, jobs, "d by 3", "d/g by 3", "d/g by 4", "d/g by 5")
	s.Restart(t)
	next(t, b, "d", "g", 6)
	wantJobs(t, jobs, "d/g by 6")
}

// Purgers and notifiers don't take each other's statuses.
func TestNotifierAndPurger(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	jobs := listenForJobs(t, s.Connect(t, "notifier"))
	disks := make(chan string, 10)
	inBackground(t, s.Connect(t, "purger").ConsumeDiskStatuses, bus.ConsumeOptions{}, func(_ context.Context, job bus.DiskJob) error {
		disks <- tellJob(job)
		return nil
	})
	for job := range uint64(3) {
		evaluated(t, b, "d", job+1)
		want := fmt.Sprintf("d by %d", job+1)
		wantJobs(t, jobs, want)
		if got := receive(t, disks, want); got != want {
			t.Errorf("job %q of the purger, want %q", got, want)
		}
	}
}

func TestFailedStatusJobs(t *testing.T) {
	cases := []struct {
		name       string
		err        error
		deliveries uint64
	}{
		{"always fails", errors.New("no luck"), 5},
		{"fails for good", bus.Permanent(errors.New("no use")), 1},
	}
	s := bustest.Start(t)
	b := s.Connect(t, "notifier")
	_, js := raw(t, s)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			stop := inBackground(t, b.ConsumeStatuses, bus.ConsumeOptions{Backoff: atOnce}, func(context.Context, bus.StatusJob) error { return c.err })
			publishStatus(t, b, status(c.name, "g", fence(1, 1, "")), bus.Revision{}, bus.Stored)
			eventually(t, "the dead letter", func() bool { return len(deadLetters(t, js)) == i+1 })
			stop()
			letter := deadLetters(t, js)[i]
			if letter.GetService() != "notifier" || letter.GetDeliveries() != c.deliveries || !strings.Contains(letter.GetError(), c.err.Error()) {
				t.Errorf("letter %v", letter)
			}
			if letter.GetSubject() != subjectOf(c.name, "g") || letter.GetType() != "backmon.v1.BackupStatus" {
				t.Errorf("letter of %q, type %q", letter.GetSubject(), letter.GetType())
			}
		})
	}
}

func TestUnreadableStatusJob(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	_, js := raw(t, s)
	jobs := listenForJobs(t, s.Connect(t, "notifier"))
	for _, subject := range []string{subjectOf("d", "odd"), bus.DiskStatusSubject(env, "odd")} {
		must[*jetstream.PubAck](t)(js.Publish(patient(t), subject, []byte("\xff\xff")))
	}
	evaluated(t, b, "d", 1)
	wantJobs(t, jobs, "d by 1")
	eventually(t, "both dead letters", func() bool { return len(deadLetters(t, js)) == 2 })
}

// A notifier that is killed in its work leaves it to the next one.
func TestNotifierIsKilled(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	_, js := raw(t, s)
	setAckWait(t, js, bus.StreamStatus, bus.DurableNotifier, time.Second)
	evaluated(t, b, "d", 1)
	consumer := must[jetstream.Consumer](t)(js.Consumer(patient(t), bus.StreamStatus, bus.DurableNotifier))
	must[jetstream.Msg](t)(consumer.Next())
	if job := receive(t, listenForJobs(t, s.Connect(t, "other")), "the job at the other notifier"); job.Delivery < 2 || tellStatusJob(job) != "d by 1" {
		t.Errorf("job %q, delivery %d", tellStatusJob(job), job.Delivery)
	}
}

func TestNoNotifierDurable(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	if err := js.DeleteConsumer(patient(t), bus.StreamStatus, bus.DurableNotifier); err != nil {
		t.Fatal(err)
	}
	b := s.ConnectWith(t, bus.Options{Name: "notifier", Patience: time.Millisecond})
	err := b.ConsumeStatuses(patient(t), bus.ConsumeOptions{}, func(context.Context, bus.StatusJob) error { return nil })
	wantMissing(t, err, "consumer notifier of stream BACKMON_STATUS")
}

// Who judges by the last status must see one that was stored before, whichever
// server it is connected to.
func TestLeaderDiskStatusIsSeenAtOnce(t *testing.T) {
	s := bustest.StartCluster(t)
	writer, reader := s.Connect(t, "evaluator"), s.Connect(t, "notifier")
	if record := must[bus.DiskRecord](t)(reader.LeaderDiskStatus(patient(t), env, "d")); record.Status != nil || record.Sequence != 0 {
		t.Fatalf("before the first: %+v", record)
	}
	var last bus.DiskRecord
	for job := range uint64(50) {
		s := &backmonv1.DiskStatus{Environment: env, Disk: "d", Fence: fence(job+1, 1, fmt.Sprint(job))}
		must[bus.Outcome](t)(writer.PublishDiskStatus(patient(t), s, last.Revision()))
		next := must[bus.DiskRecord](t)(reader.LeaderDiskStatus(patient(t), env, "d"))
		if next.Status.GetFence().GetJob() != job+1 || next.Sequence <= last.Sequence {
			t.Fatalf("after status %d: %+v", job+1, next)
		}
		last = next
	}
}
