package notifier_test

import (
	"slices"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/services/notifier"
)

// What was told of a group is kept while something is to come of it, and not for ever.
func TestGroupsEnd(t *testing.T) {
	scene(t, func(w *world) {
		kept := func() []time.Duration {
			w.memory.mu.Lock()
			defer w.memory.mu.Unlock()
			var all []time.Duration
			for _, ttl := range w.memory.kept {
				all = append(all, ttl)
			}
			return all
		}
		w.memory.publish(series("db", "a", backup.Late))
		pass(time.Hour)
		if got := kept(); !slices.Equal(got, []time.Duration{0}) {
			t.Errorf("while it is late: kept for %v", got)
		}
		w.memory.publish(series("db", "a", backup.OK))
		pass(time.Hour)
		if got := kept(); !slices.Equal(got, []time.Duration{notifier.Remembered}) {
			t.Errorf("when it is over: kept for %v", got)
		}
	}, "ops")
}
