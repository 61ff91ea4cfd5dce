package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Report is what is known at one instant.
type Report struct {
	Now    time.Time
	Series []backup.Status
	Disks  []*backmonv1.DiskStatus
}

// Severity is the worst of all series and disks. It is unknown without any:
// where nothing is watched, nothing is known to be well.
func (r *Report) Severity() backup.Severity {
	worst := backup.SeverityOK
	if len(r.Disks) == 0 && len(r.Series) == 0 {
		worst = backup.SeverityUnknown
	}
	for _, s := range r.Series {
		worst = max(worst, s.Severity)
	}
	for _, d := range r.Disks {
		worst = max(worst, diskSeverity(d))
	}
	return worst
}

// diskSeverity is how bad a disk's own condition is: many files that vanished are
// critical, a disk that can't be seen is unknown, a quota that is used up or a
// problem in its definitions a warning.
func diskSeverity(d *backmonv1.DiskStatus) backup.Severity {
	switch {
	case slices.Contains(d.GetFlags(), backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE):
		return backup.SeverityCritical
	case d.GetErrorKind() != backmonv1.ErrorKind_ERROR_KIND_UNSPECIFIED:
		return backup.SeverityUnknown
	case len(d.GetFlags()) > 0 || len(d.GetProblems()) > 0:
		return backup.SeverityWarning
	default:
		return backup.SeverityOK
	}
}

// ExitCode is what monitoring plugins return: 0 ok, 1 warning, 2 critical, 3 unknown.
func ExitCode(s backup.Severity) int {
	switch s {
	case backup.SeverityOK:
		return 0
	case backup.SeverityWarning:
		return 1
	case backup.SeverityCritical:
		return 2
	default:
		return 3
	}
}

// names lists the disks of the report, sorted.
func (r *Report) names() []string {
	var names []string
	for _, d := range r.Disks {
		names = append(names, diskName(d.GetEnvironment(), d.GetDisk()))
	}
	for _, s := range r.Series {
		names = append(names, diskName(s.Series.Environment, s.Series.Disk))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sorted returns the series, the worst first, then by name.
func (r *Report) sorted() []backup.Status {
	series := slices.Clone(r.Series)
	slices.SortStableFunc(series, func(a, b backup.Status) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(stateRank(b.State), stateRank(a.State)), a.Series.Compare(b.Series))
	})
	return series
}

// stateRank orders states of equal severity by how much they ask for a look.
func stateRank(s backup.State) int {
	order := []backup.State{backup.OK, backup.Pending, backup.Due, backup.Late, backup.Unknown, backup.Missing}
	return slices.Index(order, s)
}
