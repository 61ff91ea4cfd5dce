package purger

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// crash is how a test's purger ends in the middle of something.
type crash struct{}

// crashAt lets the next run end at a call, as kill -9 would, and starts a new
// purger that remembers nothing.
func (s *stage) crashAt(t *testing.T, point string) {
	t.Helper()
	job := s.evaluate()
	died := false
	step := func(at string) {
		if at == point && !died {
			died = true
			panic(crash{})
		}
	}
	s.disk.step, s.bus.step = step, step
	func() {
		defer func() {
			if p := recover(); p != nil && p != (crash{}) {
				panic(p)
			}
		}()
		_ = s.service.handle(t.Context(), job)
	}()
	if !died {
		t.Fatalf("the run never came to %q", point)
	}
	s.restart(t)
}

// TestCrashes ends the purger at every kind of point. Afterwards the audit says of
// each file what the disk shows, and no .stat file is left alone.
func TestCrashes(t *testing.T) {
	for name, test := range map[string]struct {
		point     string
		unsettled int // messages of the intent
		want      map[string]string
	}{
		"before the intent":      {"audit PURGE_PHASE_INTENT", 0, map[string]string{"10": "DELETED", "11": "DELETED", "12": "DELETED"}},
		"after the intent":       {"last status", 1, map[string]string{"10": "FAILED", "11": "FAILED", "12": "FAILED"}},
		"before the second file": {"delete db/a/d-20260111.gz", 1, map[string]string{"10": "ABSENT", "11": "FAILED", "12": "FAILED"}},
		"before a .stat file":    {"delete stat of db/a/d-20260111.gz", 1, map[string]string{"10": "ABSENT", "11": "ABSENT", "12": "FAILED"}},
		"before the result":      {"audit PURGE_PHASE_RESULT", 1, map[string]string{"10": "ABSENT", "11": "ABSENT", "12": "ABSENT"}},
		"before the request":     {"request", 0, map[string]string{"10": "DELETED", "11": "DELETED", "12": "DELETED"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, nightly)
			for _, key := range s.nights("db/a", 6) {
				s.disk.put(key+".stat", 1, noon.AddDate(0, 0, -1), "")
			}
			s.crashAt(t, test.point)
			if open, _ := s.bus.UnsettledPurges(t.Context(), "", ""); len(open) != test.unsettled {
				t.Errorf("%d messages without a result, want %d", len(open), test.unsettled)
			}
			hold(backup.Hold{Directory: "other"})(s)
			s.now = s.now.Add(settleAfter + 1)
			s.keepAll()
			s.purge(t)
			if name == "before the intent" || name == "before the request" {
				s.define(nightly)
				s.purge(t)
			}
			want := map[string]string{}
			for day, verdict := range test.want {
				want["db/a/d-202601"+day+".gz"] = verdict
			}
			if got := s.verdicts(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", got, want)
			}
			s.wantWhole(t)
		})
	}
}

// keepAll lets nothing more expire.
func (s *stage) keepAll() { s.define(nightly + "      e-%I.gz: {alias: e}\n      d-%I.gz: {alias: f}") }

// wantWhole fails when a .stat file has no file, or a run no result.
func (s *stage) wantWhole(t *testing.T) {
	t.Helper()
	files := s.disk.all()
	for key := range files {
		if base, isStat := cutStat(key); isStat {
			if _, ok := files[base]; !ok {
				t.Errorf("%q has no file", key)
			}
		}
	}
	if open, _ := s.bus.UnsettledPurges(t.Context(), "", ""); len(open) != 0 {
		t.Errorf("%d messages without a result", len(open))
	}
}

func TestRunThatMayBeAtWorkIsLeftAlone(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	s.crashAt(t, "last status")
	s.keepAll()
	s.now = s.now.Add(settleAfter - 1)
	s.purge(t)
	if open, _ := s.bus.UnsettledPurges(t.Context(), "", ""); len(open) != 1 {
		t.Errorf("%d messages without a result, want 1", len(open))
	}
}

func TestSettledFileWithANewOneInItsPlace(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 4)
	s.crashAt(t, "audit PURGE_PHASE_RESULT")
	s.disk.put("db/a/d-20260112.gz", 100, noon.AddDate(0, 0, -3).Add(-9*time.Hour), "")
	s.keepAll()
	s.now = s.now.Add(settleAfter + 1)
	s.purge(t)
	if got := s.verdicts()["db/a/d-20260112.gz"]; got != "CHANGED" {
		t.Errorf("got %s, want CHANGED", got)
	}
}

// TestSweepWaits for what forbids a purge to end; the run stays open until then.
func TestSweepWaits(t *testing.T) {
	for name, test := range map[string]struct{ forbid, allow func(*stage) }{
		"a hold":       {hold(backup.Hold{Group: "db/a"}), func(s *stage) { s.bus.held = nil }},
		"a frozen one": {func(s *stage) { s.define("directories: [") }, func(s *stage) { s.keepAll() }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, nightly)
			s.nights("db/a", 4)
			s.disk.put("db/a/d-20260112.gz.stat", 1, noon.Add(-time.Hour), "")
			s.crashAt(t, "delete stat of db/a/d-20260112.gz")
			s.keepAll()
			test.forbid(s)
			s.now = s.now.Add(settleAfter + 1)
			s.purge(t)
			if _, there := s.disk.all()["db/a/d-20260112.gz.stat"]; !there {
				t.Error("swept though it is forbidden")
			}
			if open, _ := s.bus.UnsettledPurges(t.Context(), "", ""); len(open) != 1 {
				t.Errorf("%d messages without a result, want 1", len(open))
			}
			test.allow(s)
			s.purge(t)
			s.wantWhole(t)
		})
	}
}

// TestSweepSparesNewStats: who uploads the .stat file first is about to upload.
func TestSweepSparesNewStats(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 4)
	s.crashAt(t, "audit PURGE_PHASE_RESULT")
	s.disk.put("db/a/d-20260112.gz.stat", 1, noon.Add(time.Minute), "")
	s.keepAll()
	s.now = s.now.Add(settleAfter + 1)
	s.purge(t)
	if _, there := s.disk.all()["db/a/d-20260112.gz.stat"]; !there {
		t.Error("a new .stat file was deleted")
	}
	if got := s.verdicts()["db/a/d-20260112.gz"]; got != "ABSENT" {
		t.Errorf("got %s, want ABSENT", got)
	}
}

func TestSettlingInADryRunDeletesNothing(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 4)
	s.disk.put("db/a/d-20260112.gz.stat", 1, noon.Add(-time.Hour), "")
	s.crashAt(t, "delete stat of db/a/d-20260112.gz")
	s.config.Enforce = false
	s.restart(t)
	s.now = s.now.Add(settleAfter + 1)
	deletes := s.disk.deletes
	s.purge(t)
	if s.disk.deletes != deletes {
		t.Error("a dry run deletes")
	}
	if got := s.verdicts()["db/a/d-20260112.gz"]; got != "ABSENT" {
		t.Errorf("got %s, want ABSENT", got)
	}
}

func TestSettlingThatFailsForbids(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	s.crashAt(t, "last status")
	s.now = s.now.Add(settleAfter + 1)
	job := s.evaluate()
	s.disk.unlisted = errors.New("no answer")
	if err := s.service.handle(t.Context(), job); err == nil {
		t.Error("no error")
	}
	s.wantGone(t)
	if last := s.bus.purged()[len(s.bus.purged())-1]; last.GetPhase() != backmonv1.PurgePhase_PURGE_PHASE_INTENT {
		t.Error("the run was settled without a look")
	}
}
