package incident

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// Group is what one receiver was told of the incidents that belong together, and
// the notice on its way to it.
type Group struct {
	Receiver string
	By       map[string]string // what the incidents have in common
	Told     map[uint64]Told   // by Key of the subject
	// WrittenAt is when the last notice was written, Written how many were.
	WrittenAt time.Time
	Written   uint64
	Pending   *Notice // nil when the receiver has them all
	Delivery  Delivery
	DigestAt  time.Time // of digests: the time that the last one was due at
}

// Told is what a receiver knows of one incident.
type Told struct {
	Content  uint64 // of the incident, when it was told
	Severity backup.Severity
	Muted    bool // a silence has covered it since
}

// Delivery is how the pending notice fares.
type Delivery struct {
	Owner        string    // who is sending it; empty when nobody is
	ClaimedUntil time.Time // until when the owner may be sending
	Attempts     int
	NextAttempt  time.Time
	FirstAttempt time.Time
	LastError    string
	// SettledAt is when the receiver took it, or it was GivenUp: it is not sent
	// again, and only has to be accounted for.
	SettledAt time.Time
	GivenUp   bool
}

// Seen is an incident of a group and what keeps its receiver from hearing of it.
type Seen struct {
	Incident
	Routed    bool // a route leads to the receiver
	Silenced  bool
	Inhibited bool // the disk as a whole is the news
}

// Timing is when notices are due.
type Timing struct {
	Wait     time.Duration // for others that belong to it, from the first change on
	Interval time.Duration // least time between two notices of a group
	Repeat   time.Duration // after which what is still open is told again; 0 for never
	// Each says that the receiver takes incidents one by one and groups and repeats
	// by itself: a notice holds at most this many, and the rest follows at once.
	// 0 for the others.
	Each int
}

// listed is how many incidents a notice for people holds in full.
const listed = 20

// maxTold bounds a group, which has to fit in one message of 1 MiB. What is beyond
// is told when others are over.
const maxTold = 30_000

// news is one incident that a receiver is to be told of, or that it was muted.
type news struct {
	seen   Seen
	change Change // 0: only muted
	told   Told
}

// news compares what is with what the receiver knows.
func (g Group) news(incidents []Seen) []news {
	var out []news
	for _, seen := range incidents {
		told, known := g.Told[Key(seen.Subject)]
		if change, mute := compare(seen, told, known); change != 0 || mute {
			out = append(out, news{seen, change, told})
		}
	}
	return out
}

// compare says what is new about one incident. A flapping one is present whether
// it is open at the moment or not.
func compare(seen Seen, told Told, known bool) (change Change, mute bool) {
	if !seen.Open() && !seen.Flapping {
		if known {
			return Closed, false
		}
		return 0, false
	}
	switch {
	case seen.Silenced:
		return 0, known && !told.Muted
	case !seen.Routed || seen.Inhibited:
		return 0, false
	case known && told.Content == seen.Content():
		if told.Muted && seen.Open() {
			return Continues, false
		}
		return 0, false
	case seen.Flapping:
		return Flaps, false
	case known:
		return Changed, false
	}
	return Opened, false
}

// IsNews reports whether the receiver is to be told of the incident, or not to be
// told any more.
func (g Group) IsNews(seen Seen) bool { return len(g.news([]Seen{seen})) > 0 }

