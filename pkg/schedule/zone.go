package schedule

import "time"

const (
	// maxOffset is more than any zone's distance from UTC, maxShift more than
	// any zone's clock was ever put forward or back. Both in seconds.
	maxOffset = 26 * int64(time.Hour/time.Second)
	maxShift  = 48 * int64(time.Hour/time.Second)
)

// zone gives a location's offsets, in seconds.
type zone struct{ location *time.Location }

// span is a stretch of instants [start, end) in which the clock doesn't jump. It
// may also begin or end where no jump is, but it is never empty.
type span struct {
	offset     int64 // wall time minus instant
	start, end int64
	first      bool // nothing before: start is not valid
	last       bool // nothing after: end is not valid
}

// span returns the span that holds an instant.
func (z zone) span(instant int64) span {
	t := time.Unix(instant, 0).In(z.location)
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	s := span{
		offset: int64(offset),
		start:  start.Unix(), first: start.IsZero(),
		end: end.Unix(), last: end.IsZero(),
	}
	if !s.last && s.end <= instant {
		// Where a zone goes by rules for all years to come (from 2038 on),
		// package time lets every year end after 365 days. On a leap year's last
		// day the end has passed then; the next day is a new year.
		s.end = (instant/day + 1) * day
	}
	return s
}

// highest returns the latest wall time shown up to and including an instant:
// while an hour repeats, that is the last second before the clock was put back.
func (z zone) highest(instant int64) int64 {
	s := z.span(instant)
	highest := instant + s.offset
	for !s.first && s.start > instant-maxShift {
		before := s.start - 1
		s = z.span(before)
		highest = max(highest, before+s.offset)
	}
	return highest
}

// reach returns the first instant at which the clock shows wall or later.
func (z zone) reach(wall int64) int64 {
	t := wall - maxOffset
	for {
		s := z.span(t)
		if s.last || wall-s.offset < s.end {
			return max(t, wall-s.offset)
		}
		t = s.end
	}
}

// fixedRule ticks once for each matching wall time, when the clock reaches or
// passes it. A wall time is reached by an instant exactly if it is not above
// the highest one shown so far, so Next and Prev can't disagree.
type fixedRule struct {
	wall wallClock
	zone zone
}

func (r fixedRule) next(after int64) (int64, bool) {
	return r.reach(r.wall.next(r.zone.highest(after)))
}

func (r fixedRule) prev(at int64) (int64, bool) {
	return r.reach(r.wall.prev(r.zone.highest(at)))
}

func (r fixedRule) reach(wall int64, found bool) (int64, bool) {
	if !found {
		return 0, false
	}
	return r.zone.reach(wall), true
}

// wildcardRule ticks whenever the clock shows a matching wall time.
type wildcardRule struct {
	wall wallClock
	zone zone
}

// next looks through one span after the other, beginning with the one of t.
// Every round passes the end of a span, and long spans without a tick are leapt over.
func (r wildcardRule) next(after int64) (int64, bool) {
	t := after + 1
	for {
		s := r.zone.span(t)
		wall, found := r.wall.next(t + s.offset - 1)
		switch {
		case found && (s.last || wall-s.offset < s.end):
			return wall - s.offset, true
		case s.last:
			return 0, false
		case s.end-t < maxShift: // the clock may show t's time again
			t = s.end
		case !found:
			return 0, false
		default:
			t = max(s.end, wall-maxOffset)
		}
	}
}

// prev is the mirror of next.
func (r wildcardRule) prev(at int64) (int64, bool) {
	t := at
	for {
		s := r.zone.span(t)
		wall, found := r.wall.prev(t + s.offset)
		switch {
		case found && (s.first || wall-s.offset >= s.start):
			return wall - s.offset, true
		case s.first:
			return 0, false
		case t-s.start < maxShift: // the clock may have shown t's time before
			t = s.start - 1
		case !found:
			return 0, false
		default:
			t = min(s.start-1, wall+maxOffset)
		}
	}
}
