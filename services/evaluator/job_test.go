package evaluator_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/evaluator"
)

// What did not change is not said again, until six hours have passed.
func TestPublishesChangesOnly(t *testing.T) {
	onBench(t, func(b *bench) {
		b.expect("first", b.evaluate(), "db/a STATE_OK after 0", "db/b STATE_OK after 0", "disk ERROR_KIND_UNSPECIFIED after 0")
		pass(time.Hour)
		b.expect("nothing new", b.evaluate(), "disk ERROR_KIND_UNSPECIFIED after 3")
		b.disk.keys = append(b.disk.keys, "db/b/y.gz")
		b.expect("b has one more", b.evaluate(), "db/b STATE_OK after 2", "disk ERROR_KIND_UNSPECIFIED after 4")
		pass(5 * time.Hour)
		b.expect("a is refreshed", b.evaluate(), "db/a STATE_OK after 1", "disk ERROR_KIND_UNSPECIFIED after 6")
		pass(time.Hour)
		b.expect("and then b", b.evaluate(), "db/b STATE_OK after 5", "disk ERROR_KIND_UNSPECIFIED after 8")
	})
}

// Every status of one job carries its fence, so that a stale job can be told.
func TestFence(t *testing.T) {
	onBench(t, func(b *bench) {
		b.evaluate()
		first := b.bus.disk.Status.GetFence()
		if first.GetJob() != 1 || first.GetDelivery() != 1 || first.GetRun() == "" || b.bus.series["db/a"].Status.GetFence().GetRun() != first.GetRun() {
			t.Errorf("fence %v of the disk, %v of a series", first, b.bus.series["db/a"].Status.GetFence())
		}
		b.evaluate()
		if second := b.bus.disk.Status.GetFence(); second.GetJob() != 2 || second.GetRun() == first.GetRun() {
			t.Errorf("the second job's fence is %v, after %v", second, first)
		}
	})
}

func TestSeriesThatVanishOrEnd(t *testing.T) {
	onBench(t, func(b *bench) {
		b.evaluate()
		b.disk.keys = b.disk.keys[:1]
		b.expect("its files are gone", b.evaluate(), "db/b STATE_MISSING after 2", "disk ERROR_KIND_UNSPECIFIED after 3")
		b.expect("and stay gone", b.evaluate(), "disk ERROR_KIND_UNSPECIFIED after 5")
		b.disk.definitions = strings.Replace(definitions, "db/", "other/", 1)
		b.expect("its rule is gone", b.evaluate(),
			"db/a STATE_GONE after 1", "db/b STATE_GONE after 4", "other/{{tenant}} STATE_MISSING after 0", "disk ERROR_KIND_UNSPECIFIED after 6")
		b.disk.definitions = definitions
		b.expect("it is back", b.evaluate(), "db/a STATE_OK after 7", "other/{{tenant}} STATE_GONE after 9", "disk ERROR_KIND_UNSPECIFIED after 10")
	})
}

func TestFailuresAreUnknown(t *testing.T) {
	onBench(t, func(b *bench) {
		b.evaluate()
		b.disk.broken = errors.New("connection reset")
		b.expect("broken", b.evaluate(), "db/a STATE_UNKNOWN after 1", "db/b STATE_UNKNOWN after 2", "disk ERROR_KIND_UNREACHABLE after 3")
		began := b.bus.disk.Status.GetFailingSince().AsTime()
		if s := b.bus.disk.Status; s.GetTotals().GetFiles() != 2 || s.GetPurgeFrozen() == "" || !strings.Contains(s.GetError(), "connection reset") || s.GetSucceededAt() == nil {
			t.Errorf("the disk's status %v: want the last totals, purging frozen, the cause, the last success", s)
		}
		pass(time.Hour)
		b.expect("still broken", b.evaluate(), "disk ERROR_KIND_UNREACHABLE after 6")
		if again := b.bus.disk.Status.GetFailingSince().AsTime(); !again.Equal(began) {
			t.Errorf("failing since %v, then since %v", began, again)
		}
		b.disk.broken = nil
		b.expect("healed", b.evaluate(), "db/a STATE_OK after 4", "db/b STATE_OK after 5", "disk ERROR_KIND_UNSPECIFIED after 7")
		if b.bus.disk.Status.GetFailingSince() != nil || b.bus.disk.Status.GetPurgeFrozen() != "" {
			t.Errorf("the disk's status %v: want no failure", b.bus.disk.Status)
		}
	})
}

// A disk that takes too long is a finding; an end of the process is not: another
// evaluator starts anew.
func TestInterruptions(t *testing.T) {
	onBench(t, func(b *bench) {
		b.evaluate()
		b.disk.hangs = true
		late, cancel := context.WithTimeout(b.t.Context(), time.Minute)
		defer cancel()
		if err := b.handle(late, "env"); err != nil {
			t.Errorf("at the deadline: error %v", err)
		}
		b.expect("at the deadline", b.take(), "db/a STATE_UNKNOWN after 1", "db/b STATE_UNKNOWN after 2", "disk ERROR_KIND_UNREACHABLE after 3")

		stopping, stop := context.WithCancel(b.t.Context())
		time.AfterFunc(time.Second, stop)
		if err := b.handle(stopping, "env"); !errors.Is(err, context.Canceled) {
			t.Errorf("at the end of the process: error %v", err)
		}
		b.expect("at the end of the process", b.take())
	})
}

func TestSuperseded(t *testing.T) {
	onBench(t, func(b *bench) {
		b.bus.outcome = bus.Superseded
		b.evaluate()
		if logs := b.logs.FilterMessage("a newer evaluation has taken over").All(); len(logs) != 1 || logs[0].ContextMap()["superseded"] != int64(2) {
			t.Errorf("logged %v", b.logs.All())
		}
	})
}

func TestJobErrors(t *testing.T) {
	down := errors.New("no leader")
	for _, c := range []struct {
		name        string
		environment string
		spoil       func(*fakeBus)
		want        string
	}{
		{"environment is not configured", "other", func(*fakeBus) {}, "configuration does not have the environment"},
		{"last statuses can't be read", "env", func(b *fakeBus) { b.unread = down }, "read the last statuses: no leader"},
		{"statuses can't be published", "env", func(b *fakeBus) { b.refused = down }, "publish statuses: no leader"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				c.spoil(b.bus)
				err := b.handle(b.t.Context(), c.environment)
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `evaluate disk "disk" of "`+c.environment+`"`) {
					t.Errorf("error %v, want one with %q", err, c.want)
				}
				b.expect("after the error", b.take())
			})
		})
	}
}

// A stored status that can't be read is replaced, and stops nothing.
func TestUnreadableStatus(t *testing.T) {
	onBench(t, func(b *bench) {
		b.evaluate()
		b.bus.series["db/a"] = bus.BackupRecord{Sequence: 1}
		b.expect("a is said anew", b.evaluate()[:1], "db/a STATE_OK after 0")
	})
}

func TestOptions(t *testing.T) {
	onBench(t, func(b *bench) {
		b.evaluate()
		if b.bus.options.Workers != 3 || b.bus.options.Deadline != time.Minute {
			t.Errorf("consumes with %+v", b.bus.options)
		}
	})
}

func TestConfigErrors(t *testing.T) {
	_, err := evaluator.New(evaluator.Config{}, newFakeBus(), zap.NewNop())
	for _, want := range []string{"concurrency 0 is below 1", "limit of 0 bytes"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
