package purger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func TestDryRunDeletesNothingAndSaysItOnce(t *testing.T) {
	s := newStage(t, nightly)
	keys := s.nights("db/a", 6)
	s.config.Enforce = false
	s.restart(t)
	for range 3 {
		s.purge(t)
	}
	s.wantGone(t)
	accounts := s.bus.purged()
	if len(accounts) != 1 || s.disk.deletes != 0 || s.bus.requests != 0 {
		t.Fatalf("%d accounts, %d deletes, %d requests", len(accounts), s.disk.deletes, s.bus.requests)
	}
	a := accounts[0]
	if a.GetMode() != backmonv1.PurgeMode_PURGE_MODE_DRY_RUN || a.GetTotals().GetPlanned() != 3 || a.GetTotals().GetDeleted() != 0 || a.GetTotals().GetPlannedBytes() != 300 {
		t.Errorf("account: %v", a)
	}
	s.disk.remove(keys[5])
	s.purge(t)
	if got := len(s.bus.purged()); got != 2 {
		t.Errorf("another plan: %d accounts, want 2", got)
	}
}

func TestDryRunThatCouldNotBeSaid(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	s.config.Enforce = false
	s.restart(t)
	s.bus.noAudit = errors.New("full")
	if err := s.service.handle(t.Context(), s.evaluate()); err == nil {
		t.Error("no error")
	}
	s.bus.noAudit = nil
	s.purge(t)
	if got := len(s.bus.purged()); got != 1 {
		t.Errorf("%d accounts, want 1", got)
	}
}

func TestReadOnlyStorage(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	s.config.Environments[0].Provider = readOnly{s.disk}
	s.restart(t)
	s.purge(t)
	s.purge(t)
	s.wantGone(t)
	s.wantRefused(t, ReasonReadOnly)
	if len(s.bus.purged()) != 0 {
		t.Error("an intent of what can't be done")
	}
}

// TestEventsBeforeTheDelete lets something happen at each call that the run makes
// after its plan stands. Nothing may go, and the books are closed.
func TestEventsBeforeTheDelete(t *testing.T) {
	for name, event := range map[string]struct {
		do   func(*stage)
		till string // the last call at which it is seen
	}{
		"newer status of the series": {func(s *stage) { s.touch() }, "last status"},
		"newer status of the disk":   {func(s *stage) { s.bus.publish(nil, soundDisk(s.now)) }, "last disk status"},
		"hold":                       {func(s *stage) { hold(backup.Hold{Group: "db/a"})(s) }, "holds"},
		"holds unreadable":           {func(s *stage) { s.bus.noHolds = errors.New("no answer") }, "holds"},
		"definitions edited":         {func(s *stage) { s.define(nightly + "#") }, "read " + definitionsKey},
		"definitions gone":           {func(s *stage) { s.disk.remove(definitionsKey) }, "read " + definitionsKey},
		"newest file gone":           {func(s *stage) { s.disk.remove("db/a/d-20260115.gz") }, "list"},
		"newest file replaced":       {func(s *stage) { s.disk.put("db/a/d-20260115.gz", 100, noon, "") }, "list"},
		"a long sleep":               {func(s *stage) { s.now = s.now.Add(lookLasts + 1) }, "audit PURGE_PHASE_INTENT"},
		"a clock set back":           {func(s *stage) { s.now = s.now.Add(-lookLasts - 1) }, "audit PURGE_PHASE_INTENT"},
		"all victims replaced":       {func(s *stage) { s.grow(7) }, "delete db/a/d-20260110.gz"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, nightly)
			s.nights("db/a", 6)
			armed := false
			step := func(point string) {
				armed = armed || point == "audit PURGE_PHASE_INTENT"
				if armed && point == event.till {
					armed = false
					s.disk.step, s.bus.step = func(string) {}, func(string) {}
					event.do(s)
				}
			}
			s.disk.step, s.bus.step = step, step
			_ = s.service.handle(t.Context(), s.evaluate()) // an error brings the job back
			s.wantGone(t)
			if open, _ := s.bus.UnsettledPurges(t.Context(), "", ""); len(open) != 0 {
				t.Error("the books are open")
			}
			if totals := s.bus.purged()[1].GetTotals(); totals.GetPlanned() != 3 || totals.GetDeleted() != 0 {
				t.Errorf("totals: %v", totals)
			}
			if s.bus.requests != 0 {
				t.Error("an evaluation was asked for")
			}
		})
	}
}

