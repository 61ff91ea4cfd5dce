package board

import (
	"cmp"
	"math"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// Sort is an order of series; a "-" before its name reverses it. Those that are
// equal in it are ordered by name.
type Sort string

// The orders.
const (
	SortWorst    Sort = "worst"    // the most urgent first
	SortName     Sort = "name"     // environment, disk, directory, file, group
	SortSince    Sort = "since"    // the newest state first
	SortDeadline Sort = "deadline" // the nearest deadline first, those without one last
	SortLatest   Sort = "latest"   // the oldest newest backup first, those without one before
	SortSize     Sort = "size"     // the largest newest backup first
)

// Sorts lists the orders, without their reverses.
func Sorts() []Sort {
	return []Sort{SortWorst, SortName, SortSince, SortDeadline, SortLatest, SortSize}
}

// cut returns the order and whether it is reversed.
func (s Sort) cut() (Sort, bool) {
	plain, reversed := strings.CutPrefix(string(s), "-")
	return Sort(plain), reversed
}

// kept reports whether the board keeps its series in this order.
func (s Sort) kept() bool { return s == SortWorst || s == SortName }

// rank is an entry's place in the order, as far as a number tells it: the
// smallest comes first.
func (s Sort) rank(e *Entry) int64 {
	plain, reversed := s.cut()
	n := plain.number(&e.Status)
	if reversed {
		return -n
	}
	return n
}

func (s Sort) number(status *backup.Status) int64 {
	switch s {
	case SortWorst:
		return -int64(status.Urgency())
	case SortSince:
		return -nanoseconds(status.Since, math.MinInt64+1)
	case SortDeadline:
		return nanoseconds(status.Slot.Deadline, math.MaxInt64)
	case SortLatest:
		if status.Files.Latest == nil {
			return math.MinInt64 + 1
		}
		return nanoseconds(status.Files.Latest.Time, math.MinInt64+1)
	case SortSize:
		if status.Files.Latest == nil {
			return 1
		}
		return -status.Files.Latest.Size
	default:
		return 0
	}
}

// nanoseconds is an instant as a number; none is the one without a time.
func nanoseconds(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return t.UnixNano()
}

func (s Sort) compare(a, b *Entry) int {
	return s.compareTo(a, s.rank(b), b.Status.Series)
}

// compareTo compares an entry with a place in the order.
func (s Sort) compareTo(a *Entry, rank int64, id backup.SeriesID) int {
	names := a.Status.Series.Compare(id)
	if s == "-"+SortName {
		names = -names
	}
	return cmp.Or(cmp.Compare(s.rank(a), rank), names)
}
