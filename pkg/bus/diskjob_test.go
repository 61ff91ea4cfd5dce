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

// evaluated publishes a disk's next status.
func evaluated(t *testing.T, b *bus.Bus, disk string, job uint64) {
	t.Helper()
	last := must[bus.DiskRecord](t)(b.LastDiskStatus(patient(t), env, disk))
	s := &backmonv1.DiskStatus{Environment: env, Disk: disk, Fence: fence(job, 1, fmt.Sprint(job))}
	if got := must[bus.Outcome](t)(b.PublishDiskStatus(patient(t), s, last.Revision())); got != bus.Stored {
		t.Fatalf("status %d of disk %q: %v", job, disk, got)
	}
}

// tellJob is a job in short: "DISK by JOB".
func tellJob(job bus.DiskJob) string {
	return fmt.Sprintf("%s by %d", job.Status.GetDisk(), job.Status.GetFence().GetJob())
}

// pendingStatuses is how many statuses wait for a purger or are in work.
func pendingStatuses(t *testing.T, js jetstream.JetStream) int {
	t.Helper()
	consumer := must[jetstream.Consumer](t)(js.Consumer(patient(t), bus.StreamStatus, bus.DurablePurger))
	info := consumer.CachedInfo()
	return int(info.NumPending) + info.NumAckPending
}

func TestTwoPurgersShare(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		const disks = 8
		b := s.Connect(t, "evaluator")
		type call struct {
			purger string
			job    bus.DiskJob
		}
		calls, meet := make(chan call, 100), make(chan struct{})
		for _, name := range []string{"one", "two"} {
			inBackground(t, s.Connect(t, name).ConsumeDiskStatuses, bus.ConsumeOptions{}, func(ctx context.Context, job bus.DiskJob) error {
				calls <- call{name, job}
				// Both must be at it at the same time for any job to end.
				select {
				case meet <- struct{}{}:
				case <-meet:
				case <-ctx.Done():
				}
				return ctx.Err()
			})
		}
		for i := range disks {
			evaluated(t, b, fmt.Sprint("disk-", i), 1)
			next(t, b, fmt.Sprint("disk-", i), "series", 1) // no purger's business
		}
		count := map[string]int{}
		for range disks {
			got := receive(t, calls, "a job")
			count[got.purger]++
			if got.job.Delivery != 1 {
				t.Errorf("%s was delivered %d times", tellJob(got.job), got.job.Delivery)
			}
		}
		if count["one"] != disks/2 || count["two"] != disks/2 {
			t.Errorf("shares %v", count)
		}
		_, js := raw(t, s)
		eventually(t, "all to be settled", func() bool { return pendingStatuses(t, js) == 0 })
		if len(calls) != 0 {
			t.Errorf("%d more calls", len(calls))
		}
	})
}

func TestDiskJob(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	evaluated(t, b, "d", 1)
	jobs := make(chan bus.DiskJob, 10)
	inBackground(t, s.Connect(t, "purger").ConsumeDiskStatuses, bus.ConsumeOptions{}, func(_ context.Context, job bus.DiskJob) error {
		job.Progress()
		jobs <- job
		return nil
	})
	job := receive(t, jobs, "the job")
	last := must[bus.DiskRecord](t)(b.LastDiskStatus(patient(t), env, "d"))
	if job.Sequence != last.Sequence || job.Delivery != 1 || !job.Stored.Equal(last.Stored) || job.Status.GetFence().GetJob() != 1 {
		t.Errorf("job %+v of %+v", job, last)
	}
	must[bus.Outcome](t)(b.PublishDiskStatus(patient(t), &backmonv1.DiskStatus{Environment: env, Disk: "d", Gone: true}, last.Revision()))
	if job := receive(t, jobs, "the tombstone"); !job.Status.GetGone() {
		t.Errorf("job %+v", job)
	}
	bus.DiskJob{}.Progress() // of a job in another package's test: does nothing
}

// A status that comes while the disk is in work is not lost.
func TestStatusWhileInWork(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "evaluator")
		started, finish := make(chan string), make(chan struct{})
		inBackground(t, s.Connect(t, "purger").ConsumeDiskStatuses, bus.ConsumeOptions{}, func(_ context.Context, job bus.DiskJob) error {
			started <- tellJob(job)
			<-finish
			return nil
		})
		evaluated(t, b, "d", 1)
		for job := uint64(1); job <= 3; job++ {
			if got, want := receive(t, started, "the job"), fmt.Sprintf("d by %d", job); got != want {
				t.Errorf("job %q, want %q", got, want)
			}
			if job < 3 {
				eventually(t, "the status on the replica that answers", func() bool {
					return must[bus.DiskRecord](t)(b.LastDiskStatus(patient(t), env, "d")).Status.GetFence().GetJob() == job
				})
				evaluated(t, b, "d", job+1)
			}
			finish <- struct{}{}
		}
	})
}

// A new durable begins with the last status of each disk, and then leaves none out.
func TestPurgerBeginsWithTheLast(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	_, js := raw(t, s)
	if err := js.DeleteConsumer(patient(t), bus.StreamStatus, bus.DurablePurger); err != nil {
		t.Fatal(err)
	}
	for job := range uint64(3) {
		evaluated(t, b, "a", job+1)
	}
	evaluated(t, b, "b", 1)
	bustest.Provision(t, b)
	evaluated(t, b, "a", 4)
	evaluated(t, b, "a", 5)
	jobs := make(chan string, 10)
	inBackground(t, s.Connect(t, "purger").ConsumeDiskStatuses, bus.ConsumeOptions{}, func(_ context.Context, job bus.DiskJob) error {
		jobs <- tellJob(job)
		return nil
	})
	for _, want := range []string{"a by 3", "b by 1", "a by 4", "a by 5"} {
		if got := receive(t, jobs, want); got != want {
			t.Errorf("job %q, want %q", got, want)
		}
	}
}

