package bus_test

import (
	"testing"

	"github.com/backmon/backmon/pkg/bus"
)

func TestSubjects(t *testing.T) {
	cases := []struct{ name, got, want string }{
		{"disk found", bus.DiskFoundSubject("prod", "db.example"), "backmon.v1.disk.found.prod.db=2Eexample"},
		{"disk status", bus.DiskStatusSubject("prod", "d"), "backmon.v1.status.disk.prod.d"},
		{
			"backup status", bus.BackupStatusSubject("prod", "d", "a/b", "%Y.gz", ""),
			"backmon.v1.status.backup.prod.d.a=2Fb.=25Y=2Egz.=",
		},
		{"of a disk", bus.BackupStatusesOfDisk("prod", "*"), "backmon.v1.status.backup.prod.=2A.>"},
		{"dead letter", bus.DeadLetterSubject("evaluator"), "backmon.v1.deadletter.evaluator"},
		{"audit", bus.AuditSubject("purged", "prod", "d"), "backmon.v1.audit.purged.prod.d"},
		{"live", bus.LiveSubject("backmon.v1.status.disk.prod.d"), "backmon.v1.live.disk.prod.d"},
		{"all live", bus.LiveSubject(bus.AllStatuses()), "backmon.v1.live.>"},
		{"not a status", bus.LiveSubject("backmon.v1.disk.found.a.b"), "backmon.v1.disk.found.a.b"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestFilter(t *testing.T) {
	disk, other := bus.DiskStatusSubject("e", "d"), bus.DiskStatusSubject("e", "d2")
	backup, otherBackup := bus.BackupStatusSubject("e", "d", "a", "f", "g"), bus.BackupStatusSubject("e", "d2", "a", "f", "g")
	cases := []struct {
		name    string
		filter  bus.Filter
		subject string
		drops   []string
	}{
		{"all", bus.Filter{}, "backmon.v1.status.>", nil},
		{"environment", bus.Filter{Environment: "e"}, "backmon.v1.status.*.e.>", nil},
		{"disk", bus.Filter{Environment: "e", Disk: "d"}, "backmon.v1.status.*.e.>", []string{other, otherBackup}},
		{"kind", bus.Filter{Kind: bus.EventDisk}, "backmon.v1.status.disk.>", nil},
		{"kind and environment", bus.Filter{Environment: "e", Kind: bus.EventBackup}, "backmon.v1.status.backup.e.>", nil},
		{"backups of a disk", bus.Filter{Environment: "e", Disk: "d", Kind: bus.EventBackup}, "backmon.v1.status.backup.e.d.>", nil},
		{"status of a disk", bus.Filter{Environment: "e", Disk: "d", Kind: bus.EventDisk}, "backmon.v1.status.disk.e.d", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := c.filter.Validate(); err != nil || c.filter.Subject() != c.subject {
				t.Errorf("subject %q, %v; want %q", c.filter.Subject(), err, c.subject)
			}
			if !c.filter.Matches(disk) || !c.filter.Matches(backup) {
				t.Error("drops its own disk")
			}
			for _, subject := range c.drops {
				if c.filter.Matches(subject) {
					t.Errorf("keeps %q", subject)
				}
			}
		})
	}
	for _, bad := range []bus.Filter{{Disk: "d"}, {Kind: bus.EventCurrent}, {Kind: -1}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}
