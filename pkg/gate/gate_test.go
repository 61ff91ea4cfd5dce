package gate_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/gate"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

var now = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

func check(t *testing.T, got *gate.Refusal, want string) {
	t.Helper()
	reason := ""
	if got != nil {
		reason = got.Reason
		if got.Text == "" {
			t.Error("the refusal has no words")
		}
	}
	if reason != want {
		t.Errorf("refused for %q, want %q", reason, want)
	}
}

func TestDisk(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*backmonv1.DiskStatus)
		want   string
	}{
		{"in order", func(*backmonv1.DiskStatus) {}, ""},
		{"over its quota", func(d *backmonv1.DiskStatus) {
			d.Flags = []backmonv1.DiskFlag{backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA}
		}, ""},
		{"many files vanished", func(d *backmonv1.DiskStatus) {
			d.Flags, d.PurgeFrozen = []backmonv1.DiskFlag{backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE}, "12 files vanished"
		}, gate.MassDelete},
		{"frozen", func(d *backmonv1.DiskStatus) { d.PurgeFrozen = "because" }, gate.Frozen},
		{"definitions unsound", func(d *backmonv1.DiskStatus) { d.DefinitionSound = false }, gate.Frozen},
		{"not seen", func(d *backmonv1.DiskStatus) { d.ErrorKind = backmonv1.ErrorKind_ERROR_KIND_UNREACHABLE }, gate.Frozen},
		{"a newer version's flag", func(d *backmonv1.DiskStatus) { d.Flags = []backmonv1.DiskFlag{99} }, gate.NotUnderstood},
		{"two intervals ago", func(d *backmonv1.DiskStatus) { d.EvaluatedAt = timestamppb.New(now.Add(-2 * time.Hour)) }, ""},
		{"longer ago", func(d *backmonv1.DiskStatus) { d.EvaluatedAt = timestamppb.New(now.Add(-2*time.Hour - 1)) }, gate.Stale},
		{"never", func(d *backmonv1.DiskStatus) { d.EvaluatedAt = nil }, gate.Stale},
		{"clocks differ a bit", func(d *backmonv1.DiskStatus) { d.EvaluatedAt = timestamppb.New(now.Add(10 * time.Minute)) }, ""},
		{"of the future", func(d *backmonv1.DiskStatus) { d.EvaluatedAt = timestamppb.New(now.Add(11 * time.Minute)) }, gate.Stale},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &backmonv1.DiskStatus{EvaluatedAt: timestamppb.New(now), DefinitionSound: true}
			c.change(d)
			check(t, gate.Disk(d, time.Hour, now), c.want)
		})
	}
}

func TestSeries(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*backmonv1.BackupStatus)
		want   string
	}{
		{"in order", func(*backmonv1.BackupStatus) {}, ""},
		{"due", func(m *backmonv1.BackupStatus) { m.State = backmonv1.State_STATE_DUE }, ""},
		{"late", func(m *backmonv1.BackupStatus) { m.State = backmonv1.State_STATE_LATE }, "LATE"},
		{"unknown", func(m *backmonv1.BackupStatus) { m.State = backmonv1.State_STATE_UNKNOWN }, "UNKNOWN"},
		{"empty", func(m *backmonv1.BackupStatus) { m.Flags = []backmonv1.Flag{backmonv1.Flag_FLAG_EMPTY} }, "EMPTY"},
		{"grown", func(m *backmonv1.BackupStatus) { m.Flags = []backmonv1.Flag{backmonv1.Flag_FLAG_GREW} }, ""},
		{"a newer version's flag", func(m *backmonv1.BackupStatus) { m.Flags = []backmonv1.Flag{99} }, gate.NotUnderstood},
		{"a newer version's state", func(m *backmonv1.BackupStatus) { m.State = 99 }, gate.NotUnderstood},
		{"not to be purged", func(m *backmonv1.BackupStatus) { m.Policy.Purge = false }, gate.Changed},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &backmonv1.BackupStatus{State: backmonv1.State_STATE_OK, Policy: &backmonv1.Policy{Purge: true}}
			c.change(m)
			check(t, gate.Record(m, wire.ParseStatus(m)), c.want)
		})
	}
}

func TestHolds(t *testing.T) {
	id := backup.SeriesID{Environment: "prod", Disk: "db", Directory: "d", File: "f", Group: "\xff"}
	for _, c := range []struct {
		name string
		hold backup.Hold
		want string
	}{
		{"on all", backup.Hold{}, gate.Hold},
		{"on the group", backup.Hold{Group: "\xff"}, gate.Hold},
		{"on another disk", backup.Hold{Disk: "other"}, ""},
		{"not over", backup.Hold{Until: now.Add(time.Second)}, gate.Hold},
		{"over", backup.Hold{Until: now}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, gate.Holds(id, []*backmonv1.Hold{wire.Hold(backup.Hold{Disk: "x"}), wire.Hold(c.hold)}, now), c.want)
		})
	}
	check(t, gate.Holds(id, nil, now), "")
}
