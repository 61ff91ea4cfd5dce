package notifier_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// pass lets time pass, and waits until nothing happens any more.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // in a bubble this is how time passes
	synctest.Wait()
}

// scene runs a test in simulated time, with a notifier at work.
func scene(t *testing.T, play func(w *world), receivers ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, receivers...)
		w.start()
		synctest.Wait()
		play(w)
		w.close()
	})
}

func TestLateThenBack(t *testing.T) {
	scene(t, func(w *world) {
		w.memory.publish(series("db", "a", backup.Late))
		pass(wait - time.Second)
		w.expect("ops")
		pass(2 * time.Second)
		w.expect("ops", "problem 1 opened")
		w.expect("chat", "problem 1 opened")
		pass(time.Hour)
		w.memory.publish(series("db", "a", backup.OK))
		pass(wait + time.Second)
		w.expect("ops", "problem 1 opened", "resolved 1 closed")
		pass(48 * time.Hour)
		w.expect("ops", "problem 1 opened", "resolved 1 closed")
		w.expect("chat", "problem 1 opened", "resolved 1 closed")
	}, "ops", "chat")
}

func TestNobodyIsToldOfDueAndPending(t *testing.T) {
	scene(t, func(w *world) {
		w.memory.publish(series("db", "a", backup.Due))
		w.memory.publish(series("db", "b", backup.Pending))
		pass(time.Hour)
		w.expect("ops")
	}, "ops")
}

func TestWhatIsOverSoonIsNotTold(t *testing.T) {
	scene(t, func(w *world) {
		w.memory.publish(series("db", "a", backup.Late))
		pass(wait / 2)
		w.memory.publish(series("db", "a", backup.OK))
		pass(time.Hour)
		w.expect("ops")
	}, "ops")
}

func TestAWholeDiskIsOneNotice(t *testing.T) {
	scene(t, func(w *world) {
		for i := range 500 {
			w.memory.publish(series("db", fmt.Sprintf("tenant-%03d", i), backup.Late))
		}
		pass(time.Hour)
		w.expect("ops", "problem 500 opened")
		n := w.posts["ops"].got[0]
		if len(n.Items) != 20 || n.Open != 500 || n.Items[0].Incident.Subject.Group != "tenant-000" {
			t.Errorf("%d items, %d open, the first of %q", len(n.Items), n.Open, n.Items[0].Incident.Subject.Group)
		}
		for i := range 500 {
			w.memory.publish(series("db", fmt.Sprintf("tenant-%03d", i), backup.OK))
		}
		pass(time.Hour)
		w.expect("ops", "problem 500 opened", "resolved 500 closed")
	}, "ops")
}

func TestWorseIsToldAfterTheInterval(t *testing.T) {
	scene(t, func(w *world) {
		w.memory.publish(series("db", "a", backup.Late))
		pass(wait + time.Second)
		w.memory.publish(series("db", "a", backup.Missing))
		w.memory.publish(series("db", "b", backup.Late))
		pass(interval - 3*time.Second)
		w.expect("ops", "problem 1 opened")
		pass(5 * time.Second)
		w.expect("ops", "problem 1 opened", "problem 1 opened 1 changed")
	}, "ops")
}

func TestReminder(t *testing.T) {
	scene(t, func(w *world) {
		w.memory.publish(series("db", "a", backup.Late))
		pass(repeat)
		w.expect("ops", "problem 1 opened")
		pass(time.Hour)
		w.expect("ops", "problem 1 opened", "reminder 1 continues")
		pass(repeat)
		w.expect("ops", "problem 1 opened", "reminder 1 continues", "reminder 1 continues")
	}, "ops")
}