// touch makes every series have a newer status.
func (s *stage) touch() {
	for id, record := range s.bus.series {
		s.bus.sequence++
		record.Sequence = s.bus.sequence
		s.bus.series[id] = record
	}
}

// TestHoldInMidRun stops a long run at the next batch.
func TestHoldInMidRun(t *testing.T) {
	s := newStage(t, nightly)
	s.config.MaxShare = 1
	s.restart(t)
	s.nights("db/a", 3+3*batchFiles)
	s.disk.step = func(point string) {
		if strings.HasPrefix(point, "delete") && len(s.bus.held) == 0 {
			hold(backup.Hold{})(s)
		}
	}
	s.purge(t)
	if len(s.disk.gone) != batchFiles {
		t.Errorf("%d files went, want %d", len(s.disk.gone), batchFiles)
	}
	last := s.bus.purged()[len(s.bus.purged())-1].GetTotals()
	if last.GetPlanned() != 3*batchFiles || last.GetDeleted() != batchFiles {
		t.Errorf("totals: %v", last)
	}
}

func TestDeniedStopsTheDiskAndIsOneMessage(t *testing.T) {
	s := newStage(t, nightly)
	for _, group := range []string{"db/a", "db/b", "db/c"} {
		s.nights(group, 6)
	}
	s.disk.fails = fmt.Errorf("delete: %w", storage.ErrAccessDenied)
	for range 3 {
		s.purge(t)
	}
	s.wantGone(t)
	s.wantRefused(t, ReasonDenied)
	if s.disk.deletes != 3 {
		t.Errorf("%d deletes, want one for each evaluation", s.disk.deletes)
	}
	s.disk.fails = nil
	s.purge(t)
	s.wantRefused(t, ReasonDenied, "")
	if len(s.disk.gone) != 9 {
		t.Errorf("%d files went, want 9", len(s.disk.gone))
	}
}

func TestSlowServerGivesTheJobBack(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	s.disk.fails, s.disk.failsAt = storage.ErrSlowDown, 1
	job := s.evaluate()
	if err := s.service.handle(t.Context(), job); !errors.Is(err, storage.ErrSlowDown) {
		t.Errorf("got %v, want %v", err, storage.ErrSlowDown)
	}
	if s.bus.requests != 1 {
		t.Errorf("%d requests after one file went, want 1", s.bus.requests)
	}
	want := map[string]string{"db/a/d-20260110.gz": "DELETED", "db/a/d-20260111.gz": "FAILED", "db/a/d-20260112.gz": "FAILED"}
	if got := s.verdicts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s.disk.fails = nil
	if err := s.service.handle(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	s.wantGone(t, "db/a/d-20260110.gz", "db/a/d-20260111.gz", "db/a/d-20260112.gz")
}

func TestHeldIsTriedAgainInItsTime(t *testing.T) {
	for name, test := range map[string]struct {
		until, again time.Duration
	}{
		"until a time":     {until: 3 * time.Hour, again: 3 * time.Hour},
		"a hold of no end": {again: backup.Day},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, nightly)
			s.nights("db/a", 4)
			s.disk.verdicts["db/a/d-20260112.gz"] = storage.Held
			if test.until > 0 {
				s.disk.until = noon.Add(test.until)
			}
			for range 3 {
				s.purge(t)
			}
			if got := len(s.bus.purged()); got != 2 {
				t.Errorf("%d messages, want an intent and a result", got)
			}
			s.now = noon.Add(test.again - time.Second)
			s.purge(t)
			clear(s.disk.verdicts)
			s.purge(t)
			s.wantGone(t)
			s.now = noon.Add(test.again)
			s.purge(t)
			s.wantGone(t, "db/a/d-20260112.gz")
		})
	}
}

func TestVerdictsAreCounted(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 11)
	all := []storage.Verdict{storage.Absent, storage.Hidden, storage.Changed, storage.Denied, storage.Failed, storage.Strange}
	for i, v := range all {
		s.disk.verdicts[fmt.Sprintf("db/a/d-202601%02d.gz", 5+i)] = v
	}
	s.purge(t)
	got := s.bus.purged()[1].GetTotals()
	if got.GetPlanned() != 8 || got.GetDeleted() != 2 || got.GetFreedBytes() != 200 || got.GetPlannedBytes() != 800 {
		t.Errorf("totals: %v", got)
	}
	var counts []string
	for _, c := range got.GetRefused() {
		counts = append(counts, fmt.Sprint(c.GetVerdict().String()[14:], c.GetFiles()))
	}
	if want := "[ABSENT1 HIDDEN1 CHANGED1 DENIED1 STRANGE1 FAILED1]"; fmt.Sprint(counts) != want {
		t.Errorf("got %v, want %s", counts, want)
	}
}

