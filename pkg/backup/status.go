package backup

import (
	"fmt"
	"time"
)

// SeriesID names one series: the unit that has a status.
type SeriesID struct {
	Environment string
	Disk        string
	Directory   string // alias of the directory
	File        string // alias of the file rule
	Group       string // folder with its variables filled in; the pattern itself when nothing matched
}

// State is the freshness of a series: exactly one holds.
type State int

// The states, as docs/statuses.md explains them.
const (
	StateUnspecified State = iota
	Pending                // never seen, and its first deadline has not passed
	OK                     // the newest good file fills the slot that is due
	Due                    // the slot's time has passed, its grace has not
	Late                   // one deadline was missed
	Missing                // two or more were missed, or nothing is there
	Unknown                // it can't be seen: neither good nor bad
	Gone                   // the series has ended: its definition or disk is no more
)

var stateNames = [...]string{"", "PENDING", "OK", "DUE", "LATE", "MISSING", "UNKNOWN", "GONE"}

// String returns the state's name in capital letters, as every output shows it.
func (s State) String() string { return name(stateNames[:], s, "state") }

// States lists all states that a status can have, in the order of their values.
func States() []State { return []State{Pending, OK, Due, Late, Missing, Unknown, Gone} }

// Flag is one oddity of a series' files. Any number can be set.
type Flag int

// The flags, as docs/statuses.md explains them.
const (
	FlagUnspecified Flag = iota
	Empty                // the newest file has no bytes
	TooSmall             // it is below min-size
	TooLarge             // it is above max-size
	Shrunk               // it is far smaller than the median of the earlier ones
	Grew                 // it is far larger than the median of the earlier ones
	Future               // a file's time is over 10 minutes ahead of now
	TooFew               // fewer files than min-count
	Slow                 // its making took longer than max-duration
	Ambiguous            // a file is matched by a second rule: never purged
)

var flagNames = [...]string{"", "EMPTY", "TOO_SMALL", "TOO_LARGE", "SHRUNK", "GREW", "FUTURE", "TOO_FEW", "SLOW", "AMBIGUOUS"}

// String returns the flag's name in capital letters, as every output shows it.
func (f Flag) String() string { return name(flagNames[:], f, "flag") }

// Flags lists all flags in the order of their values.
func Flags() []Flag {
	return []Flag{Empty, TooSmall, TooLarge, Shrunk, Grew, Future, TooFew, Slow, Ambiguous}
}

// Severity is how bad a status is. Larger is worse.
type Severity int

// The severities. Unknown stands above warning, as what can't be seen may be worse.
const (
	SeverityOK Severity = iota
	SeverityWarning
	SeverityUnknown
	SeverityCritical
)

var severityNames = [...]string{"ok", "warning", "unknown", "critical"}

// String returns the severity's name in lower case.
func (s Severity) String() string { return name(severityNames[:], s, "severity") }

// Severities lists all severities, the least first.
func Severities() []Severity {
	return []Severity{SeverityOK, SeverityWarning, SeverityUnknown, SeverityCritical}
}

// name is the name of a value, or what it is and its number when it has none.
func name[T ~int](names []string, value T, kind string) string {
	if value < 0 || int(value) >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, int(value))
	}
	return names[value]
}

// Reason is one sentence of why a status is as it is.
type Reason struct {
	Code string // the state's or flag's name
	Text string // what was expected, what was seen
}

// Status is what is known of one series after an evaluation.
type Status struct {
	Series   SeriesID
	State    State
	Flags    []Flag // ascending
	Severity Severity
	Reasons  []Reason  // the worst first; empty when all is well
	Since    time.Time // when State began
	Policy   Policy
	Files    FileFacts
	Slot     SlotFacts
	Expired  ExpiredFacts
	// KnownSince is when the series was first evaluated; SeenAt when it last had
	// a file, zero when never. They outlive restarts by travelling in the status.
	KnownSince time.Time
	SeenAt     time.Time
	// EvaluatedAt is the instant that the judgement holds for.
	EvaluatedAt time.Time
}

// Policy repeats the settings of the rule that a reader of a status needs.
type Policy struct {
	Schedule       string // cron expression; empty: none
	Timezone       string // IANA name
	Grace          time.Duration
	Early          time.Duration
	Sort           string
	Purge          bool
	RetentionCount int
	RetentionAge   time.Duration
	Keep           Keep
	Labels         map[string]string
	Line           int   // of the rule in the definitions file
	MinSize        int64 // bytes; 0: no bound
	MaxSize        int64 // bytes; 0: no bound
}

// FileFacts count what was found.
type FileFacts struct {
	Count  int // all matched files, whatever their time and size
	Young  int // of these, younger than the retention age; future ones always are
	Bytes  int64
	Future int // of these, put aside because their time lies ahead of now
	Latest *LatestFile
	// Recent holds the newest files, newest first, at most 30: size history.
	Recent []RecentFile
}

// LatestFile is the newest file that is not in the future. When there are only
// files in the future it is the nearest of these, and the series counts as having none.
type LatestFile struct {
	File
	Time   time.Time // by the rule's sort: upstream's created_at
	Good   bool      // neither empty, too small nor in the future
	Future bool
}

// RecentFile is one point of a series' history.
type RecentFile struct {
	Time time.Time
	Size int64
}

// SlotFacts say what the schedule expects. All are zero without a schedule.
type SlotFacts struct {
	Previous     time.Time // last tick at or before the evaluation: upstream's expected_at
	Open         time.Time // the slot that the next backup fills
	Deadline     time.Time // Open + grace
	Missed       int       // deadlines passed since the newest good file, at most 1000
	NextDeadline time.Time // next instant at which the state may get worse by itself
}

// ExpiredFacts say what retention no longer needs.
type ExpiredFacts struct {
	Count int   // all expired files that are known
	Bytes int64 // their size
	Files []ExpiredFile
}

// ExpiredFile is a file that may be purged, with the facts that the purger
// checks again before it deletes.
type ExpiredFile struct {
	Key        string
	Size       int64
	ModifiedAt time.Time
	ETag       string
	Time       time.Time // by the rule's sort
	HasStat    bool
	Reason     string
}
