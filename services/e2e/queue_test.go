package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/client"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// provisioned is an external server with backmon's streams.
func provisioned(t *testing.T, s *settings) *natsServer {
	t.Helper()
	server := startNATS(t)
	s.nats = server.URL
	s.environments["office"] = folder(t.TempDir()) // provisioning needs some
	if code, output := backmon(t, s.write(t), "provision"); code != 0 {
		t.Fatalf("provision: exit code %d\n%s", code, output)
	}
	delete(s.environments, "office")
	return server
}

// TestEachTickEvaluatesEachDiskOnce runs two discoverers and three evaluators
// over 50 disks. Every tick both discoverers ask for each disk.
func TestEachTickEvaluatesEachDiskOnce(t *testing.T) {
	t.Parallel()
	const disks, ticks, interval = 50, 3, 5 * time.Second
	s := newSettings(t, interval.String())
	server := provisioned(t, &s)
	for i := range disks {
		s.environments[fmt.Sprintf("env%02d", i)] = folder(newFolder(t, perTenant, "db/a/dump-1.sql"))
	}
	config := s.write(t)
	requests := recordRequests(t, server)
	statuses := follow(t, server.URL)
	var discoverers []*process
	for range 3 {
		start(t, config, "evaluator")
	}
	// Were the first tick right before the second, the second would be coalesced.
	await(t, "the beginning of a tick", time.After(time.Until(time.Now().Truncate(interval).Add(interval))))
	for range 2 {
		discoverers = append(discoverers, start(t, config, "discoverer"))
	}

	statuses.until(t, "some ticks", func() bool {
		for _, event := range statuses.disks {
			if statuses.evaluations(event.Disk.GetEnvironment()+" "+event.Disk.GetDisk(), 0) < ticks {
				return false
			}
		}
		return len(statuses.disks) == disks
	})
	for _, d := range discoverers {
		d.stop(t)
	}
	b := server.bus(t)
	eventually(t, "the queue to be empty", func() bool {
		waiting, err := b.QueuedDisks(t.Context())
		return err == nil && waiting == 0
	})
	asked, twice := requests.count()
	if twice < disks {
		t.Errorf("%d requests came from both discoverers, want at least %d: the test proves little", twice, disks)
	}
	evaluated := evaluationsByDisk(t, statuses)
	for disk, slots := range asked {
		if evaluated[disk] != slots {
			t.Errorf("disk of %q: %d evaluations at %d ticks", disk, evaluated[disk], slots)
		}
	}
	if stored := storedJobs(t, server); stored != total(evaluated) || len(asked) != disks {
		t.Errorf("%d jobs were stored and %d evaluated, for %d of %d disks", stored, total(evaluated), len(asked), disks)
	}
	t.Logf("%d evaluations of %d disks, %d requests made by both discoverers", total(evaluated), disks, twice)
}

// requests are all that discoverers ask for, whether the server takes it or not.
type requests struct{ subscription *nats.Subscription }

