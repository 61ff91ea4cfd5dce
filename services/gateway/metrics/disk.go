package metrics

import (
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// diskFamilies are the metrics of disks. The names up to file_count_total are
// upstream's: a promise to existing dashboards and alerts.
func diskFamilies() []family {
	return []family{
		perDisk("definition_status", "1 when the disk's definitions were read and hold no error, else 0.", func(d *backmonv1.DiskStatus) (float64, bool) {
			return yes(d.GetDefinitionSound())
		}),
		perSeen("disk_usage_bytes", "Bytes of all files on the disk.", (*backmonv1.DiskTotals).GetBytes),
		perDisk("disk_quota_bytes", "Bytes that the disk may hold, by its definitions.", func(d *backmonv1.DiskStatus) (float64, bool) {
			quota := d.GetTotals().GetQuotaBytes()
			return float64(quota), quota > 0
		}),
		perSeen("file_count_total", "Number of all files on the disk, .stat files left out.", (*backmonv1.DiskTotals).GetFiles),
		newFamily("disk_flag", "1 for each flag of the disk that is set.", writeDiskFlags),
		perSeen("disk_unmatched_files", "Number of files that no rule matches.", (*backmonv1.DiskTotals).GetUnmatchedFiles),
		perDisk("disk_ambiguous_files", "Number of files that more than one rule matches.", func(d *backmonv1.DiskStatus) (float64, bool) {
			return float64(d.GetAmbiguousFiles()), d.GetTotals() != nil
		}),
		newFamily("definition_problems", "Number of problems in the disk's definitions.", writeProblems),
		perDisk("scan_success", "1 when the last evaluation saw the whole disk, else 0.", func(d *backmonv1.DiskStatus) (float64, bool) {
			return yes(d.GetErrorKind() == backmonv1.ErrorKind_ERROR_KIND_UNSPECIFIED)
		}),
		perDisk("scan_duration_seconds", "Seconds that the last listing took.", func(d *backmonv1.DiskStatus) (float64, bool) {
			return known(d.GetCost().GetElapsed().AsDuration().Seconds())
		}),
		perDisk("scan_requests", "Number of requests of the last evaluation.", func(d *backmonv1.DiskStatus) (float64, bool) {
			return known(d.GetCost().GetRequests())
		}),
		perDisk("scan_objects", "Number of objects that the last listing saw.", func(d *backmonv1.DiskStatus) (float64, bool) {
			return known(d.GetCost().GetObjects())
		}),
		perDisk("scan_timestamp_seconds", "Unix time of the last evaluation.", func(d *backmonv1.DiskStatus) (float64, bool) {
			return instant(d.GetEvaluatedAt().AsTime())
		}),
		perDisk("scan_success_timestamp_seconds", "Unix time of the last evaluation that saw the whole disk.", func(d *backmonv1.DiskStatus) (float64, bool) {
			if d.GetSucceededAt() == nil {
				return 0, false
			}
			return instant(d.GetSucceededAt().AsTime())
		}),
	}
}

// perSeen is perDisk for what is known of disks that were seen.
func perSeen(name, help string, value func(*backmonv1.DiskTotals) int64) family {
	return perDisk(name, help, func(d *backmonv1.DiskStatus) (float64, bool) {
		return float64(value(d.GetTotals())), d.GetTotals() != nil
	})
}

func writeDiskFlags(t *text, s *snapshot) {
	for _, d := range s.disks {
		for _, f := range d.GetFlags() {
			t.sample(1, d.labels, ",", pair("flag", wire.Name(f)))
		}
	}
}

func writeProblems(t *text, s *snapshot) {
	for _, d := range s.disks {
		errors := 0
		for _, p := range d.GetProblems() {
			if p.GetLevel() == backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR {
				errors++
			}
		}
		t.sample(float64(errors), d.labels, `,level="error"`, "")
		t.sample(float64(len(d.GetProblems())-errors), d.labels, `,level="warning"`, "")
	}
}
