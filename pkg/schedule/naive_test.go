package schedule_test

import (
	"slices"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/schedule"
)

// modelled is an expression, with its meaning said once more in Go.
type modelled struct {
	expression string
	wildcard   bool
	due        func(wall time.Time) bool
}

func each(n, of int) bool { return of%n == 0 }

func oneOf(v int, values ...int) bool { return slices.Contains(values, v) }

var byMinute = []modelled{
	{"30 2 * * *", false, func(w time.Time) bool { return w.Hour() == 2 && w.Minute() == 30 }},
	{"0 0 * * *", false, func(w time.Time) bool { return w.Hour() == 0 && w.Minute() == 0 }},
	{"59 23 * * *", false, func(w time.Time) bool { return w.Hour() == 23 && w.Minute() == 59 }},
	{"0 0-23 * * *", false, func(w time.Time) bool { return w.Minute() == 0 }},
	{"0,30 0-3 * * *", false, func(w time.Time) bool { return w.Hour() <= 3 && oneOf(w.Minute(), 0, 30) }},
	{"45 1 * * sun", false, func(w time.Time) bool { return w.Hour() == 1 && w.Minute() == 45 && w.Weekday() == time.Sunday }},
	{"10-50/20 2 1-7 * *", false, func(w time.Time) bool {
		return w.Hour() == 2 && oneOf(w.Minute(), 10, 30, 50) && w.Day() <= 7
	}},
	{"* * * * *", true, func(time.Time) bool { return true }},
	{"@hourly", true, func(w time.Time) bool { return w.Minute() == 0 }},
	{"*/20 * * * *", true, func(w time.Time) bool { return each(20, w.Minute()) }},
	{"*/20 1-3 * * *", true, func(w time.Time) bool { return each(20, w.Minute()) && oneOf(w.Hour(), 1, 2, 3) }},
	{"15 */3 * * *", true, func(w time.Time) bool { return w.Minute() == 15 && each(3, w.Hour()) }},
	{"? 2 * * 0", true, func(w time.Time) bool { return w.Hour() == 2 && w.Weekday() == time.Sunday }},
}

var bySecond = []modelled{
	{"59 59 1 * * * *", false, func(w time.Time) bool { return w.Hour() == 1 && w.Minute() == 59 && w.Second() == 59 }},
	{"* 30 2 * * * *", false, func(w time.Time) bool { return w.Hour() == 2 && w.Minute() == 30 }},
	{"*/25 * * * * * *", true, func(w time.Time) bool { return each(25, w.Second()) }},
	{"7 */2 1-2 * * * *", true, func(w time.Time) bool {
		return w.Second() == 7 && each(2, w.Minute()) && oneOf(w.Hour(), 1, 2)
	}},
}

// TestEveryTransition compares the hours around each transition of forty years
// with cron(8)'s rule carried out literally, minute by minute, forth and back.
func TestEveryTransition(t *testing.T) {
	found := 0
	for _, name := range zones {
		t.Run(name, func(t *testing.T) {
			l := location(t, name)
			all := transitions(l, 2000, 2040)
			found += len(all)
			for _, m := range byMinute {
				s := parse(t, m.expression, l)
				for _, at := range all {
					m.compare(t, s, at.Add(-4*time.Hour), at.Add(4*time.Hour), time.Minute)
				}
			}
		})
	}
	if found < 500 {
		t.Errorf("only %d transitions: the comparison says little", found)
	}
}

func TestEverySecondOfTransitions(t *testing.T) {
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Antarctica/Troll"} {
		t.Run(name, func(t *testing.T) {
			l := location(t, name)
			for _, m := range bySecond {
				s := parse(t, m.expression, l)
				for _, at := range transitions(l, 2026, 2027) {
					m.compare(t, s, at.Add(-150*time.Minute), at.Add(150*time.Minute), time.Second)
				}
			}
		})
	}
}

// compare walks from one instant to the other and back again.
func (m modelled) compare(t *testing.T, s *schedule.Schedule, from, to time.Time, step time.Duration) {
	t.Helper()
	ticks := m.ticks(s.Location(), from, to, step)
	at := from.Add(-time.Second)
	for _, want := range ticks {
		got := s.Next(at)
		if !got.Equal(want) {
			t.Fatalf("%q: Next(%s) = %s, want %s", s, at.In(s.Location()), got, want.In(s.Location()))
		}
		at = got
	}
	if got := s.Next(at); got.Before(to) {
		t.Fatalf("%q: Next(%s) = %s, want none before %s", s, at, got, to)
	}
	at = to.Add(-time.Nanosecond)
	for _, want := range slices.Backward(ticks) {
		got := s.Prev(at)
		if !got.Equal(want) {
			t.Fatalf("%q: Prev(%s) = %s, want %s", s, at.In(s.Location()), got, want.In(s.Location()))
		}
		at = got.Add(-time.Nanosecond)
	}
	if got := s.Prev(at); !got.Before(from) {
		t.Fatalf("%q: Prev(%s) = %s, want none since %s", s, at, got, from)
	}
}

// ticks is cron's loop: it wakes at every step and looks at the clock.
func (m modelled) ticks(l *time.Location, from, to time.Time, step time.Duration) []time.Time {
	var ticks []time.Time
	done := wallOf(from.Add(-step), l) // the latest wall time that was handled
	for at := from; at.Before(to); at = at.Add(step) {
		wall := wallOf(at, l)
		due := m.wildcard && m.due(wall)
		for !m.wildcard && done.Before(wall) {
			done = done.Add(step)
			due = m.due(done) || due
		}
		if due {
			ticks = append(ticks, at)
		}
	}
	return ticks
}

// wallOf reads a location's clock as if it stood in UTC.
func wallOf(at time.Time, l *time.Location) time.Time {
	_, offset := at.In(l).Zone()
	return at.UTC().Add(time.Duration(offset) * time.Second)
}

// transitions finds the first instants of new offsets by looking at the clock.
func transitions(l *time.Location, firstYear, lastYear int) []time.Time {
	var found []time.Time
	offset := func(at time.Time) time.Duration { return wallOf(at, l).Sub(at) }
	end := time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC); at.Before(end); at = at.Add(6 * time.Hour) {
		low, high := at, at.Add(6*time.Hour)
		if offset(low) == offset(high) {
			continue
		}
		for high.Sub(low) > time.Second {
			if middle := low.Add(high.Sub(low) / 2).Truncate(time.Second); offset(middle) == offset(low) {
				low = middle
			} else {
				high = middle
			}
		}
		found = append(found, high)
	}
	return found
}
