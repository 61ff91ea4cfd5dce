package backup

import (
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/pattern"
	"github.com/backmon/backmon/pkg/schedule"
)

// Defaults of a file rule's settings.
const (
	DefaultGrace     = time.Hour        // how long after its slot a backup may come
	DefaultEarly     = 15 * time.Minute // how long before its slot a backup fills it
	DefaultMaxShrink = 0.5              // latest against the median of earlier ones: -50 %
	DefaultMaxGrow   = 2.0              // +200 %
)

// Definition is what a disk's backup_definitions.yaml says, parsed.
type Definition struct {
	Quota       int64 // bytes that the disk may hold; 0: no quota
	Directories []*Directory
	Problems    []Problem // everything that was found wrong, by position
}

// Directory is one entry under "directories": a pattern of folders and the file
// rules that hold in each of them.
type Directory struct {
	Alias   string             // its name in statuses; the pattern as written when no alias is given
	Text    string             // the pattern as written
	Pattern *pattern.Directory // nil when the directory is broken
	Rules   []*Rule
	Line    int  // where it stands in the definitions file
	Broken  bool // an error stops all its rules: their series are UNKNOWN
}

// Rule is one entry under "files": which files make up a backup and what is
// expected of them.
type Rule struct {
	Alias       string // its name in statuses; the pattern as written when no alias is given
	Text        string // the pattern as written
	Pattern     *pattern.File
	Schedule    *schedule.Schedule // nil: no times are expected
	Location    *time.Location     // zone of the schedule and of times in names; never nil in a sound rule
	Sort        Sort
	Grace       time.Duration
	Early       time.Duration
	MinSize     int64   // bytes; 0: no bound
	MaxSize     int64   // bytes; 0: no bound
	MaxShrink   float64 // 0.5: half of the median; negative: off
	MaxGrow     float64 // 2: three times the median; negative: off
	MinCount    int     // 0: no bound
	MaxDuration time.Duration
	Retention   Retention
	Labels      map[string]string
	Line        int  // where it stands in the definitions file
	Broken      bool // an error stops this rule: its series are UNKNOWN
}

// Sort says which time orders the files of a series.
type Sort int

// The four orders. The zero value is the default.
const (
	SortInterpolation Sort = iota // the time in the name, missing parts from FinishedAt
	SortBornAt
	SortModifiedAt
	SortArchivedAt
)

// sortNames are the values of the key "sort".
var sortNames = [...]string{"interpolation", "born_at", "modified_at", "archived_at"}

// String returns the value of the key "sort".
func (s Sort) String() string { return name(sortNames[:], s, "sort") }

// ParseSort reads the value of the key "sort".
func ParseSort(text string) (Sort, bool) {
	for i, name := range sortNames {
		if name == text {
			return Sort(i), true
		}
	}
	return SortInterpolation, false
}

// SortNames lists the values of the key "sort".
func SortNames() []string { return slices.Clone(sortNames[:]) }

// Retention says which files of a series may go.
//
// Count and Age are upstream's rule: a file is expired when it is beyond the
// Count newest good ones and older than Age. The Keep fields are restic's
// policy: a file stays when at least one of them keeps it. When both are given a
// file stays when either keeps it.
type Retention struct {
	Purge  bool // without it nothing is ever expired
	Count  int
	Age    time.Duration
	Keep   Keep
	Filled bool // Count or Age were not given and hold the defaults of purge: true
}

// Keep is restic's policy: how many of the newest files, and how many of the
// newest hours, days, ISO weeks, months and years that have a file, keep one.
type Keep struct {
	Last, Hourly, Daily, Weekly, Monthly, Yearly int
	Within                                       time.Duration // before the newest good file
}

// IsZero reports whether no keep rule is given.
func (k Keep) IsZero() bool { return k == Keep{} }

// Defaults of Retention when purge is on, as upstream has them.
const (
	DefaultRetentionCount = 3
	DefaultRetentionAge   = 7 * Day
)

// floor is how many good files are left in any case: the count, and never none.
func (r Retention) floor() int { return max(1, r.Count) }

// clauses reports whether anything but age keeps files. A policy without any
// keeps the newest good file, so that no policy can empty a series.
func (r Retention) clauses() bool {
	k := r.Keep
	return max(r.Count, k.Last, k.Hourly, k.Daily, k.Weekly, k.Monthly, k.Yearly) > 0 || k.Within > 0
}

// WithDefaults fills in what purge: true implies: only a count means an age of
// 7 days, only an age a count of 3, none of all both.
func (r Retention) WithDefaults() Retention {
	if !r.Purge || !r.Keep.IsZero() && r.Count == 0 && r.Age == 0 {
		return r
	}
	if r.Count == 0 {
		r.Count, r.Filled = DefaultRetentionCount, true
	}
	if r.Age == 0 {
		r.Age, r.Filled = DefaultRetentionAge, true
	}
	return r
}