// TestConfirmedButNotGone is a server that says yes to everything: it must not be
// asked without end, and the backlog behind must not wait.
func TestConfirmedButNotGone(t *testing.T) {
	s := newStage(t, nightly)
	keys := s.nights("db/a", 3+backup.LeastPurgeShare+2)
	s.disk.ghosts = true
	for range 6 {
		s.purge(t)
	}
	if s.bus.requests != 2 {
		t.Errorf("%d evaluations were asked for, want 2: one for each run that found something new", s.bus.requests)
	}
	if got := len(s.bus.purged()); got != 4 {
		t.Errorf("%d messages, want an intent and a result of two runs", got)
	}
	if reasons := s.bus.refusals(); reasons[len(reasons)-1] != ReasonNotGone {
		t.Errorf("refused for %q", reasons)
	}
	s.disk.ghosts = false
	s.disk.put(keys[4], 100, noon.AddDate(0, 0, -4), "") // a new one of that name
	s.purge(t)
	s.wantGone(t, keys[4])
}

func TestStorageThatTellsTooLittle(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	s.config.Environments[0].Provider = mute{s.disk}
	s.restart(t)
	s.purge(t)
	for key, verdict := range s.verdicts() {
		if verdict != "FAILED" {
			t.Errorf("%q is %s", key, verdict)
		}
	}
	if s.bus.requests != 0 {
		t.Error("an evaluation was asked for")
	}
}

// mute deletes nothing and tells nothing.
type mute struct{ *memDisk }

func (d mute) Disk(string) storage.Disk { return d }

func (d mute) Delete(context.Context, []storage.Victim) ([]storage.Deletion, error) { return nil, nil }

// TestEndOfTheServiceInMidBatch writes down what went.
func TestEndOfTheServiceInMidBatch(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	ctx, cancel := context.WithCancel(t.Context())
	s.disk.step = func(point string) {
		if point == "delete db/a/d-20260111.gz" {
			cancel()
		}
	}
	if err := s.service.handle(ctx, s.evaluate()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	want := map[string]string{"db/a/d-20260110.gz": "DELETED", "db/a/d-20260111.gz": "DELETED", "db/a/d-20260112.gz": "FAILED"}
	if got := s.verdicts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestSlowBatchEndsTheRun without an error: the next run goes on.
func TestSlowBatchEndsTheRun(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	s.disk.fails, s.disk.failsAt = fmt.Errorf("delete: %w", errBatchLasts), 2
	s.purge(t)
	if len(s.disk.gone) != 2 || s.bus.requests != 1 {
		t.Errorf("%d files went, %d requests", len(s.disk.gone), s.bus.requests)
	}
}

// TestEndOfTheServiceInTheLook says nothing of a disk that was not looked at.
func TestEndOfTheServiceInTheLook(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	job := s.evaluate()
	ctx, cancel := context.WithCancel(t.Context())
	s.disk.step = func(point string) {
		if point == "list" {
			cancel()
		}
	}
	if err := s.service.handle(ctx, job); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	s.wantRefused(t)
	if s.bus.purged() != nil {
		t.Error("an account of nothing")
	}
}

func TestRun(t *testing.T) {
	s := newStage(t, nightly)
	ctx, cancel := context.WithCancel(t.Context())
	s.bus.noStatus = errors.New("closed")
	s.bus.step = func(string) { cancel() }
	if err := s.service.Run(ctx); err != nil {
		t.Errorf("the end of the context is an error: %v", err)
	}
}

func TestAccountKeepsWhatWasDecided(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 4)
	s.disk.put("db/a/d-20260112.gz.stat", 1, noon, "")
	s.purge(t)
	intent, result := s.bus.purged()[0].GetFiles()[0], s.bus.purged()[1].GetFiles()[0]
	if intent.GetReason() != result.GetReason() || intent.GetReason() == "" || intent.GetEtag() != s.disk.gone[0].etag {
		t.Errorf("intent %v, result %v", intent, result)
	}
	if !result.GetStatDeleted() || !result.GetModifiedAt().AsTime().Equal(s.disk.gone[0].modified) || result.GetSize() != 100 {
		t.Errorf("result %v", result)
	}
	if wire.ParseSeriesID(result.GetSeries()) != (backup.SeriesID{Environment: "env", Disk: "disk", Directory: "db", File: "d", Group: "db/a"}) {
		t.Errorf("series %v", result.GetSeries())
	}
}
