package backup

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// oracle is what the words of the documentation say of one series, worked out in
// the plainest way from the whole list of its files. It shares no code with the
// package but the types.
type oracle struct {
	count, young, future int
	bytes                int64
	latest               string // key; the nearest of the future when there is no other
	recent               []RecentFile
	expired              map[string]bool
	expiredBytes         int64
	good, kept           []Dated // newest first
}

// consult sorts everything and applies the rule's words.
func consult(r *Rule, files []Dated, now time.Time) oracle {
	o := oracle{count: len(files), expired: map[string]bool{}}
	var past, future []Dated
	for _, f := range files {
		o.bytes += f.Size
		if f.Time.Sub(now) > 10*time.Minute {
			future = append(future, f)
		} else {
			past = append(past, f)
		}
	}
	sortNewestFirst(past)
	sortNewestFirst(future)
	o.future = len(future)
	if len(future) > 0 {
		o.latest = future[len(future)-1].Key
	}
	if len(past) > 0 {
		o.latest = past[0].Key
	}
	for _, f := range slices.Concat(past, future) {
		if now.Sub(f.Time) < r.Retention.Age {
			o.young++
		}
	}
	for _, f := range past {
		if isGood(r, f) {
			o.good = append(o.good, f)
		}
		o.recent = append(o.recent, RecentFile{Time: f.Time, Size: f.Size})
	}
	slices.SortStableFunc(o.recent, func(a, b RecentFile) int {
		if a.Time.Equal(b.Time) {
			return int(b.Size - a.Size)
		}
		return b.Time.Compare(a.Time)
	})
	o.recent = o.recent[:min(30, len(o.recent))]
	o.expire(r, past, now)
	return o
}

func (o *oracle) expire(r *Rule, past []Dated, now time.Time) {
	keep := keepers(r, o.good)
	for _, f := range o.good {
		if keep[f.Key] {
			o.kept = append(o.kept, f)
		}
	}
	for _, f := range past {
		if !r.Retention.Purge || f.Ambiguous || isYoung(r, f, now) || keep[f.Key] {
			continue
		}
		if !isGood(r, f) && !o.mayDropBad(r, f) {
			continue
		}
		o.expired[f.Key] = true
		o.expiredBytes += f.Size
	}
}

// mayDropBad: a bad file goes when enough good ones are kept and all are newer.
func (o *oracle) mayDropBad(r *Rule, bad Dated) bool {
	if len(o.kept) == 0 || len(o.kept) < r.Retention.Count {
		return false
	}
	oldest := o.kept[len(o.kept)-1]
	if bad.Time.Equal(oldest.Time) {
		return bad.Key < oldest.Key
	}
	return bad.Time.Before(oldest.Time)
}

func isGood(r *Rule, f Dated) bool { return f.Size != 0 && f.Size >= r.MinSize }

func isYoung(r *Rule, f Dated, now time.Time) bool {
	return r.Retention.Age != 0 && now.Sub(f.Time) < r.Retention.Age
}

func sortNewestFirst(files []Dated) {
	slices.SortFunc(files, func(a, b Dated) int {
		if a.Time.Equal(b.Time) {
			return strings.Compare(b.Key, a.Key)
		}
		return b.Time.Compare(a.Time)
	})
}

// keepers says which of the good files, newest first, a clause keeps.
func keepers(r *Rule, good []Dated) map[string]bool {
	p, keep := r.Retention, map[string]bool{}
	if len(good) == 0 {
		return keep
	}
	newest, oldest := good[0], good[len(good)-1]
	keep[newest.Key] = true // under any policy
	for rank, f := range good {
		if rank < p.Count || rank < p.Keep.Last || p.Keep.Within > 0 && newest.Time.Sub(f.Time) < p.Keep.Within {
			keep[f.Key] = true
		}
	}
	for _, clause := range []struct {
		places int
		label  func(time.Time) string
	}{
		{p.Keep.Hourly, func(t time.Time) string { return t.Format("2006-01-02 15") }},
		{p.Keep.Daily, func(t time.Time) string { return t.Format("2006-01-02") }},
		{p.Keep.Weekly, func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprint(y, "-W", w) }},
		{p.Keep.Monthly, func(t time.Time) string { return t.Format("2006-01") }},
		{p.Keep.Yearly, func(t time.Time) string { return t.Format("2006") }},
	} {
		filled := map[string]bool{}
		for _, f := range good {
			label := clause.label(f.Time.In(r.Location))
			if len(filled) < clause.places && !filled[label] {
				filled[label] = true
				keep[f.Key] = true
			}
		}
		if len(filled) < clause.places {
			keep[oldest.Key] = true
		}
	}
	return keep
}