func TestFailedDiskJobs(t *testing.T) {
	cases := []struct {
		name       string
		err        error
		deliveries uint64
	}{
		{"always fails", errors.New("no luck"), 5},
		{"fails for good", bus.Permanent(errors.New("no use")), 1},
	}
	s := bustest.Start(t)
	b := s.Connect(t, "purger")
	_, js := raw(t, s)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			stop := inBackground(t, b.ConsumeDiskStatuses, bus.ConsumeOptions{Backoff: atOnce}, func(context.Context, bus.DiskJob) error { return c.err })
			evaluated(t, b, c.name, 1)
			eventually(t, "the dead letter", func() bool { return len(deadLetters(t, js)) == i+1 })
			eventually(t, "the job to be given up", func() bool { return pendingStatuses(t, js) == 0 })
			stop()
			letter := deadLetters(t, js)[i]
			if letter.GetService() != "purger" || letter.GetDeliveries() != c.deliveries || !strings.Contains(letter.GetError(), c.err.Error()) {
				t.Errorf("letter %v", letter)
			}
			if letter.GetSubject() != bus.DiskStatusSubject(env, c.name) || letter.GetType() != "backmon.v1.DiskStatus" {
				t.Errorf("letter of %q, type %q", letter.GetSubject(), letter.GetType())
			}
		})
	}
}

// A purger that is killed in the middle of a disk tells nothing and leaves it to
// the next one, over a restart of the server too.
func TestPurgerIsKilled(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "evaluator")
	_, js := raw(t, s)
	setAckWait(t, js, bus.StreamStatus, bus.DurablePurger, time.Second)
	evaluated(t, b, "d", 1)
	consumer := must[jetstream.Consumer](t)(js.Consumer(patient(t), bus.StreamStatus, bus.DurablePurger))
	must[jetstream.Msg](t)(consumer.Next())
	s.Restart(t)
	jobs := make(chan bus.DiskJob, 10)
	inBackground(t, s.Connect(t, "other").ConsumeDiskStatuses, bus.ConsumeOptions{}, func(_ context.Context, job bus.DiskJob) error {
		jobs <- job
		return nil
	})
	if job := receive(t, jobs, "the job at the other purger"); job.Delivery < 2 || tellJob(job) != "d by 1" {
		t.Errorf("job %q, delivery %d", tellJob(job), job.Delivery)
	}
	evaluated(t, b, "d", 2)
	if job := receive(t, jobs, "the next job"); tellJob(job) != "d by 2" {
		t.Errorf("job %q", tellJob(job))
	}
}

func TestNoPurgerDurable(t *testing.T) {
	s := bustest.Start(t)
	_, js := raw(t, s)
	if err := js.DeleteConsumer(patient(t), bus.StreamStatus, bus.DurablePurger); err != nil {
		t.Fatal(err)
	}
	b := s.ConnectWith(t, bus.Options{Name: "purger", Patience: time.Millisecond})
	err := b.ConsumeDiskStatuses(patient(t), bus.ConsumeOptions{}, func(context.Context, bus.DiskJob) error { return nil })
	wantMissing(t, err, "consumer purger of stream BACKMON_STATUS")
}

// Who is about to delete must see a status that was stored before, whichever
// server it is connected to.
func TestLastStatusIsSeenAtOnce(t *testing.T) {
	s := bustest.StartCluster(t)
	writer, reader := s.Connect(t, "evaluator"), s.Connect(t, "purger")
	series := status("d", "g", nil).GetSeries()
	if record := must[bus.BackupRecord](t)(reader.LastStatus(patient(t), series)); record.Status != nil || record.Sequence != 0 {
		t.Fatalf("before the first: %+v", record)
	}
	for job := range uint64(50) {
		before := must[bus.BackupRecord](t)(reader.LastStatus(patient(t), series))
		publishStatus(t, writer, status("d", "g", fence(job+1, 1, fmt.Sprint(job))), before.Revision(), bus.Stored)
		after := must[bus.BackupRecord](t)(reader.LastStatus(patient(t), series))
		if after.Status.GetFence().GetJob() != job+1 || after.Sequence <= before.Sequence {
			t.Fatalf("after status %d: %+v", job+1, after)
		}
	}
}

// Only a stream's leader answers where direct reading is off.
func TestLastStatusAsksTheLeader(t *testing.T) {
	s := bustest.Start(t)
	b := s.Connect(t, "purger")
	_, js := raw(t, s)
	publishStatus(t, b, status("d", "g", fence(1, 1, "")), bus.Revision{}, bus.Stored)
	setDirect(t, js, bus.StreamStatus, false)
	if record := must[bus.BackupRecord](t)(b.LastStatus(patient(t), status("d", "g", nil).GetSeries())); record.Sequence != 1 {
		t.Errorf("record %+v", record)
	}
}

// setDirect lets every replica of a stream answer, or the leader alone.
func setDirect(t *testing.T, js jetstream.JetStream, stream string, direct bool) {
	t.Helper()
	config := must[jetstream.Stream](t)(js.Stream(patient(t), stream)).CachedInfo().Config
	config.AllowDirect = direct
	must[jetstream.Stream](t)(js.UpdateStream(patient(t), config))
}
