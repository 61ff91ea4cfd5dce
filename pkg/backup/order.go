package backup

import (
	"cmp"
	"time"

	"github.com/backmon/backmon/pkg/pattern"
)

// FutureTolerance is how far a file's time may lie ahead of now before the file
// is put aside as FUTURE: clocks differ by minutes, not by more.
const FutureTolerance = 10 * time.Minute

// Dated is a file with the time that orders it in its series.
type Dated struct {
	File
	Time time.Time
	// Ambiguous says that another rule matches the file too.
	Ambiguous bool
}

// newer orders files of one series: by time, then by key, so that the order is
// total and does not depend on the listing's.
func newer(a, b *Dated) bool { return compare(a, b) > 0 }

func compare(a, b *Dated) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Key, b.Key))
}

// Time is when a file counts as made, by the rule's sort: upstream's created_at.
// parts are the time parts that its name and folders hold.
func (r *Rule) Time(f File, parts pattern.Timestamp) time.Time {
	switch r.Sort {
	case SortBornAt:
		return f.BornAt()
	case SortModifiedAt:
		return f.FinishedAt()
	case SortArchivedAt:
		return f.ArchivedAt()
	default:
		return parts.Time(f.FinishedAt(), r.Location)
	}
}

// NeedsStat reports whether a .stat file can change the order of the rule's
// files: always when they are ordered by a time that it may hold, and for
// interpolation when names don't give the full time to the second.
func (r *Rule) NeedsStat() bool {
	return r.Sort != SortInterpolation || r.Pattern.TimeParts() != pattern.AllParts
}

// Good reports whether a file of that size counts as a backup at all.
func (r *Rule) Good(size int64) bool { return size > 0 && size >= r.MinSize }

// isFuture reports whether t lies too far ahead of now to be believed.
func isFuture(t, now time.Time) bool { return t.After(now.Add(FutureTolerance)) }

// young reports whether a file of time t is younger than the retention age.
func (r Retention) young(t, now time.Time) bool { return r.Age > 0 && now.Sub(t) < r.Age }