func TestADiskThatIsNotSeenSpeaksForItsSeries(t *testing.T) {
	scene(t, func(w *world) {
		w.memory.publish(series("db", "late before", backup.Late))
		pass(time.Hour)
		w.memory.publishDisk(unseenDisk("db"))
		for i := range 50 {
			w.memory.publish(series("db", fmt.Sprint(i), backup.Unknown))
		}
		w.memory.publish(series("db", "late before", backup.Unknown))
		pass(time.Hour)
		w.expect("ops", "problem 1 opened", "problem 1 opened")
		w.memory.publishDisk(wellDisk("db"))
		for i := range 50 {
			w.memory.publish(series("db", fmt.Sprint(i), backup.OK))
		}
		w.memory.publish(series("db", "late before", backup.Late))
		pass(time.Hour)
		w.expect("ops", "problem 1 opened", "problem 1 opened", "problem 1 closed")
		w.memory.publish(series("db", "late before", backup.OK))
		pass(time.Hour)
		w.expect("ops", "problem 1 opened", "problem 1 opened", "problem 1 closed", "resolved 1 closed")
	}, "ops")
}

func silence(w *world, id string, until time.Time) {
	w.memory.silences.keep(id, wire.Silence(incident.Silence{
		ID: id, Match: incident.Match{Disks: []string{"d*"}}, By: "me", Why: "test", Since: time.Now(), Until: until,
	}))
}

func TestASilenceKeepsBackAndEnds(t *testing.T) {
	scene(t, func(w *world) {
		silence(w, "s1", time.Now().Add(2*time.Hour))
		w.memory.publish(series("db", "stays", backup.Late))
		w.memory.publish(series("db", "passes", backup.Late))
		w.memory.publish(series("other", "a", backup.Late))
		pass(time.Hour)
		w.expect("ops", "problem 1 opened") // of the other disk
		w.memory.publish(series("db", "passes", backup.OK))
		pass(time.Hour)
		w.expect("ops", "problem 1 opened")
		pass(wait + time.Second)
		w.expect("ops", "problem 1 opened", "problem 1 opened")
	}, "ops")
}

func TestWhatWasToldBeforeASilenceIsToldAgainAfterIt(t *testing.T) {
	scene(t, func(w *world) {
		w.memory.publish(series("db", "a", backup.Late))
		w.memory.publish(series("db", "b", backup.Late))
		pass(time.Minute)
		silence(w, "s1", time.Now().Add(48*time.Hour))
		pass(40 * time.Hour) // no reminder
		w.memory.publish(series("db", "b", backup.OK))
		pass(time.Hour)
		w.expect("ops", "problem 2 opened", "resolved 1 closed") // what is silenced is known
		w.memory.silences.drop("s1")
		pass(interval)
		w.expect("ops", "problem 2 opened", "resolved 1 closed", "problem 1 continues")
	}, "ops")
}

func TestFlapping(t *testing.T) {
	scene(t, func(w *world) {
		for range 6 {
			w.memory.publish(series("db", "a", backup.Late))
			pass(12 * time.Hour)
			w.memory.publish(series("db", "a", backup.OK))
			pass(12 * time.Hour)
		}
		w.expect("ops", "problem 1 opened", "resolved 1 closed", "problem 1 opened", "problem 1 flapping")
		for range 40 { // well for so long that the turns are forgotten
			pass(24 * time.Hour)
			w.memory.publish(series("db", "a", backup.OK))
		}
		pass(time.Hour)
		w.expect("ops", "problem 1 opened", "resolved 1 closed", "problem 1 opened", "problem 1 flapping", "resolved 1 closed")
	}, "ops")
}

func TestAReceiverThatIsDownForThreeHours(t *testing.T) {
	scene(t, func(w *world) {
		up := time.Now().Add(3 * time.Hour)
		var tries atomic.Int64
		w.posts["down"].answer = func(incident.Notice) error {
			tries.Add(1)
			if time.Now().Before(up) {
				return errors.New("connection refused")
			}
			return nil
		}
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Minute)
		w.expect("up", "problem 1 opened")
		w.memory.publish(series("files", "a", backup.Late))
		pass(time.Minute)
		w.expect("up", "problem 1 opened", "problem 1 opened")
		pass(2 * time.Hour)
		w.expect("down")
		pass(2 * time.Hour)
		w.expect("down", "problem 1 opened", "problem 1 opened")
		if n := tries.Load(); n > 100 {
			t.Errorf("%d tries", n)
		}
		pass(12 * time.Hour)
		w.expect("down", "problem 1 opened", "problem 1 opened")
		w.expect("up", "problem 1 opened", "problem 1 opened")
	}, "up", "down")
}

