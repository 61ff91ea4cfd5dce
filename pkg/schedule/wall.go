package schedule

import (
	"time"

	"github.com/hashicorp/cronexpr"
)

const (
	day = int64(24 * time.Hour / time.Second)

	// Ticks have years from 1970 to 2099 on the wall clock, which is the range
	// that cronexpr knows. The margin is wider than any offset from UTC.
	minInstant = -7 * day
	maxInstant = 4102444800 + 7*day // 2100-01-01 and a week

	firstStepBack = int64(60)
)

// wallClock finds the ticks of an expression on a clock that never jumps: times
// are unix seconds of what the clock shows, read as if it stood in UTC.
type wallClock struct {
	cron  cronexpr.Expression
	first int64 // the first tick of all
	ticks bool  // whether there is any
}

func newWallClock(cron cronexpr.Expression) wallClock {
	c := wallClock{cron: cron, ticks: true}
	c.first, c.ticks = c.next(minInstant)
	return c
}

// next returns the first tick after the given wall time.
func (c wallClock) next(after int64) (int64, bool) {
	if !c.ticks {
		return 0, false
	}
	// Expression.Next writes to its receiver; c is a copy, so goroutines that
	// share a Schedule don't meet there.
	t := c.cron.Next(time.Unix(after, 0).UTC())
	if t.IsZero() {
		return 0, false
	}
	return t.Unix(), true
}

// within returns the first tick in (after, last].
func (c wallClock) within(after, last int64) (int64, bool) {
	t, ok := c.next(after)
	return t, ok && t <= last
}

// prev returns the last tick at or before the given wall time. It steps back in
// growing strides until there is a tick in between, then halves what is left;
// either takes at most some 40 rounds over all 130 years.
func (c wallClock) prev(at int64) (int64, bool) {
	if !c.ticks || at < c.first {
		return 0, false
	}
	low, high := at, at // no tick in (high, at]
	tick, found := int64(0), false
	for step := firstStepBack; !found; step *= 4 {
		high = low
		low = max(at-step, c.first-1)
		tick, found = c.within(low, at)
	}
	return c.bisect(tick, high, at), true
}

// bisect returns the last tick at or before at, knowing that tick is one and
// that there is none in (high, at].
func (c wallClock) bisect(tick, high, at int64) int64 {
	for {
		// Strides fit the schedule's rhythm, so the next one is often past at.
		later, ok := c.within(tick, at)
		if !ok {
			return tick
		}
		tick = later
		middle := tick + (high-tick)/2
		if later, ok = c.within(middle, at); ok {
			tick = later
		} else {
			high = middle
		}
	}
}
