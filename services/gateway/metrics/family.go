package metrics

import (
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// family is a metric with its samples. All are gauges.
type family struct {
	name, help string
	write      func(*text, *snapshot)
}

// families are all metrics of statuses, in the order of their names.
var families = slices.SortedFunc(slices.Values(slices.Concat(programFamilies(), diskFamilies(), ruleFamilies(), seriesFamilies())),
	func(a, b family) int { return strings.Compare(a.name, b.name) })

func newFamily(name, help string, write func(*text, *snapshot)) family {
	return family{name: "backmon_" + name, help: help, write: write}
}

// perDisk is a metric with a value of each disk that has one.
func perDisk(name, help string, value func(*backmonv1.DiskStatus) (float64, bool)) family {
	return newFamily(name, help, func(t *text, s *snapshot) {
		for i := range s.disks {
			if v, ok := value(s.disks[i].DiskStatus); ok {
				t.sample(v, s.disks[i].labels, "", "")
			}
		}
	})
}

// perRule is a metric with a value of each file rule that has one, which is the same
// for all its series.
func perRule(name, help string, value func(*backup.Status) (float64, bool)) family {
	return newFamily(name, help, func(t *text, s *snapshot) {
		for i := range s.series {
			if !s.series[i].opens {
				continue
			}
			if v, ok := value(s.series[i].Status); ok {
				t.sample(v, s.series[i].rule, "", "")
			}
		}
	})
}

// perSeries is a metric with a value of each series that has one.
func perSeries(name, help string, value func(*backup.Status) (float64, bool)) family {
	return newFamily(name, help, func(t *text, s *snapshot) {
		for i := range s.series {
			if v, ok := value(s.series[i].Status); ok {
				t.sample(v, s.series[i].rule, s.series[i].group, "")
			}
		}
	})
}

// perLatest is perSeries for what is known of the newest file.
func perLatest(name, help string, value func(*backup.LatestFile) (float64, bool)) family {
	return perSeries(name, help, func(s *backup.Status) (float64, bool) {
		if !evaluated(s) || s.Files.Latest == nil {
			return 0, false
		}
		return value(s.Files.Latest)
	})
}

// instant is a time in unix seconds; "never" has no sample.
func instant(t time.Time) (float64, bool) {
	if t.IsZero() {
		return 0, false
	}
	return float64(t.UnixNano()) / 1e9, true
}

// known is a value that is there whatever it is.
func known[T int | int32 | int64 | float64 | backup.Severity](v T) (float64, bool) {
	return float64(v), true
}

func yes(b bool) (float64, bool) {
	if b {
		return 1, true
	}
	return 0, true
}

func programFamilies() []family {
	return []family{
		newFamily("build_info", "The running program; always 1.", func(t *text, s *snapshot) {
			t.sample(1, pair("goversion", runtime.Version()), ",", pair("version", s.version))
		}),
		newFamily("environments_total", "Number of configured environments.", func(t *text, s *snapshot) {
			t.sample(float64(s.environments), "", "", "")
		}),
		newFamily("disks_total", "Number of disks that are watched.", func(t *text, s *snapshot) {
			t.sample(float64(len(s.disks)), "", "", "")
		}),
	}
}
