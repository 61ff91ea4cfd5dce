package incident

import (
	"slices"
	"strconv"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// Timing is when notices are due.
type Timing struct {
	Wait     time.Duration // for others that belong to it, from the first change on
	Interval time.Duration // least time between two notices of a group
	Repeat   time.Duration // after which what is still open is told again; 0 for never
	// Each says that the receiver takes incidents one by one and groups and repeats
	// by itself: a notice holds at most this many, and the rest follows at once.
	// 0 for the others.
	Each int
	// OpenOnly says that the receiver is not told of what is over.
	OpenOnly bool
}

const (
	// listed is how many incidents a notice for people holds in full.
	listed = 20
	// maxListed bounds these, in bytes: with all that is known of a group they have to
	// fit into one message of 1 MiB, and names may be long.
	maxListed = 256 << 10
)

// Due returns when Write has something to do, zero when nothing is to be foreseen.
// While a notice is on its way nothing is.
func (g Group) Due(incidents []Seen, t Timing, now time.Time) time.Time {
	if g.Pending != nil {
		return time.Time{}
	}
	found, muted := g.news(incidents)
	if len(muted) > 0 {
		return now // nobody has to wait for what is not told
	}
	return g.noticeDue(found, incidents, t)
}

// noticeDue is when the news are told or, without any, what has not changed again.
func (g Group) noticeDue(found []news, incidents []Seen, t Timing) time.Time {
	if len(found) == 0 {
		return g.repeatDue(incidents, t)
	}
	first := found[0].seen.since()
	for _, n := range found[1:] {
		if s := n.seen.since(); s.Before(first) {
			first = s
		}
	}
	due := first.Add(t.Wait)
	if next := g.WrittenAt.Add(t.Interval); t.Each == 0 && next.After(due) {
		due = next
	}
	return due
}

// repeatDue is when what has not changed is told again.
func (g Group) repeatDue(incidents []Seen, t Timing) time.Time {
	if t.Repeat == 0 || t.Each > 0 || g.WrittenAt.IsZero() {
		return time.Time{}
	}
	for i := range incidents {
		if _, found := g.continues(&incidents[i]); found {
			return g.WrittenAt.Add(max(t.Repeat, t.Interval))
		}
	}
	return time.Time{}
}

// Write returns the group with its next notice pending, if one is due now, and
// remembers what silences cover. A group whose last notice is still on its way
// stays as it is. The incidents are all of the group as they are now, the closed
// ones among them.
func (g Group) Write(incidents []Seen, t Timing, now time.Time) Group {
	if g.Pending != nil {
		return g
	}
	found, muted := g.news(incidents)
	g = g.mute(muted)
	if due := g.noticeDue(found, incidents, t); due.IsZero() || now.Before(due) {
		return g
	}
	if t.OpenOnly {
		g, found = g.forget(found)
	}
	kind := Problem
	if len(found) == 0 {
		found, kind = g.continuing(incidents), Reminder
		if due := g.repeatDue(incidents, t); due.IsZero() || now.Before(due) {
			return g
		}
	}
	slices.SortFunc(found, news.worse)
	return g.write(found, incidents, kind, t, now)
}

// write makes the notice of what is found, the worst first.
func (g Group) write(found []news, incidents []Seen, kind Kind, t Timing, now time.Time) Group {
	n := &Notice{Receiver: g.Receiver, Kind: kind, At: now, Group: g.By, Changes: map[Change]int{}}
	limit, size := listed, 0
	if t.Each > 0 {
		limit = t.Each
	}
	g.Told = g.toldCopy()
	for _, x := range found {
		size += x.seen.size()
		fits := len(n.Items) == 0 || len(n.Items) < limit && size <= maxListed
		if !fits && t.Each > 0 {
			break // it is told with the next one
		}
		if !g.learn(x) {
			continue
		}
		n.Changes[x.change]++
		if x.change == Closed && x.seen.Gone {
			n.Gone++
		}
		if fits {
			n.Items = append(n.Items, Item{x.seen.Incident, x.change, x.told.Severity})
		}
	}
	slices.SortStableFunc(n.Items, func(a, b Item) int { return a.Change.order() - b.Change.order() })
	n.Open, n.Severity = g.known(incidents)
	if n.Kind == Problem && n.Open == 0 {
		n.Kind = Resolved
	}
	return g.send(n)
}

// known counts what the receiver knows to be open, and says how bad that is. What has
// left the group, as its labels are others now, is told elsewhere.
func (g Group) known(incidents []Seen) (open int, worst backup.Severity) {
	for i := range incidents {
		if told, known := g.Told[Key(incidents[i].Subject)]; known && !told.Muted {
			open, worst = open+1, max(worst, told.Severity)
		}
	}
	return open, worst
}

// forget drops what is over from what the receiver knows, and from what it is told.
func (g Group) forget(found []news) (Group, []news) {
	g.Told = g.toldCopy()
	return g, slices.DeleteFunc(found, func(n news) bool {
		if n.change == Closed {
			delete(g.Told, n.key)
		}
		return n.change == Closed
	})
}

// WriteDigest returns the group, which is one for digests, with a digest pending that
// was due at an instant. While another is on its way the group stays as it is.
func (g Group) WriteDigest(d Digest, due, now time.Time) Group {
	if g.Pending != nil {
		return g
	}
	g.DigestAt = due
	n := &Notice{Receiver: g.Receiver, Kind: KindDigest, At: now, Group: g.By, Open: d.Open, Digest: &d}
	for _, i := range d.Bad {
		n.Severity = max(n.Severity, i.Severity)
	}
	return g.send(n)
}

// send makes a notice the pending one.
func (g Group) send(n *Notice) Group {
	g.Written++
	g.WrittenAt = n.At
	n.ID = g.noticeID()
	g.Pending, g.Delivery = n, Delivery{}
	return g
}

// noticeID is made of what no other notice has: the group, its count and the time,
// as a group that was forgotten counts anew.
func (g Group) noticeID() string {
	return g.ID() + "-" + strconv.FormatUint(g.Written, 10) + "-" + strconv.FormatInt(g.WrittenAt.UnixMilli(), 36)
}
