package evaluator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func files(n int) []string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf("db/a/%02d.gz", i))
	}
	return keys
}

func (b *bench) massDelete() bool {
	return slices.Contains(b.bus.disk.Status.GetFlags(), backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE)
}

func TestMassDelete(t *testing.T) {
	for _, c := range []struct {
		name   string
		before int
		change func(*fakeDisk)
		want   bool
	}{
		{"a third", 60, func(d *fakeDisk) { d.keys = files(40) }, true},
		{"all", 60, func(d *fakeDisk) { d.keys = nil }, true},
		{"a fifth is not over a fifth", 60, func(d *fakeDisk) { d.keys = files(48) }, false},
		{"few files", 12, func(d *fakeDisk) { d.keys = files(3) }, false},
		{"more files", 60, func(d *fakeDisk) { d.keys = files(90) }, false},
		{"listing breaks", 60, func(d *fakeDisk) { d.keys, d.broken = files(1), fmt.Errorf("cut") }, false},
		{"definitions vanish", 60, func(d *fakeDisk) { d.definitions = "" }, false},
		{"definitions break", 60, func(d *fakeDisk) { d.definitions = "directories: [" }, false},
		{"definitions match less", 60, func(d *fakeDisk) { d.definitions = strings.Replace(definitions, "%A.gz", "0%I.gz", 1) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.disk.keys = files(c.before)
				b.evaluate()
				c.change(b.disk)
				b.evaluate()
				if b.massDelete() != c.want {
					t.Errorf("flags %v, want a mass deletion: %v", b.bus.disk.Status.GetFlags(), c.want)
				}
			})
		})
	}
}

// It freezes purging for a day, and then is forgotten.
func TestMassDeleteIsRemembered(t *testing.T) {
	onBench(t, func(b *bench) {
		b.disk.keys = files(50)
		b.evaluate()
		b.disk.keys = files(10)
		b.evaluate()
		pass(24*time.Hour - time.Second)
		b.evaluate()
		if s := b.bus.disk.Status; !b.massDelete() || s.GetMassDeleteFiles() != 40 || !strings.Contains(s.GetPurgeFrozen(), "40 files vanished") {
			t.Errorf("status within a day: %v", s)
		}
		pass(time.Second)
		b.evaluate()
		if s := b.bus.disk.Status; b.massDelete() || s.GetPurgeFrozen() != "" {
			t.Errorf("status after a day: %v", s)
		}
	})
}

func TestDiskStatus(t *testing.T) {
	onBench(t, func(b *bench) {
		b.disk.keys = append(b.disk.keys, "README")
		b.disk.definitions = "quota: 5B\nunknown: 1\n" + definitions
		b.evaluate()
		s := b.bus.disk.Status
		if s.GetTotals().GetFiles() != 3 || s.GetTotals().GetUnmatchedFiles() != 1 || s.GetTotals().GetQuotaBytes() != 5 || !s.GetDefinitionSound() {
			t.Errorf("status %v", s)
		}
		if len(s.GetProblems()) != 1 || s.GetFlags()[0] != backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA || s.GetPurgeFrozen() != "" {
			t.Errorf("problems %v, flags %v, frozen %q", s.GetProblems(), s.GetFlags(), s.GetPurgeFrozen())
		}
		b.disk.definitions = definitions + "      \"%q\": {alias: broken}\n"
		b.evaluate()
		if s := b.bus.disk.Status; s.GetDefinitionSound() || s.GetPurgeFrozen() != "the definitions have an error" || len(s.GetProblems()) != 1 {
			t.Errorf("status with an error: %v", s)
		}
	})
}
