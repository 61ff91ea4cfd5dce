package board

import (
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/bus"
)

const (
	// maxEnds is how many series and disks that have ended are remembered for
	// those who come back.
	maxEnds = 1000
	// compactAt is how many marks may be out of date before they are dropped.
	compactAt = 1024
)

// changes lists the places of the board in the order of their last change. Each
// stands in it once, so a reader who comes late finds the last of each and no
// more: it needs no queue, however slow it is.
type changes struct {
	// marks ascend by sequence. One whose place has changed again is out of date.
	marks []mark
	stale int
	ends  int
	// forgotten is the sequence of the newest end that is not remembered.
	forgotten uint64
}

// mark is a change of a place.
type mark struct {
	sequence uint64
	stored   time.Time
	at       *cell
}

func (m mark) stale() bool { return m.at.sequence != m.sequence }

func (m mark) place() Place { return Place{m.sequence, m.stored} }

// last is the sequence of the last change; 0 without one.
func (c *changes) last() uint64 {
	if len(c.marks) == 0 {
		return 0
	}
	return c.marks[len(c.marks)-1].sequence
}

// add notes that a place has changed. Sequences grow, so that an event without
// one, as tests have, gets the next.
func (c *changes) add(at *cell, e bus.Event) {
	if at.sequence != 0 {
		c.stale++
	}
	at.sequence = max(e.Sequence, c.last()+1)
	if e.Gone {
		c.ends++
	}
	c.marks = append(c.marks, mark{at.sequence, e.Stored, at})
	if c.stale > compactAt+len(c.marks)/2 || c.ends > 2*maxEnds {
		c.compact()
	}
}

// compact drops what is out of date, and the oldest ends.
func (c *changes) compact() {
	surplus := c.ends - maxEnds
	kept := make([]mark, 0, len(c.marks)-c.stale)
	for _, m := range c.marks {
		switch {
		case m.stale():
		case m.at.ended && surplus > 0:
			surplus--
			c.ends--
			c.forgotten = m.sequence
		default:
			kept = append(kept, m)
		}
	}
	c.marks, c.stale = kept, 0
}

// after returns up to limit places that changed after a sequence, the first
// change first. Ends up to the sequence unseen are left out.
func (c *changes) after(sequence, unseen uint64, limit int) []mark {
	i, found := c.search(sequence)
	if found {
		i++
	}
	var some []mark
	for _, m := range c.marks[i:] {
		if m.stale() || m.at.ended && m.sequence <= unseen {
			continue
		}
		if some = append(some, m); len(some) == limit {
			break
		}
	}
	return some
}

func (c *changes) search(sequence uint64) (int, bool) {
	return slices.BinarySearchFunc(c.marks, sequence, func(m mark, s uint64) int {
		switch {
		case m.sequence < s:
			return -1
		case m.sequence > s:
			return 1
		default:
			return 0
		}
	})
}

// knows reports whether everything that changed after a place is still told: it
// is of this stream, and no end since then can be forgotten, by the board or by
// the stream itself.
func (c *changes) knows(p Place, now time.Time) bool {
	if p.Sequence == 0 || p.Sequence > c.last() || p.Sequence < c.forgotten || now.Sub(p.Stored) > maxAbsence {
		return false
	}
	i, found := c.search(p.Sequence)
	if found {
		return c.marks[i].place().String() == p.String()
	}
	// In a stream that was made anew since, all is newer than the place. Without
	// anything before the place all has changed, and nothing is lost by a reset.
	before := i > 0 && !c.marks[i-1].stored.Truncate(time.Millisecond).After(p.Stored)
	after := i == len(c.marks) || !c.marks[i].stored.Before(p.Stored)
	return before && after
}