// Due returns when the group's next notice is due, zero when none is to be foreseen.
// While one is on its way none is.
func (g Group) Due(incidents []Seen, t Timing, now time.Time) time.Time {
	if g.Pending != nil {
		return time.Time{}
	}
	found := g.news(incidents)
	if len(found) == 0 {
		return g.repeatDue(incidents, t)
	}
	first := time.Time{}
	for _, n := range found {
		if n.change == 0 {
			return now // nobody has to wait for what is not told
		}
		if first.IsZero() || n.seen.ChangedAt.Before(first) {
			first = n.seen.ChangedAt
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
	if t.Repeat == 0 || t.Each > 0 || g.WrittenAt.IsZero() || len(g.continuing(incidents)) == 0 {
		return time.Time{}
	}
	return g.WrittenAt.Add(t.Repeat)
}

// continuing are the incidents that a reminder tells of.
func (g Group) continuing(incidents []Seen) []news {
	var out []news
	for _, seen := range incidents {
		told, known := g.Told[Key(seen.Subject)]
		if known && !told.Muted && seen.Open() && !seen.Flapping && seen.Routed && !seen.Silenced && !seen.Inhibited {
			out = append(out, news{seen, Continues, told})
		}
	}
	return out
}

// Write returns the group after its next notice was written, which is then pending;
// without news for the receiver there is none. Call it when Due has come, with the
// incidents as they are now.
func (g Group) Write(incidents []Seen, t Timing, now time.Time) Group {
	found := g.news(incidents)
	kind := Problem
	if len(found) == 0 && !g.repeatDue(incidents, t).IsZero() {
		found, kind = g.continuing(incidents), Reminder
	}
	slices.SortFunc(found, func(a, b news) int {
		if a.change != b.change {
			return slices.Index(Changes(), a.change) - slices.Index(Changes(), b.change)
		}
		return a.seen.compare(b.seen.Incident)
	})
	return g.write(found, kind, t, now)
}

func (g Group) write(found []news, kind Kind, t Timing, now time.Time) Group {
	g.Told = maps.Clone(g.Told)
	if g.Told == nil {
		g.Told = map[uint64]Told{}
	}
	n := &Notice{Receiver: g.Receiver, Kind: kind, At: now, Group: g.By, Changes: map[Change]int{}}
	limit := listed
	if t.Each > 0 {
		limit = t.Each
	}
	for _, x := range found {
		switch {
		case x.change == 0:
			g.mute(x)
		case t.Each > 0 && len(n.Items) == limit:
		case g.learn(x):
			n.Changes[x.change]++
			if len(n.Items) < limit {
				n.Items = append(n.Items, Item{x.seen.Incident, x.change, x.told.Severity})
			}
		}
	}
	if len(n.Changes) == 0 {
		return g
	}
	return g.send(n)
}

// WriteDigest returns the group, which is one for digests, with a digest pending that
// was due at an instant.
func (g Group) WriteDigest(d Digest, due, now time.Time) Group {
	g.DigestAt = due
	n := &Notice{Receiver: g.Receiver, Kind: KindDigest, At: now, Group: g.By, Digest: &d}
	g = g.send(n)
	n.Open = d.Open
	return g
}

// Same reports whether nothing was written since another state of the group.
func (g Group) Same(other Group) bool {
	return g.Written == other.Written && maps.Equal(g.Told, other.Told)
}

// mute remembers that a silence covers what was told.
func (g Group) mute(x news) {
	told := x.told
	told.Muted = true
	g.Told[Key(x.seen.Subject)] = told
}

// learn takes note of what the receiver will know, if there is room for it.
func (g Group) learn(x news) bool {
	key := Key(x.seen.Subject)
	if x.change == Closed {
		delete(g.Told, key)
		return true
	}
	if _, known := g.Told[key]; !known && len(g.Told) >= maxTold {
		return false
	}
	g.Told[key] = Told{Content: x.seen.Content(), Severity: x.seen.Severity}
	return true
}

// send makes a notice the pending one.
func (g Group) send(n *Notice) Group {
	for _, told := range g.Told {
		if !told.Muted {
			n.Open++
			n.Severity = max(n.Severity, told.Severity)
		}
	}
	if n.Kind == Problem && n.Open == 0 && n.Changes[Closed] == n.Total() {
		n.Kind = Resolved
	}
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

// ID names the group among all groups of all receivers.
func (g Group) ID() string { return GroupID(g.Receiver, g.By) }

// GroupID names the group of a receiver's incidents that have something in common.
func GroupID(receiver string, by map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q", receiver)
	for _, name := range slices.Sorted(maps.Keys(by)) {
		fmt.Fprintf(&b, " %q=%q", name, by[name])
	}
	h := fnv.New128a()
	_, _ = h.Write([]byte(b.String()))
	return fmt.Sprintf("%x", h.Sum(nil))
}