// refusal is an error that another attempt can't heal.
type refusal struct{ error }

func (refusal) Permanent() bool { return true }

func TestARefusedNoticeIsKeptAmongTheDeadLetters(t *testing.T) {
	scene(t, func(w *world) {
		w.posts["ops"].answer = func(incident.Notice) error { return refusal{errors.New("404 Not Found")} }
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Hour)
		w.expect("ops")
		if len(w.memory.buried()) != 1 || w.memory.buried()[0].GetError() != "404 Not Found" {
			t.Fatalf("dead letters: %v", w.memory.buried())
		}
		failed, ok := w.memory.audited()[0].(*backmonv1.NoticeFailed)
		if !ok || failed.GetReceiver() != "ops" || failed.GetAttempts() != 1 || failed.GetError() != "404 Not Found" || failed.GetDisk() != "db" {
			t.Errorf("audit: %v", w.memory.audited())
		}
		if got := w.unheard(); !slices.Equal(got, []bool{true}) {
			t.Errorf("unheard: %v", got)
		}
		w.posts["ops"].down(time.Now())
		w.memory.publish(series("db", "a", backup.Missing))
		pass(time.Hour)
		w.expect("ops", "problem 1 changed")
		if got := w.unheard(); !slices.Equal(got, []bool{false}) {
			t.Errorf("unheard after the next one: %v", got)
		}
	}, "ops")
}

func TestANoticeIsGivenUpInTheEnd(t *testing.T) {
	scene(t, func(w *world) {
		w.posts["ops"].answer = func(incident.Notice) error { return errors.New("no route to host") }
		w.memory.publish(series("db", "a", backup.Late))
		pass(giveUp - time.Hour)
		if n := len(w.memory.buried()); n != 0 {
			t.Fatalf("%d dead letters too early", n)
		}
		pass(2 * time.Hour)
		if n := len(w.memory.buried()); n != 1 {
			t.Errorf("%d dead letters", n)
		}
	}, "ops")
}

// later asks for patience.
type later struct{ error }

func (later) RetryAfter() time.Duration { return 30 * time.Minute }

func TestRetryAfter(t *testing.T) {
	scene(t, func(w *world) {
		var asked atomic.Int64
		w.posts["ops"].answer = func(incident.Notice) error {
			if asked.Add(1) == 1 {
				return later{errors.New("429 Too Many Requests")}
			}
			return nil
		}
		w.memory.publish(series("db", "a", backup.Late))
		pass(29 * time.Minute)
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times within the half hour", n)
		}
		pass(5 * time.Minute)
		w.expect("ops", "problem 1 opened")
	}, "ops")
}

func TestARestartTellsNothingAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "ops")
		_, end := w.start()
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Hour)
		end(false)
		_, end = w.start()
		pass(time.Hour)
		w.expect("ops", "problem 1 opened")
		end(true)
		w.memory.publish(series("db", "a", backup.OK))
		w.start()
		pass(time.Hour)
		w.expect("ops", "problem 1 opened", "resolved 1 closed")
		w.close()
	})
}

func TestManyNotifiersTellOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "ops", "chat")
		for range 4 {
			w.start()
		}
		for i := range 20 {
			w.memory.publish(series(fmt.Sprint("disk", i), "a", backup.Late))
		}
		pass(time.Hour)
		for name, p := range w.posts {
			if n := len(p.letters()); n != 20 {
				t.Errorf("%s got %d notices, want 20", name, n)
			}
		}
		if n := len(w.memory.audited()); n != 40 {
			t.Errorf("%d audit records, want 40", n)
		}
		w.close()
	})
}

