package incident

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
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
	// Unheard says that the last notice was given up: it counts as told all the same.
	Unheard  bool
	DigestAt time.Time // of digests: the time that the last one was due at
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

// maxTold bounds a group, which has to fit in one message of 1 MiB. What is beyond
// is told when others are over.
const maxTold = 30_000

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

// Knows reports whether the receiver was told of the subject in this group.
func (g Group) Knows(s Subject) bool {
	_, known := g.Told[Key(s)]
	return known
}

// Forget returns the group without what it knows of a subject that belongs to another
// one now.
func (g Group) Forget(s Subject) Group {
	g.Told = g.toldCopy()
	delete(g.Told, Key(s))
	return g
}

// Same reports whether nothing was written since another state of the group.
func (g Group) Same(other Group) bool {
	return g.Written == other.Written && maps.Equal(g.Told, other.Told)
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
