package schedule_test

import (
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/schedule"
)

// Within three hours of every transition, minute by minute: what was the latest
// time on the wall so far, and when was a time first reached.
func TestHighestAndReach(t *testing.T) {
	for _, name := range zones {
		t.Run(name, func(t *testing.T) {
			l := location(t, name)
			for _, middle := range transitions(l, 2005, 2040) {
				checkHighestAndReach(t, l, middle)
			}
		})
	}
}

func checkHighestAndReach(t *testing.T, l *time.Location, middle time.Time) {
	t.Helper()
	at := middle.Add(-3 * time.Hour)
	highest := wallOf(at, l).Unix()
	for ; at.Before(middle.Add(3 * time.Hour)); at = at.Add(time.Minute) {
		before := highest
		highest = max(highest, wallOf(at.Add(-time.Second), l).Unix())
		if highest > before {
			checkReach(t, l, highest, at.Unix()-1)
		}
		if now := wallOf(at, l).Unix(); now > highest {
			// A jump passes all that it leaves out at once.
			checkReach(t, l, highest+1, at.Unix())
			checkReach(t, l, now, at.Unix())
			highest = now
		}
		if got := schedule.Highest(l, at.Unix()); got != highest {
			t.Fatalf("highest(%s) = %s, want %s", at.In(l), time.Unix(got, 0).UTC(), time.Unix(highest, 0).UTC())
		}
	}
}

func checkReach(t *testing.T, l *time.Location, wall, want int64) {
	t.Helper()
	if got := schedule.Reach(l, wall); got != want {
		t.Fatalf("%s is reached at %s, want %s", time.Unix(wall, 0).UTC(), time.Unix(got, 0).In(l), time.Unix(want, 0).In(l))
	}
}

// Next and Prev agree because of this: a wall time is reached exactly when it is
// not above the highest.
func TestReachedIsNotAboveHighest(t *testing.T) {
	for _, name := range zones {
		l := location(t, name)
		for _, middle := range transitions(l, 2010, 2020) {
			for hours := -50; hours <= 50; hours++ {
				at := middle.Unix() + int64(hours)*1800 - 1
				highest := schedule.Highest(l, at)
				if got := schedule.Reach(l, highest); got > at {
					t.Fatalf("%s in %s: its highest is reached at %s only", time.Unix(at, 0).UTC(), name, time.Unix(got, 0).UTC())
				}
				if got := schedule.Reach(l, highest+1); got <= at {
					t.Fatalf("%s in %s: more than its highest is reached at %s", time.Unix(at, 0).UTC(), name, time.Unix(got, 0).UTC())
				}
			}
		}
	}
}

// The table of every zone ends before 2038; from then on its rule counts, where
// package time is wrong about leap years' last days.
func TestSpansHoldTheirInstant(t *testing.T) {
	from, to := time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2057, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range zones {
		t.Run(name, func(t *testing.T) {
			l := location(t, name)
			offsetAt := func(instant int64) int64 { return wallOf(time.Unix(instant, 0), l).Unix() - instant }
			for at := from.Unix(); at < to.Unix(); at += 6*3600 - 1 {
				offset, start, end := schedule.Span(l, at)
				if start > at || end <= at {
					t.Fatalf("%s is not in [%s, %s)", time.Unix(at, 0).UTC(), time.Unix(start, 0).UTC(), time.Unix(end, 0).UTC())
				}
				if offset != offsetAt(at) || offset != offsetAt(start) || offset != offsetAt(end-1) {
					t.Fatalf("%s: offset %d, at the start %d, at the end %d", time.Unix(at, 0).UTC(), offset, offsetAt(start), offsetAt(end-1))
				}
			}
		})
	}
}

func TestSpansEndWhereTheClockJumps(t *testing.T) {
	for _, name := range zones {
		l := location(t, name)
		for _, at := range transitions(l, 2000, 2060) {
			if _, _, end := schedule.Span(l, at.Unix()-1); end != at.Unix() {
				t.Errorf("%s: the span before the jump at %s ends at %s", name, at, time.Unix(end, 0).UTC())
			}
			if _, start, _ := schedule.Span(l, at.Unix()); start != at.Unix() {
				t.Errorf("%s: the span after the jump at %s begins at %s", name, at, time.Unix(start, 0).UTC())
			}
		}
	}
}

func TestZonesWithoutJumps(t *testing.T) {
	l := time.FixedZone("fixed", -5*3600)
	for _, at := range []int64{-1 << 40, 0, 1 << 32, 1 << 40} {
		if offset, start, end := schedule.Span(l, at); offset != -5*3600 || start != at || end != at+1 {
			t.Errorf("span(%d) = %d, [%d, %d)", at, offset, start, end)
		}
		if got := schedule.Highest(l, at); got != at-5*3600 {
			t.Errorf("highest(%d) = %d", at, got)
		}
		if got := schedule.Reach(l, at); got != at+5*3600 {
			t.Errorf("reach(%d) = %d", at, got)
		}
	}
}
