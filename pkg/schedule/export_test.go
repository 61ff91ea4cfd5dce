package schedule

import "time"

// What the tests of the parts look at, in unix seconds as the parts have it.

// Normalize returns the expression as cronexpr gets it.
func Normalize(source string) (string, error) {
	e, err := normalize(source)
	return e.String(), err
}

// WallNext and WallPrev look at the clock that never jumps.
func (s *Schedule) WallNext(after int64) (int64, bool) { return s.wall.next(after) }
func (s *Schedule) WallPrev(at int64) (int64, bool)    { return s.wall.prev(at) }

// Highest returns the latest wall time that a location has shown up to an instant.
func Highest(l *time.Location, instant int64) int64 { return zone{l}.highest(instant) }

// Reach returns the first instant at which a location shows wall or later.
func Reach(l *time.Location, wall int64) int64 { return zone{l}.reach(wall) }

// Span returns the stretch without a jump that holds an instant; an end that
// isn't valid is the instant itself.
func Span(l *time.Location, instant int64) (offset, start, end int64) {
	s := zone{l}.span(instant)
	if s.first {
		s.start = instant
	}
	if s.last {
		s.end = instant + 1
	}
	return s.offset, s.start, s.end
}
