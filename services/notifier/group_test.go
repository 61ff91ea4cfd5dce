package notifier_test

import (
	"slices"
	"testing"
	"testing/synctest"
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

// A label that incidents are grouped by changes while one is open, and later changes
// back: what was told of it in the first group long ago must not keep anybody from
// hearing of the next trouble.
func TestALabelComesBack(t *testing.T) {
	for name, notifiers := range map[string]int{"one notifier": 1, "three": 3} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "ops")
				w.config.GroupBy, w.config.Repeat = []string{"labels.team"}, 0
				for range notifiers {
					w.start()
				}
				of := func(team string, state backup.State) backup.Status {
					s := series("db", "a", state)
					s.Policy.Labels = map[string]string{"team": team}
					return s
				}
				for _, s := range []struct {
					team  string
					state backup.State
				}{{"db", backup.Late}, {"web", backup.Late}, {"web", backup.OK}, {"db", backup.Late}, {"db", backup.OK}} {
					w.memory.publish(of(s.team, s.state))
					pass(10 * backup.Day)
				}
				w.expect("ops", "problem 1 opened", "problem 1 opened", "resolved 1 closed", "problem 1 opened", "resolved 1 closed")
				w.close()
			})
		})
	}
}
