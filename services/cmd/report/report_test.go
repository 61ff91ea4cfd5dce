package report_test

import (
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/cmd/report"
)

func TestSeverity(t *testing.T) {
	flag := func(f backmonv1.DiskFlag) *backmonv1.DiskStatus {
		return disk("e", "d", func(d *backmonv1.DiskStatus) { d.Flags = []backmonv1.DiskFlag{f} })
	}
	unseen := disk("e", "d", func(d *backmonv1.DiskStatus) { d.ErrorKind = backmonv1.ErrorKind_ERROR_KIND_UNREACHABLE })
	problem := disk("e", "d", func(d *backmonv1.DiskStatus) { d.Problems = []*backmonv1.Problem{{Message: "unknown key"}} })
	for _, c := range []struct {
		name   string
		series []backup.Status
		disks  []*backmonv1.DiskStatus
		want   backup.Severity
		code   int
	}{
		{"nothing", nil, nil, backup.SeverityUnknown, 3},
		{"all well", []backup.Status{series("a", backup.OK)}, []*backmonv1.DiskStatus{disk("e", "d")}, backup.SeverityOK, 0},
		{"due is no trouble", []backup.Status{series("a", backup.Due)}, nil, backup.SeverityOK, 0},
		{"one late", []backup.Status{series("a", backup.OK), series("b", backup.Late)}, nil, backup.SeverityWarning, 1},
		{"one missing", []backup.Status{series("a", backup.Missing), series("b", backup.Unknown)}, nil, backup.SeverityCritical, 2},
		{"one unknown", []backup.Status{series("a", backup.Unknown), series("b", backup.Late)}, nil, backup.SeverityUnknown, 3},
		{"disk unseen", nil, []*backmonv1.DiskStatus{unseen, disk("e", "d")}, backup.SeverityUnknown, 3},
		{"disk over quota", nil, []*backmonv1.DiskStatus{flag(backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA)}, backup.SeverityWarning, 1},
		{"files vanished", nil, []*backmonv1.DiskStatus{flag(backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE)}, backup.SeverityCritical, 2},
		{"problem in the definitions", nil, []*backmonv1.DiskStatus{problem}, backup.SeverityWarning, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := report.Report{Now: noon, Series: c.series, Disks: c.disks}
			if got := r.Severity(); got != c.want {
				t.Errorf("severity %v, want %v", got, c.want)
			}
			if got := report.ExitCode(r.Severity()); got != c.code {
				t.Errorf("exit code %d, want %d", got, c.code)
			}
		})
	}
}
