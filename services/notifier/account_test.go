package notifier_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

// Of several notifiers all hear that a notice is settled. What is to be done then is
// done by one of them, and whoever reads the logs counts each notice once.
func TestManyNotifiersAccountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		w := newWorld(t, "ops", "gone")
		w.log = zap.New(core)
		w.posts["gone"].answer = func(incident.Notice) error { return refusal{errors.New("404 Not Found")} }
		for range 4 {
			line, _ := w.start()
			line.trouble = func(bool) error {
				time.Sleep(time.Millisecond) //nolint:forbidigo // in a bubble: requests take their time, so that others come in between
				return nil
			}
		}
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Hour)
		for message, want := range map[string]int{"a notice was sent": 1, "a notice was given up": 1} {
			if n := logs.FilterMessage(message).Len(); n != want {
				t.Errorf("%q was logged %d times, want %d", message, n, want)
			}
		}
		if n := len(w.memory.buried()); n != 1 {
			t.Errorf("%d dead letters, want 1", n)
		}
		w.close()
	})
}

// The notifier that sent a notice dies before it has accounted for it: another one does.
func TestAnotherNotifierAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "ops")
		line, kill := w.start()
		synctest.Wait()
		var sent, cut atomic.Bool
		w.posts["ops"].answer = func(incident.Notice) error { sent.Store(true); return nil }
		line.trouble = func(after bool) error {
			if cut.Load() && !after {
				return errCut
			}
			if sent.Load() && after { // the record of the answer is the first request after it
				cut.Store(true)
			}
			return nil
		}
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Minute)
		w.expect("ops", "problem 1 opened")
		if n := len(w.memory.audited()); n != 0 {
			t.Fatalf("%d audit records of a notifier that reaches nothing", n)
		}
		kill(true)
		w.start()
		pass(time.Minute)
		w.expect("ops", "problem 1 opened")
		if n := len(w.memory.audited()); n != 1 {
			t.Errorf("%d audit records, want 1", n)
		}
		w.close()
	})
}
