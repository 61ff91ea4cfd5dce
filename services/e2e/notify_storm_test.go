package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// stormRuns is how many backups go late and come back. More take BACKMON_STORM_RUNS.
const stormRuns = 40

// lanes is how many of them are on their way at a time.
const lanes = 8

// weather is what goes on around the notifiers: they are killed, and NATS restarts.
type weather struct {
	mu     sync.Mutex
	random *rand.Rand
	kills  []time.Time
	boots  int
}

func (w *weather) below(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.IntN(n)
}

// killedBetween tells whether a notifier was killed in a span of time.
func (w *weather) killedBetween(from, to time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.kills, func(k time.Time) bool { return !k.Before(from) && !k.After(to) })
}

// TestNoticesInAStorm lets backups go late and come back while notifiers are killed
// at random moments, NATS restarts and old events come again. Each has to be told
// once, and its end once, at a webhook, by mail, and by a real Alertmanager; a
// message that comes twice has the same id, and a notifier was killed in between.
func TestNoticesInAStorm(t *testing.T) {
	runs := stormRuns
	if text := os.Getenv("BACKMON_STORM_RUNS"); text != "" {
		var err error
		if runs, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	w := &weather{random: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))}
	hook, atHook := startHook(t, func() time.Duration { return time.Duration(w.below(300)) * time.Millisecond })
	alertmanager, atAlertmanager := startAlertmanager(t)
	smtp, atMail := startMail(t)
	server := startNATS(t)
	s := newSettings(t, "1h")
	s.nats = server.URL
	s.environments["office"] = folder(t.TempDir())
	s.more = object{"notifier": receiversOf(hook, alertmanager, smtp)}
	config := s.write(t)
	if code, output := backmon(t, config, "provision"); code != 0 {
		t.Fatalf("provision: exit code %d\n%s", code, output)
	}
	hurryStatuses(t, server.URL)
	over := make(chan struct{})
	var blowing sync.WaitGroup
	blowing.Go(func() { w.blow(t, server, config, over) })

	publisher := server.bus(t)
	inboxes := map[string]*inbox{"webhook": atHook, "alert": atAlertmanager, "mail": atMail}
	var group sync.WaitGroup
	next := make(chan int, runs)
	for run := range runs {
		next <- run
	}
	close(next)
	for range lanes {
		group.Go(func() {
			for run := range next {
				w.lateAndBack(t, publisher, fmt.Sprintf("disk-%d", run), inboxes)
			}
		})
	}
	group.Wait()
	close(over)
	blowing.Wait()
	w.judge(t, runs, inboxes)
}

// blow starts three notifiers, and kills and starts one of them at random moments.
// At times NATS goes too.
func (w *weather) blow(t *testing.T, server *natsServer, config string, over <-chan struct{}) {
	var alive []*process
	for range 3 {
		alive = append(alive, start(t, config, "notifier"))
	}
	for {
		select {
		case <-over:
			return
		case <-time.After(time.Duration(300+w.below(1500)) * time.Millisecond):
		}
		if w.below(8) == 0 {
			server.restart(t)
			w.boots++
			continue
		}
		i := w.below(len(alive))
		alive[i].kill()
		w.mu.Lock()
		w.kills = append(w.kills, time.Now())
		w.mu.Unlock()
		alive[i] = start(t, config, "notifier")
	}
}

// lateAndBack is the life of one trouble.
func (w *weather) lateAndBack(t *testing.T, b *bus.Bus, disk string, inboxes map[string]*inbox) {
	revision := w.publish(t, b, disk, backup.Late, 0)
	for what, i := range inboxes {
		i.wait(t, what, disk, false)
	}
	for range w.below(3) { // the same again, as after a restart of an evaluator
		revision = w.publish(t, b, disk, backup.Late, revision)
	}
	w.publish(t, b, disk, backup.OK, revision)
	for what, i := range inboxes {
		i.wait(t, what, disk, true)
	}
}

// publish does what an evaluator does, and returns the revision of the status.
func (w *weather) publish(t *testing.T, b *bus.Bus, disk string, state backup.State, after uint64) uint64 {
	message := statusOf(disk, state)
	if _, err := b.PublishBackupStatus(t.Context(), message, bus.Revision{Sequence: after}); err != nil {
		t.Errorf("publish the status of %s: %v", disk, err)
	}
	record, err := b.LastStatus(t.Context(), message.GetSeries())
	if err != nil {
		t.Errorf("read the status of %s: %v", disk, err)
	}
	return record.Sequence
}

// statusOf is the status of a series of a disk.
func statusOf(disk string, state backup.State) *backmonv1.BackupStatus {
	now := time.Now()
	status := backup.Status{
		Series: backup.SeriesID{Environment: "office", Disk: disk, Directory: "db", File: "dump", Group: "db"},
		State:  state, Severity: state.Severity(), Since: now, EvaluatedAt: now, Policy: backup.Policy{Schedule: "0 2 * * *", Timezone: "UTC"},
	}
	if state != backup.OK {
		status.Reasons = []backup.Reason{{Code: state.String(), Text: "expected a backup for 02:00 UTC by 03:00 UTC; the newest is of yesterday"}}
	}
	return wire.Status(status, nil)
}

// judge counts what came.
func (w *weather) judge(t *testing.T, runs int, inboxes map[string]*inbox) {
	for what, i := range inboxes {
		twice := 0
		for run := range runs {
			disk := fmt.Sprintf("disk-%d", run)
			for _, good := range []bool{false, true} {
				messages := i.of(disk, good)
				if n := len(ids(messages)); n != 1 {
					t.Errorf("%s: %d messages about %s (all is well: %v), want 1: %v", what, n, disk, good, messages)
				}
				for at := 1; at < len(messages); at++ {
					twice++
					if !w.killedBetween(messages[at-1].at, messages[at].at) {
						t.Errorf("%s: told twice about %s, and nobody was killed in between: %v", what, disk, messages)
					}
				}
			}
		}
		t.Logf("%s: %d messages of %d backups, and %d a second time with the same id", what, 2*runs, runs, twice)
	}
	t.Logf("%d notifiers were killed, NATS was restarted %d times", len(w.kills), w.boots)
}
