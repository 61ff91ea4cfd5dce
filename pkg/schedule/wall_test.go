package schedule_test

import (
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/schedule"
)

// allTicks lists a schedule's ticks on the clock that never jumps.
func allTicks(t *testing.T, s *schedule.Schedule, from, to time.Time) []int64 {
	t.Helper()
	var ticks []int64
	for at := from.Unix() - 1; ; {
		next, found := s.WallNext(at)
		if !found || next >= to.Unix() {
			return ticks
		}
		if next <= at {
			t.Fatalf("%q: the tick after %d is %d", s, at, next)
		}
		ticks, at = append(ticks, next), next
	}
}

// Prev knows nothing but Next, and asks it at instants that it makes up: of
// every rhythm it must find the last tick, from anywhere.
func TestWallPrevFindsTheLastTick(t *testing.T) {
	for _, c := range []struct {
		name, expression string
		from, to         string
		count            int
	}{
		{"every second", "* * * * * * *", "2026-02-28T23:59:00Z", "2026-03-01T00:01:00Z", 120},
		{"every minute", "* * * * *", "2027-12-31T20:00:00Z", "2028-01-01T04:00:00Z", 480},
		{"every day", "30 2 * * *", "2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z", 730},
		{"working hours", "0 9-17 * * mon-fri", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", 576},
		{"the last of each month", "0 0 L * *", "1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", 1560},
		{"leap days", "0 0 29 2 *", "1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", 32},
		{"leap days that are Mondays", "0 0 29W 2 mon#5", "1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", 32},
		{"two bursts, fifty years apart", "*/6 59 23 31 12 * 2000,2050", "1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", 20},
		{"once", "0 12 24 12 * 2033", "1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", 1},
		{"irregular", "1,2,59 5,6,22 1,3,28 2,12 *", "2026-01-01T00:00:00Z", "2031-01-01T00:00:00Z", 270},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, c.expression, nil)
			ticks := allTicks(t, s, instant(t, c.from), instant(t, c.to))
			if len(ticks) != c.count {
				t.Fatalf("%d ticks, want %d", len(ticks), c.count)
			}
			checkWallPrev(t, s, ticks)
		})
	}
}

// checkWallPrev asks at each tick, around it, and at random.
func checkWallPrev(t *testing.T, s *schedule.Schedule, ticks []int64) {
	t.Helper()
	r := rand.New(rand.NewPCG(41, 42))
	first, last := ticks[0], ticks[len(ticks)-1]
	asked := []int64{last}
	for i, tick := range ticks[1:] {
		asked = append(asked, tick-1, tick, (ticks[i]+tick)/2, first+r.Int64N(last-first))
	}
	for _, at := range asked {
		later := sort.Search(len(ticks), func(i int) bool { return ticks[i] > at })
		if got, found := s.WallPrev(at); !found || got != ticks[later-1] {
			t.Fatalf("%q: the last tick at %s is %s, want %s", s, time.Unix(at, 0).UTC(), time.Unix(got, 0).UTC(), time.Unix(ticks[later-1], 0).UTC())
		}
	}
}

func TestWallHasNoTickBeforeItsFirst(t *testing.T) {
	for expression, first := range map[string]string{
		"* * * * *":        "1970-01-01T00:00:00Z",
		"59 59 23 * * * *": "1970-01-01T23:59:59Z",
		"0 0 29 2 *":       "1972-02-29T00:00:00Z",
		"0 0 1 1 * 2099":   "2099-01-01T00:00:00Z",
		"0 0 * 1 5L 2026":  "2026-01-30T00:00:00Z",
	} {
		s := parse(t, expression, nil)
		at := instant(t, first).Unix()
		if got, found := s.WallPrev(at - 1); found {
			t.Errorf("%q: a tick at %s", expression, time.Unix(got, 0).UTC())
		}
		if got, found := s.WallPrev(at); !found || got != at {
			t.Errorf("%q: first tick %s, %v, want %s", expression, time.Unix(got, 0).UTC(), found, first)
		}
	}
}

func TestWallEndsWithItsLastTick(t *testing.T) {
	s := parse(t, "* * * * * * 2098-2099", nil)
	last := instant(t, "2099-12-31T23:59:59Z").Unix()
	if got, found := s.WallNext(last - 1); !found || got != last {
		t.Errorf("last tick %s, %v", time.Unix(got, 0).UTC(), found)
	}
	if got, found := s.WallNext(last); found {
		t.Errorf("a tick after the last, at %s", time.Unix(got, 0).UTC())
	}
	if got, found := s.WallPrev(last + 40*24*3600); !found || got != last {
		t.Errorf("the last tick, asked long after it, is %s, %v", time.Unix(got, 0).UTC(), found)
	}
}