func TestASeriesThatEnds(t *testing.T) {
	scene(t, func(w *world) {
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Hour)
		gone := series("db", "a", backup.Gone)
		w.memory.publish(gone)
		pass(time.Hour)
		w.expect("ops", "problem 1 opened", "resolved 1 closed")
		if n := w.posts["ops"].got[1]; !n.Items[0].Incident.Gone {
			t.Error("the notice does not say that the series has ended")
		}
	}, "ops")
}

func TestRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "db", "pager", "ops")
		w.config.Routes = []incident.Route{
			{Match: incident.Match{Labels: map[string][]string{"team": {"db"}}}, Receivers: []string{"db"}, Continue: true},
			{Match: incident.Match{Severities: []backup.Severity{backup.SeverityCritical}}, Receivers: []string{"pager"}},
			{Receivers: []string{"ops"}},
		}
		w.start()
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Hour)
		w.expect("db", "problem 1 opened")
		w.expect("ops", "problem 1 opened")
		w.memory.publish(series("db", "a", backup.Missing))
		pass(time.Hour)
		w.expect("pager", "problem 1 opened")
		w.expect("ops", "problem 1 opened")
		w.memory.publish(series("db", "a", backup.OK))
		pass(time.Hour)
		for _, name := range []string{"pager", "ops"} { // who was told is told that it is over
			w.expect(name, "problem 1 opened", "resolved 1 closed")
		}
		w.expect("db", "problem 1 opened", "problem 1 changed", "resolved 1 closed")
		w.close()
	})
}

// A series gets well between the moment at which one observer has read that it is
// bad and the moment at which it writes so. Whoever hears that it is well finds no
// incident to close.
func TestWellWhileItIsFoundBad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "ops")
		line, _ := w.start()
		synctest.Wait()
		line.beforePut = func() {
			w.memory.publish(series("db", "a", backup.OK))
			time.Sleep(time.Second) //nolint:forbidigo // in a bubble: the other observers are through with it
		}
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Hour)
		w.expect("ops")
		w.close()
	})
}

// One notifier hears of incidents much later than the others: it must not tell what
// was told and is over.
func TestOldNewsAreNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "ops")
		w.start()
		slow, _ := w.startOn(&process{memory: w.memory, idle: true})
		pass(time.Minute)
		slow.lag = func() { time.Sleep(20 * time.Minute) } //nolint:forbidigo // in a bubble
		w.memory.publish(series("db", "a", backup.Late))
		pass(10 * time.Minute)
		w.memory.publish(series("db", "a", backup.OK))
		pass(24 * time.Hour)
		w.expect("ops", "problem 1 opened", "resolved 1 closed")
		w.close()
	})
}

func TestAReceiverThatHearsOnlyOfWhatIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "bot", "ops")
		w.config.Receivers[0].OpenOnly = true
		w.start()
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Hour)
		w.memory.publish(series("db", "a", backup.OK))
		pass(time.Hour)
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Hour)
		w.expect("bot", "problem 1 opened", "problem 1 opened")
		w.expect("ops", "problem 1 opened", "resolved 1 closed", "problem 1 opened")
		w.close()
	})
}

// What has been wrong for long when the first notifier starts is one notice, too:
// it waits for the rest of it.
func TestABacklogIsOneNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "ops")
		for i := range 200 {
			w.memory.publish(series("db", fmt.Sprint(i), backup.Late))
		}
		pass(time.Hour)
		line := &process{memory: w.memory}
		line.trouble = func(bool) error {
			time.Sleep(50 * time.Millisecond) //nolint:forbidigo // a slow network, in a bubble
			return nil
		}
		w.startOn(line)
		pass(time.Hour)
		w.expect("ops", "problem 200 opened")
		w.close()
	})
}
