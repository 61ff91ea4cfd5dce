package backup

import (
	"cmp"
	"slices"
	"time"
)

// recentLimit is how many points of history a tally keeps: 7 to compare sizes
// with, the others for people to look at.
const recentLimit = 30

// recentRoom is at how many points the surplus is dropped: not at each one, as a
// listing mostly comes oldest first and each of its files is the newest so far.
const recentRoom = 60

// tally is what the evaluation keeps of one series while the listing flows by:
// counts, the newest files, what retention keeps, and the oldest of what it
// does not. Its size is bounded by the policy, not by the number of files.
type tally struct {
	rule  *Rule
	place place

	count, young, future, ambiguous int
	bytes                           int64

	latest        *Dated // newest that is not in the future
	nearestFuture *Dated
	latestGood    time.Time
	goodCount     int
	recent        []RecentFile // oldest first, not in the future; the last recentLimit count

	keeper  *keeper
	expired limited
	bad     limited // neither good nor in the future: candidates to expire
}

// place is where a series stands in its plan: the indexes of its directory and
// rule, and its group.
type place struct {
	directory, rule int
	group           string
}

func newTally(r *Rule, at place) *tally {
	t := &tally{rule: r, place: at}
	if r.Retention.Purge {
		t.keeper = newKeeper(r.Retention, r.Location)
		t.expired, t.bad = newLimited(), newLimited()
	}
	return t
}

// add counts a file. It copies of d what it keeps; d's strings must be owned.
func (t *tally) add(d *Dated, now time.Time) {
	t.count++
	t.bytes += d.Size
	if d.Ambiguous {
		t.ambiguous++
	}
	if now.Sub(d.Time) < t.rule.Retention.Age { // one dated ahead of now is, whatever the age
		t.young++
	}
	if isFuture(d.Time, now) {
		t.addFuture(d)
		return
	}
	t.keepRecent(RecentFile{Time: d.Time, Size: d.Size})
	if t.latest == nil || newer(d, t.latest) {
		t.latest = replace(t.latest, d)
	}
	if t.rule.Good(d.Size) {
		t.goodCount++
		if d.Time.After(t.latestGood) {
			t.latestGood = d.Time
		}
	}
	t.retain(d, now)
}

func (t *tally) addFuture(d *Dated) {
	t.future++
	if t.nearestFuture == nil || newer(t.nearestFuture, d) {
		t.nearestFuture = replace(t.nearestFuture, d)
	}
}

// replace returns a copy of d, in place of one that is no longer needed.
func replace(old, d *Dated) *Dated {
	if old == nil {
		old = new(Dated)
	}
	*old = *d
	return old
}

// retain hands a file to the retention policy.
func (t *tally) retain(d *Dated, now time.Time) {
	if t.keeper == nil {
		return
	}
	if t.rule.Good(d.Size) {
		t.expire(t.keeper.offer(replace(nil, d)), now)
	} else if t.mayGo(d, now) {
		t.bad.add(replace(nil, d))
	}
}

// expire takes in files that no clause keeps any more; age may still keep them.
func (t *tally) expire(free []*Dated, now time.Time) {
	for _, d := range free {
		if t.mayGo(d, now) {
			t.expired.add(d)
		}
	}
}

// mayGo reports whether nothing but the clauses can keep a file.
func (t *tally) mayGo(d *Dated, now time.Time) bool {
	return !d.Ambiguous && !t.rule.Retention.young(d.Time, now)
}

// keepRecent inserts a point of history. Points of equal time are ordered by
// size, so that the result does not depend on the listing's order.
func (t *tally) keepRecent(f RecentFile) {
	at, _ := slices.BinarySearchFunc(t.recent, f, compareRecent)
	if len(t.recent)-at >= recentLimit {
		return
	}
	if len(t.recent) == recentRoom {
		surplus := recentRoom - recentLimit
		t.recent = t.recent[:copy(t.recent, t.recent[surplus:])]
		at -= surplus
	}
	t.recent = slices.Insert(t.recent, at, f)
}

// newestFirst returns the newest points of history, at most limit.
func (t *tally) newestFirst(limit int) []RecentFile {
	newest := slices.Clone(t.recent[max(0, len(t.recent)-limit):])
	slices.Reverse(newest)
	return newest
}

func compareRecent(a, b RecentFile) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Size, b.Size))
}

// merge adds what another tally of the same series has seen.
func (t *tally) merge(o *tally, now time.Time) {
	t.count += o.count
	t.bytes += o.bytes
	t.young += o.young
	t.future += o.future
	t.ambiguous += o.ambiguous
	t.goodCount += o.goodCount
	if o.latestGood.After(t.latestGood) {
		t.latestGood = o.latestGood
	}
	if o.latest != nil && (t.latest == nil || newer(o.latest, t.latest)) {
		t.latest = o.latest
	}
	if o.nearestFuture != nil && (t.nearestFuture == nil || newer(t.nearestFuture, o.nearestFuture)) {
		t.nearestFuture = o.nearestFuture
	}
	for _, f := range o.recent {
		t.keepRecent(f)
	}
	t.mergeRetention(o, now)
}

func (t *tally) mergeRetention(o *tally, now time.Time) {
	if t.keeper == nil {
		return
	}
	for d := range o.keeper.held {
		t.expire(t.keeper.offer(d), now)
	}
	t.expired.merge(&o.expired)
	t.bad.merge(&o.bad)
}

// finish settles what only the end of the listing can: the last clauses, and
// which of the bad files may go. A bad file goes when it is older than all that
// the policy keeps and the policy is filled; it never takes a good one's place.
func (t *tally) finish(now time.Time) {
	if t.keeper == nil {
		return
	}
	t.expire(t.keeper.finish(), now)
	oldest := t.keeper.oldestKept()
	if oldest == nil || len(t.keeper.held) < t.rule.Retention.floor() {
		return
	}
	if t.bad.newest != nil && newer(oldest, t.bad.newest) {
		t.expired.merge(&t.bad) // all of them, also those that are no longer held
		return
	}
	for _, d := range t.bad.files.items {
		if newer(oldest, d) {
			t.expired.add(d)
		}
	}
}

// held is how many candidates to expire the tally keeps.
func (t *tally) held() int { return t.expired.files.Len() + t.bad.files.Len() }

// shrink forgets all but the limit oldest candidates; totals stay.
func (t *tally) shrink(limit int) {
	t.expired.files.shrink(limit)
	t.bad.files.shrink(limit)
}
