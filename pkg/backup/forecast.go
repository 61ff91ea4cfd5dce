package backup

import (
	"iter"
	"slices"
	"time"
)

// PurgeDay is one day of a forecast on which files go.
type PurgeDay struct {
	At    time.Time  // the instant of that day at which the policy was applied
	Files []Decision // what goes, oldest first, each with its reasons
}

// Forecast applies a rule's retention to the files of today, day by day, as if
// no backup came any more: at from, and then on each day at the same time of the
// clock in the rule's zone, up to and including to. What goes on one day is not
// there on the next. Days on which nothing goes are left out.
//
// It says what the policy does, not what the purger will: that stops while a
// series is not in order, and it bounds what goes in one run.
func Forecast(r *Rule, files []Dated, from, to time.Time) []PurgeDay {
	var days []PurgeDay
	turns := r.turns(files)
	for at := range r.daily(from, to) {
		passed := countPassed(turns, at)
		if passed == 0 && at.After(from) {
			if len(turns) == 0 {
				break
			}
			continue
		}
		turns = turns[passed:]
		var gone []Decision
		if files, gone = apply(r, files, at); len(gone) > 0 {
			days = append(days, PurgeDay{At: at, Files: gone})
		}
	}
	return days
}

// turns lists the instants, in order, at which the verdict on a file may change
// although no file comes: it is no longer young, or no longer ahead of now. On
// the days between them the policy need not be asked.
func (r *Rule) turns(files []Dated) []time.Time {
	turns := make([]time.Time, 0, 2*len(files))
	for i := range files {
		turns = append(turns, files[i].Time.Add(-FutureTolerance))
		if r.Retention.Age > 0 {
			turns = append(turns, files[i].Time.Add(r.Retention.Age))
		}
	}
	slices.SortFunc(turns, time.Time.Compare)
	return turns
}

// countPassed returns how many of the turns, which are in order, are not after at.
func countPassed(turns []time.Time, at time.Time) int {
	n := 0
	for n < len(turns) && !turns[n].After(at) {
		n++
	}
	return n
}

// daily yields from, and the same time of the clock on each day after it until to.
// A time that the clock skips is the one right after the gap.
func (r *Rule) daily(from, to time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		local := from.In(r.Location)
		for i := 0; ; i++ {
			at := local.AddDate(0, 0, i)
			if at.After(to) || !yield(at) {
				return
			}
		}
	}
}

// apply splits the files into those that stay at the instant at and the
// decisions on those that go, oldest first.
func apply(r *Rule, files []Dated, at time.Time) (left []Dated, gone []Decision) {
	for _, d := range slices.Backward(Retain(r, files, at)) {
		if d.Expired {
			gone = append(gone, d)
		} else {
			left = append(left, d.Dated)
		}
	}
	return left, gone
}
