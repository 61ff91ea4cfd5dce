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
	// FreeSince is when the last silence or trouble of its disk ended that kept it
	// back; zero when none did. It is not told at once: once a disk is back its
	// series are judged anew one after the other.
	FreeSince time.Time
}

// since is when it became what it is to the receiver.
func (s *Seen) since() time.Time {
	if s.FreeSince.After(s.ChangedAt) {
		return s.FreeSince
	}
	return s.ChangedAt
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
	// OpenOnly says that the receiver is not told of what is over.
	OpenOnly bool
}

// listed is how many incidents a notice for people holds in full.
const listed = 20

// maxTold bounds a group, which has to fit in one message of 1 MiB. What is beyond
// is told when others are over.
const maxTold = 30_000

// news is one incident that a receiver is to be told of.
type news struct {
	seen   *Seen
	key    uint64
	change Change
	told   Told
}

// news compares what is with what the receiver knows: what it is to be told, and
// the keys of what a silence covers from now on. What there is no room for is none.
func (g Group) news(incidents []Seen) (found []news, muted []uint64) {
	full := len(g.Told) >= maxTold
	for i := range incidents {
		seen := &incidents[i]
		key := Key(seen.Subject)
		told, known := g.Told[key]
		change, mute := compare(seen, told, known)
		switch {
		case mute:
			muted = append(muted, key)
		case change != 0 && (known || !full):
			found = append(found, news{seen, key, change, told})
		}
	}
	return found, muted
}

// compare says what is new about one incident.
func compare(seen *Seen, told Told, known bool) (change Change, mute bool) {
	if !seen.there() {
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
func (g Group) IsNews(seen Seen) bool {
	found, muted := g.news([]Seen{seen})
	return len(found)+len(muted) > 0
}

// worse orders news by what a person has to see first: what is over comes last.
func (n news) worse(other news) int {
	if over := n.change == Closed; over != (other.change == Closed) {
		if over {
			return 1
		}
		return -1
	}
	return n.seen.compare(other.seen.Incident)
}

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

// continues reports whether a reminder tells of the incident, of which there is no
// news.
func (g Group) continues(seen *Seen) (news, bool) {
	if !seen.Open() || seen.Flapping || !seen.Routed || seen.Silenced || seen.Inhibited {
		return news{}, false
	}
	key := Key(seen.Subject)
	told, known := g.Told[key]
	return news{seen, key, Continues, told}, known
}

// continuing are the incidents that a reminder tells of.
func (g Group) continuing(incidents []Seen) []news {
	var out []news
	for i := range incidents {
		if n, found := g.continues(&incidents[i]); found {
			out = append(out, n)
		}
	}
	return out
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
	limit := listed
	if t.Each > 0 {
		limit = t.Each
		found = found[:min(len(found), limit)]
	}
	g.Told = g.toldCopy()
	for _, x := range found {
		if !g.learn(x) {
			continue
		}
		n.Changes[x.change]++
		if len(n.Items) < limit {
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

func (g Group) toldCopy() map[uint64]Told {
	if g.Told == nil {
		return map[uint64]Told{}
	}
	return maps.Clone(g.Told)
}

// mute remembers that silences cover what was told.
func (g Group) mute(keys []uint64) Group {
	if len(keys) == 0 {
		return g
	}
	g.Told = g.toldCopy()
	for _, key := range keys {
		told := g.Told[key]
		told.Muted = true
		g.Told[key] = told
	}
	return g
}

// learn takes note of what the receiver will know, if there is room for it.
func (g Group) learn(x news) bool {
	if x.change == Closed {
		delete(g.Told, x.key)
		return true
	}
	if _, known := g.Told[x.key]; !known && len(g.Told) >= maxTold {
		return false
	}
	g.Told[x.key] = Told{Content: x.seen.Content(), Severity: x.seen.Severity}
	return true
}

// WriteDigest returns the group, which is one for digests, with a digest pending that
// was due at an instant. While another is on its way the group stays as it is.
func (g Group) WriteDigest(d Digest, due, now time.Time) Group {
	if g.Pending != nil {
		return g
	}
	g.DigestAt = due
	return g.send(&Notice{Receiver: g.Receiver, Kind: KindDigest, At: now, Group: g.By, Open: d.Open, Digest: &d})
}

// Same reports whether nothing was written since another state of the group.
func (g Group) Same(other Group) bool {
	return g.Written == other.Written && maps.Equal(g.Told, other.Told)
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
