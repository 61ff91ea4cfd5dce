package incident

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// Subject is what an incident is of: a series, or a disk as a whole when it names
// no directory.
type Subject = backup.SeriesID

// OfDisk reports whether the subject is a disk as a whole.
func OfDisk(s Subject) bool { return s.Directory == "" && s.File == "" && s.Group == "" }

// DiskOf returns the disk that the subject is, or lies on.
func DiskOf(s Subject) Subject { return Subject{Environment: s.Environment, Disk: s.Disk} }

// Key is a hash of the subject, to remember many of them in little space.
func Key(s Subject) uint64 {
	return hash(s.Environment, s.Disk, s.Directory, s.File, s.Group)
}

// hash joins texts so that none runs into the next: FNV-1a of each with its length.
// A group hashes thousands whenever it is looked at, so that it must not allocate.
func hash(texts ...string) uint64 {
	h := uint64(14695981039346656037)
	var length [20]byte
	for _, text := range texts {
		h = hashOn(h, strconv.AppendInt(length[:0], int64(len(text)), 10))
		h = hashOn(h, ":")
		h = hashOn(h, text)
	}
	return h
}

func hashOn[T string | []byte](h uint64, text T) uint64 {
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}

// Incident is one trouble of one subject. The zero Incident says that there was
// none. A closed one stays for a while: what it was is told to those who knew.
type Incident struct {
	Subject Subject
	// ID names the episode from opening to closing.
	ID string
	// Sequence of the status that it was last judged by.
	Sequence uint64
	// State of the series; of a disk UNKNOWN when it can't be seen, else OK.
	State backup.State
	Flags []string // names, ascending
	// Severity now, and Worst since it was opened.
	Severity, Worst backup.Severity
	Reasons         []backup.Reason // the worst first
	Labels          map[string]string
	OpenedAt        time.Time
	ChangedAt       time.Time // when it last became news: another Content, or over
	ClosedAt        time.Time // zero while it is open
	Facts           Facts
	// Unseen says that the disk can't be seen, so that what is said of its series
	// is not news.
	Unseen bool
	// Turns are the openings and closings within the last 20 slots, oldest first.
	Turns []time.Time
	// Flapping says that there are too many turns: no notice tells of further ones.
	Flapping bool
	// Gone says that the subject has ended: its definition or disk is no more.
	Gone bool
}

// Facts are what a message tells besides the reasons.
type Facts struct {
	Schedule, Timezone string
	Expected           time.Time // the slot that is not filled
	Deadline           time.Time // of that slot
	NextDeadline       time.Time // when it gets worse by itself
	Missed             int       // deadlines
	LatestKey          string    // the newest file; empty when there is none
	LatestSize         int64
	LatestAt           time.Time
	SeenAt             time.Time // when there last was a file; zero when never
}

// Open reports whether the incident is not over.
func (i Incident) Open() bool { return !i.OpenedAt.IsZero() && i.ClosedAt.IsZero() }

// Content is a hash of what makes an incident news: its state, severity and flags. While it
// is flapping it stays the same. A slot that comes is none: whatever is odd about
// the last file stays as odd while the next one is due.
func (i Incident) Content() uint64 {
	if i.Flapping {
		return hash("flapping")
	}
	state := i.State
	if state == backup.Due || state == backup.Pending {
		state = backup.OK
	}
	return hash(state.String(), i.Severity.String(), strings.Join(i.Flags, ","))
}

// there reports whether there is anything to tell of: a flapping one is there whether
// it is open at the moment or not.
func (i Incident) there() bool { return i.Open() || i.Flapping }

// news is the content of what is there, else 0.
func (i Incident) news() uint64 {
	if !i.there() {
		return 0
	}
	return i.Content()
}

// compare orders incidents for people: the worst first, then the older, then by name.
func (i Incident) compare(other Incident) int {
	if i.Severity != other.Severity {
		return int(other.Severity) - int(i.Severity)
	}
	if c := i.OpenedAt.Compare(other.OpenedAt); c != 0 {
		return c
	}
	return i.Subject.Compare(other.Subject)
}

// size is about how many bytes the incident takes in a message.
func (i Incident) size() int {
	const fixed = 400 // times, numbers and tags
	size := fixed + len(i.Subject.Environment) + len(i.Subject.Disk) + len(i.Subject.Directory) + len(i.Subject.File) + len(i.Subject.Group) + len(i.ID) +
		len(i.Facts.Schedule) + len(i.Facts.Timezone) + len(i.Facts.LatestKey) + 16*len(i.Turns)
	for _, f := range i.Flags {
		size += len(f) + 4
	}
	for _, r := range i.Reasons {
		size += len(r.Code) + len(r.Text) + 8
	}
	for name, value := range i.Labels {
		size += len(name) + len(value) + 8
	}
	return size
}

// Sort orders incidents for people: the worst first, then the older, then by name.
func Sort(incidents []Incident) { slices.SortFunc(incidents, Incident.compare) }
