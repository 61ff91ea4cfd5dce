package backup

import (
	"fmt"
	"testing"
	"time"
)

// timeline is a random schedule with a file, and its ticks written out from long
// before to long after.
type timeline struct {
	seed   uint64
	rule   *Rule
	newest time.Time
	ticks  []time.Time
}

func newTimeline(seed uint64) timeline {
	rng := random(seed)
	expressions := []string{"0 2 * * *", "30 2 * * *", "*/20 * * * *", "0 */6 * * *", "15 4 * * sun", "0 0 1 * *", "0 1,2,3 * * *"}
	r := newRule("%A", byModified, cron(expressions[rng.IntN(len(expressions))], zones[rng.IntN(len(zones))]))
	r.Grace = time.Duration(rng.IntN(300)) * time.Minute
	r.Early = time.Duration(rng.IntN(40)) * time.Minute
	l := timeline{seed: seed, rule: r}
	l.newest = time.Date(2025, time.Month(1+rng.IntN(12)), 1+rng.IntN(31), rng.IntN(24), rng.IntN(60), 0, 0, time.UTC)
	for tick := r.Schedule.Next(l.newest.Add(-time.Second)); len(l.ticks) < 12; tick = r.Schedule.Next(tick) {
		l.ticks = append(l.ticks, tick)
	}
	return l
}

// state is the definition's words, said over the written ticks: the file fills the
// last tick up to it or the next one if that is near; each later tick asks for one.
func (l timeline) state(now time.Time) (state State, missed int) {
	asking := l.ticks
	if asking[0].Equal(l.newest) || asking[0].Sub(l.newest) <= l.rule.Early {
		asking = asking[1:]
		if l.ticks[0].Equal(l.newest) && l.ticks[1].Sub(l.newest) <= l.rule.Early {
			asking = l.ticks[2:]
		}
	}
	for _, tick := range asking {
		if !now.Before(tick.Add(l.rule.Grace)) {
			missed++
		}
	}
	switch {
	case missed > 1:
		return Missing, missed
	case missed == 1:
		return Late, missed
	case !now.Before(asking[0]):
		return Due, 0
	default:
		return OK, 0
	}
}

func (l timeline) status(t *testing.T, now time.Time) Status {
	t.Helper()
	return only(t, evaluate(oneRuleOf(l.rule), now, nil, file("a", l.newest, 1)))
}

// oneRuleOf is a definition of a rule that exists already.
func oneRuleOf(r *Rule) *Definition { return newDefinition(newDirectory("db", r)) }

// At every edge the state is what the written ticks say, and it only gets worse.
func TestStatesFollowTheTicks(t *testing.T) {
	for seed := range uint64(400) {
		l := newTimeline(seed)
		worst, edges := OK, []time.Time{l.newest}
		for _, tick := range l.ticks[:6] {
			edges = append(edges, tick, tick.Add(l.rule.Grace))
		}
		for _, edge := range edges {
			for _, now := range []time.Time{edge.Add(-time.Second), edge, edge.Add(time.Second)} {
				if now.Before(l.newest) {
					continue
				}
				s := l.status(t, now)
				state, missed := l.state(now)
				if s.State != state || s.Slot.Missed != missed {
					t.Fatalf("seed %d, %s in %v, grace %v, early %v, file of %v, now %v: %v with %d missed, want %v with %d", seed,
						l.rule.Schedule, l.rule.Location, l.rule.Grace, l.rule.Early, l.newest, now, s.State, s.Slot.Missed, state, missed)
				}
				if !s.Since.IsZero() && s.Since.After(now) {
					t.Fatalf("seed %d, now %v: %v since %v", seed, now, s.State, s.Since)
				}
			}
		}
		for now := l.newest; now.Before(l.ticks[5]); now = now.Add(l.ticks[5].Sub(l.newest)/50 + time.Second) {
			if s := l.status(t, now); s.State < worst {
				t.Fatalf("seed %d, now %v: %v after %v", seed, now, s.State, worst)
			} else {
				worst = s.State
			}
		}
	}
}

// NextDeadline is a promise: until then the severity stays, then it is worse.
func TestNextDeadlineIsTrue(t *testing.T) {
	for seed := range uint64(400) {
		l := newTimeline(seed)
		now := l.newest
		for range 4 {
			s := l.status(t, now)
			next := s.Slot.NextDeadline
			if next.IsZero() {
				if s.State != Missing {
					t.Fatalf("seed %d: %v has no next deadline", seed, s.State)
				}
				break
			}
			if !next.After(now) {
				t.Fatalf("seed %d, now %v: the next deadline is %v", seed, now, next)
			}
			before, at := l.status(t, next.Add(-time.Second)), l.status(t, next)
			if before.Severity != s.Severity || at.Severity <= s.Severity {
				t.Fatalf("seed %d: %v, before the deadline %v, at it %v", seed, s.Severity, before.Severity, at.Severity)
			}
			now = next
		}
	}
}

// A backup on every tick is never worse than due, however the clocks change; one
// that is left out is late at its deadline.
func TestPunctualBackupsAreNeverLate(t *testing.T) {
	for _, expression := range []string{"30 2 * * *", "0 3 * * *", "*/30 * * * *", "30 1 * * sun"} {
		for _, zoneName := range zones {
			t.Run(fmt.Sprintf("%s in %s", expression, zoneName), func(t *testing.T) {
				r := newRule("%A", byModified, cron(expression, zoneName))
				r.Grace = 20 * time.Minute
				tick := r.Schedule.Next(instant("2026-03-01T00:00:00Z"))
				for range 120 {
					next := r.Schedule.Next(tick)
					if next.IsZero() || !next.After(tick) {
						t.Fatalf("after %v comes %v", tick, next)
					}
					l := timeline{rule: r, newest: tick.Add(5 * time.Minute)}
					if s := l.status(t, next.Add(r.Grace-time.Second)); s.State != Due || !s.Slot.Open.Equal(next) {
						t.Fatalf("%v with a file of %v is %v for %v", next, l.newest, s.State, s.Slot.Open)
					}
					if s := l.status(t, next.Add(r.Grace)); s.State != Late || s.Slot.Missed != 1 {
						t.Fatalf("%v with a file of %v is %v with %d missed", next, l.newest, s.State, s.Slot.Missed)
					}
					tick = next
				}
			})
		}
	}
}
