package backup

import (
	"fmt"
	"slices"
	"time"
)

// Decision says what retention does with one file, and why.
type Decision struct {
	Dated
	Rank    int // 1: the newest
	Expired bool
	Reasons []string // every clause that keeps it, or why none does
}

// Retain applies a rule's retention to all files of a series at once and gives a
// reason for each: what the streaming evaluation decides in bounded memory, laid
// open. It is for explaining and previewing; the evaluation does not use it, and
// tests hold the two against each other. The files come back newest first.
func Retain(r *Rule, files []Dated, now time.Time) []Decision {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b Dated) int { return compare(&b, &a) })
	decisions := make([]Decision, len(sorted))
	var good []*Decision
	for i := range sorted {
		decisions[i] = Decision{Dated: sorted[i], Rank: i + 1}
		if d := &decisions[i]; !isFuture(d.Time, now) && r.Good(d.Size) {
			good = append(good, d)
		}
	}
	keepByCount(r.Retention, good)
	keepByPeriods(r, good)
	keepWithin(r.Retention.Keep.Within, good)
	kept := slices.DeleteFunc(slices.Clone(good), func(d *Decision) bool { return len(d.Reasons) == 0 })
	for i := range decisions {
		settle(r, &decisions[i], kept, now)
	}
	return decisions
}

func (d *Decision) keep(format string, args ...any) {
	d.Reasons = append(d.Reasons, fmt.Sprintf(format, args...))
}

func keepByCount(r Retention, good []*Decision) {
	for i, d := range good {
		if i < r.Count {
			d.keep("number %d of the %d newest (retention-count)", i+1, r.Count)
		}
		if i < r.Keep.Last {
			d.keep("number %d of the %d newest (keep-last)", i+1, r.Keep.Last)
		}
		if i == 0 && !r.clauses() {
			d.keep("the newest good one is always kept")
		}
	}
}

func keepByPeriods(r *Rule, good []*Decision) {
	for _, clause := range periodClauses(r.Retention.Keep) {
		left, last := clause.count, int64(0)
		for i, d := range good {
			period := clause.number(d.Time.In(r.Location))
			fresh := i == 0 || period != last
			if left == 0 || !fresh && i != len(good)-1 {
				continue
			}
			if fresh {
				d.keep("newest of its period, number %d of %d (%s)", clause.count-left+1, clause.count, clause.name)
			} else {
				d.keep("oldest of all while %s has places left", clause.name)
			}
			left, last = left-1, period
		}
	}
}

func keepWithin(window time.Duration, good []*Decision) {
	for _, d := range good {
		if window > 0 && d.Time.After(good[0].Time.Add(-window)) {
			d.keep("within %s of the newest (keep-within)", FormatDuration(window))
		}
	}
}

// settle gives a file that no clause keeps its last chances, and its verdict. kept
// holds the good files that clauses keep, newest first.
func settle(r *Rule, d *Decision, kept []*Decision, now time.Time) {
	young := r.Retention.young(d.Time, now)
	if young {
		d.keep("younger than %s (retention-age)", FormatDuration(r.Retention.Age))
	}
	switch {
	case isFuture(d.Time, now):
		d.Reasons = []string{"its time lies ahead of now: put aside"}
	case d.Ambiguous:
		d.keep("another rule matches it too: never purged")
	case !r.Retention.Purge:
		d.keep("purge is off")
	case len(d.Reasons) > 0:
	case !r.Good(d.Size) && (len(kept) < r.Retention.floor() || !newer(&kept[len(kept)-1].Dated, &d.Dated)):
		d.keep("not good itself, but too few good ones are newer")
	default:
		d.Expired = true
		d.Reasons = []string{r.whyExpired(&d.Dated)}
	}
}
