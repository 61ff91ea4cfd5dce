// Package schedule answers two questions about a cron expression in a time
// zone: when is the next tick, and when was the previous one.
//
// It is not a job runner: it starts nothing, holds no clock and never reads the
// current time. It is also not a cron parser of its own: the expression's
// meaning is that of github.com/hashicorp/cronexpr (5 to 7 fields, names, L, W,
// #, @daily and so on, years 1970 to 2099), which only ever sees UTC here. What
// this package adds is errors with columns, Prev, and daylight saving time.
//
// # Expressions
//
// Five fields are minute, hour, day of month, month and day of week; a sixth is
// the year; with seven, the first is the second. When both day fields are
// restricted, a day that matches either of them matches, as in crontab(5). A
// step restricts, even that of a wildcard: "0 0 */10 * sun" is every tenth day,
// and every Sunday, where some crons take the days that are both.
// Ranges of week days may end in Sunday ("sat-sun", "5-7"), and ranges that run
// backwards are errors: cronexpr would silently drop their days, or panic.
//
// # Daylight saving time
//
// The rule is that of Debian's cron(8), section "Daylight Saving Time and other
// time changes": "If time was adjusted one hour forward, those jobs that would
// have run in the interval that has been skipped will be run immediately.
// Conversely, if time was adjusted backward, running the same job twice is
// avoided. Only jobs that run at a particular time (not specified as @hourly,
// nor with '*' in the hour or minute specifier) are affected by such changes.
// Jobs which are specified with wildcards are run based on the new time
// immediately." Exactly:
//
//   - A schedule is a wildcard one when its hour or its minute field begins with
//     "*" (or "?", cronexpr's other spelling of it). All others, "0 0-23 * * *"
//     among them, are fixed.
//   - A fixed schedule ticks, for every matching wall-clock time, at the first
//     instant at which the wall clock shows that time or a later one. A time
//     that the clock skips therefore ticks at the first instant after the gap
//     (several of them, or one that is due at that instant anyway, tick once),
//     and a time that is shown twice ticks at its first showing only.
//   - A wildcard schedule ticks at every instant at which the wall clock shows a
//     matching time: skipped times don't tick, repeated ones tick twice.
//
// Cron(8) takes changes of more than three hours for corrections of the clock.
// A zone's transitions are no corrections, however large: the rule holds for all
// of them, such as the day that Samoa skipped in 2011.
package schedule

import (
	"time"

	"github.com/hashicorp/cronexpr"
)

// Schedule is a parsed cron expression in a time zone. It doesn't change after
// Parse and may be used by several goroutines at once.
type Schedule struct {
	source   string
	location *time.Location
	wall     wallClock
	wildcard bool
}

// Parse reads a cron expression of at most 256 bytes. Its times are those that
// a clock in location shows; nil stands for UTC. The error is always an *Error.
//
// An expression that is valid but never ticks, such as "0 0 30 2 *", is not an
// error: its Next and Prev return the zero time.
func Parse(expression string, location *time.Location) (*Schedule, error) {
	if location == nil {
		location = time.UTC
	}
	normal, err := normalize(expression)
	if err != nil {
		return nil, err
	}
	cron, parseErr := cronexpr.Parse(normal.String())
	if parseErr != nil {
		return nil, &Error{Column: 1, Message: parseErr.Error()}
	}
	return &Schedule{
		source:   expression,
		location: location,
		wall:     newWallClock(*cron),
		wildcard: normal.wildcard(),
	}, nil
}

// String returns the expression as Parse was given it.
func (s *Schedule) String() string { return s.source }

// Location returns the time zone whose clock the schedule follows, never nil.
func (s *Schedule) Location() *time.Location { return s.location }

// Next returns the first tick strictly after the given instant, in the
// schedule's location and in whole seconds. It returns the zero time if there is
// none before the year 2100.
func (s *Schedule) Next(after time.Time) time.Time {
	return s.instant(s.rule().next(clamp(after)))
}

// Prev returns the last tick at or before the given instant, in the schedule's
// location and in whole seconds. It returns the zero time if there is none since
// 1970.
func (s *Schedule) Prev(at time.Time) time.Time {
	return s.instant(s.rule().prev(clamp(at)))
}

// transitionRule maps ticks of the wall clock to instants. Both are in unix
// seconds; false means that there is no tick in that direction.
type transitionRule interface {
	next(after int64) (int64, bool)
	prev(at int64) (int64, bool)
}

func (s *Schedule) rule() transitionRule {
	if s.wildcard {
		return wildcardRule{s.wall, zone{s.location}}
	}
	return fixedRule{s.wall, zone{s.location}}
}

func (s *Schedule) instant(seconds int64, found bool) time.Time {
	if !found {
		return time.Time{}
	}
	return time.Unix(seconds, 0).In(s.location)
}

// clamp brings any time into the few years around those that can have ticks, so
// that arithmetic in seconds can't overflow. It rounds down to whole seconds.
func clamp(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(minInstant, 0)):
		return minInstant
	case t.After(time.Unix(maxInstant, 0)):
		return maxInstant
	}
	return t.Unix()
}
