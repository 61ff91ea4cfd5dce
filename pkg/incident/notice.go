package incident

import (
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// Notice is one message to one receiver: what is news, without the words.
type Notice struct {
	// ID is the same whoever sends the notice and however often.
	ID       string
	Receiver string
	Kind     Kind
	At       time.Time
	Group    map[string]string // what the incidents have in common, as "env" and "disk"
	// Items are in the order of Changes, the worst first. When there are many only
	// the worst are here.
	Items   []Item
	Changes map[Change]int // how many incidents it is about
	// Gone is how many of those that are Closed ended with their definition or disk:
	// nobody knows whether they are well.
	Gone int
	// Open is how many incidents of the group the receiver knows to be open after
	// this, and Severity the worst of them.
	Open     int
	Severity backup.Severity
	Digest   *Digest // of a digest, else nil
}

// Total is how many incidents the notice is about.
func (n Notice) Total() int {
	total := 0
	for _, count := range n.Changes {
		total += count
	}
	return total
}

// Kind says what a notice is for.
type Kind int

// The kinds, in the order of their numbers in the contract.
const (
	KindUnspecified Kind = iota
	Problem              // something is wrong that was not, or is wrong in another way
	Resolved             // all that the receiver was told of is over
	Reminder             // nothing has changed for the repeat interval
	KindDigest
	Test // a sample, sent by hand
)

var kindNames = [...]string{"unspecified", "problem", "resolved", "reminder", "digest", "test"}

// String is the kind in lower case.
func (k Kind) String() string { return nameOf(kindNames[:], int(k)) }

// Item is one incident in a notice.
type Item struct {
	Incident Incident
	Change   Change
	// Told is the severity that the receiver was told last; 0 when it was told nothing.
	Told backup.Severity
}

// Change is what is new about an incident to a receiver.
type Change int

// The changes, in the order of their numbers in the contract.
const (
	ChangeUnspecified Change = iota
	Opened
	Changed   // state, flags or severity are others
	Closed    // all is well again, or the subject has ended
	Continues // still open, after a silence or the repeat interval
	Flaps     // it changes so often that notices stop
)

var changeNames = [...]string{"unspecified", "opened", "changed", "closed", "continues", "flapping"}

// String is the change in lower case.
func (c Change) String() string { return nameOf(changeNames[:], int(c)) }

// Changes lists all changes in the order in which people are told of them.
func Changes() []Change { return []Change{Opened, Changed, Flaps, Continues, Closed} }

// order is the place among Changes.
func (c Change) order() int { return slices.Index(Changes(), c) }

func nameOf(names []string, n int) string {
	if n < 0 || n >= len(names) {
		return names[0]
	}
	return names[n]
}

// Digest sums up a period.
type Digest struct {
	From, To  time.Time
	Series    int // that are watched
	Open      int // incidents
	Recovered int // incidents that closed in the period
	Disks     []DigestDisk
	Bad       []Incident // that are open: the worst first, not all of them when there are many
	Closed    []Incident // that recovered, likewise
}

// DigestDisk sums up a disk.
type DigestDisk struct {
	Environment, Disk string
	Series, Open      int
	// Slots whose deadline was in the period, and how many of them were met.
	Slots, Met  int
	PurgedFiles int
	PurgedBytes int64
}