func recordRequests(t *testing.T, server *natsServer) requests {
	t.Helper()
	conn, _ := jetStream(t, server.URL)
	subscription, err := conn.SubscribeSync("backmon.v1.disk.found.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	return requests{subscription}
}

// count returns the number of different requests for each environment's disk,
// and how many of them were made twice.
func (r requests) count() (byEnvironment map[string]int, twice int) {
	seen := map[string]int{}
	byEnvironment = map[string]int{}
	for {
		msg, err := r.subscription.NextMsg(pollEvery)
		if err != nil {
			return byEnvironment, twice
		}
		id := msg.Header.Get(nats.MsgIdHdr)
		environment, _, _ := strings.Cut(id, "/")
		seen[id]++
		switch seen[id] {
		case 1:
			byEnvironment[environment]++
		case 2:
			twice++
		}
	}
}

// evaluationsByDisk counts them for each environment, and fails the test when
// one job was evaluated twice.
func evaluationsByDisk(t *testing.T, f *follower) map[string]int {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	count := map[string]int{}
	jobs := map[uint64]bool{}
	for _, event := range f.events {
		if event.Kind != client.Disk {
			continue
		}
		fence := event.Disk.GetFence()
		if jobs[fence.GetJob()] || fence.GetDelivery() != 1 {
			t.Errorf("job %d, delivery %d: evaluated more than once", fence.GetJob(), fence.GetDelivery())
		}
		jobs[fence.GetJob()] = true
		count[event.Disk.GetEnvironment()]++
	}
	return count
}

func storedJobs(t *testing.T, server *natsServer) int {
	t.Helper()
	_, js := jetStream(t, server.URL)
	stream, err := js.Stream(t.Context(), bus.StreamDisks)
	if err != nil {
		t.Fatal(err)
	}
	info := stream.CachedInfo()
	return int(info.State.LastSeq - info.Config.FirstSeq + 1)
}

func total(counts map[string]int) (sum int) {
	for _, count := range counts {
		sum += count
	}
	return sum
}

// heldEvaluation is an evaluator in the middle of listing a bucket that is empty,
// with another one ready to take over.
type heldEvaluation struct {
	statuses *follower
	first    *process
	answer   *heldAnswer
	bucket   string // the folder of the bucket
	queue    *bus.Bus
}

const heldSeries = "cloud bucket db/a"

func holdEvaluation(t *testing.T) heldEvaluation {
	t.Helper()
	s := newSettings(t, "1h")
	s.concurrency = 1 // a paused evaluator's idle workers would be given the job for as long as they seem to wait
	server := provisioned(t, &s)
	hurry(t, server.URL)
	s3 := storagetest.StartS3(t)
	dir := newBucket(t, s3, "bucket", strings.ReplaceAll(perTenant, "{{tenant}}", "a"))
	gate := newGate(t, s3.Endpoint)
	gate.setShut(true)
	s.environments["cloud"] = rootAccount(s3, gate.URL)
	config := s.write(t)

	h := heldEvaluation{statuses: follow(t, server.URL), bucket: dir, queue: server.bus(t)}
	h.first = start(t, config, "evaluator")
	start(t, config, "discoverer")
	h.answer = await(t, "the listing", gate.arrivals)
	gate.setShut(false)
	lay(t, dir, "db/a/dump-1.sql")
	start(t, config, "evaluator")
	return h
}

func TestKilledEvaluatorsDiskIsEvaluatedByAnother(t *testing.T) {
	t.Parallel()
	h := holdEvaluation(t)
	h.first.kill()
	killed := time.Now()
	event := h.statuses.state(t, heldSeries, ok)
	if delivery := event.Backup.GetFence().GetDelivery(); delivery != 2 {
		t.Errorf("evaluated at delivery %d, want 2", delivery)
	}
	if took := event.Stored.Sub(killed); took > ackWait+5*time.Second {
		t.Errorf("another took over after %v, want about %v", took, ackWait)
	}
	t.Logf("taken over %v after the kill; silent jobs are left for %v", event.Stored.Sub(killed), ackWait)
}

func TestStaleEvaluatorCannotOverwrite(t *testing.T) {
	t.Parallel()
	h := holdEvaluation(t)
	h.first.pause(t)
	h.statuses.state(t, heldSeries, ok)
	newer := h.statuses.failure(t, "cloud bucket", 0)

	h.answer.release() // what it gets to see is the empty bucket of before
	h.first.resume(t)
	h.first.journal.wait(t, "a newer evaluation has taken over", `"objects":1`)
	record, err := h.queue.LastDiskStatus(t.Context(), "cloud", "bucket")
	if err != nil || record.Sequence != newer.Sequence {
		t.Errorf("the disk's status is now message %d (%v), was %d: overwritten", record.Sequence, err, newer.Sequence)
	}
	for series, err := range h.queue.LastStatuses(t.Context(), "cloud", "bucket") {
		if err != nil || series.Status.GetState() != ok || series.Status.GetFence().GetDelivery() != 2 {
			t.Errorf("the series is now %s of delivery %d (%v): overwritten", series.Status.GetState(), series.Status.GetFence().GetDelivery(), err)
		}
	}
}
