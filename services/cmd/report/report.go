package report

import (
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/wire"
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
		worst = max(worst, wire.ParseDiskCondition(d).Severity())
	}
	return worst
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
	slices.SortStableFunc(series, func(a, b backup.Status) int { return backup.WorstFirst(&a, &b) })
	return series
}
