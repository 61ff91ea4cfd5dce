package purger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/gate"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func TestPurgeDeletesWhatMayGoAndNothingElse(t *testing.T) {
	s := newStage(t, nightly)
	keys := s.nights("db/a", 6)
	s.disk.put("db/a/other.txt", 1, noon.AddDate(-1, 0, 0), "")
	s.disk.put(keys[4]+".stat", 2, noon, "")
	s.purge(t)
	s.wantGone(t, keys[5], keys[4], keys[3])
	if got, want := fmt.Sprint(s.disk.keys()), fmt.Sprint([]string{definitionsKey, keys[2], keys[1], keys[0], "db/a/other.txt"}); got != want {
		t.Errorf("left %s, want %s", got, want)
	}
	if s.bus.requests != 1 {
		t.Errorf("%d requests for an evaluation, want 1", s.bus.requests)
	}
	s.purge(t)
	if s.bus.requests != 1 || len(s.bus.purged()) != 2 {
		t.Errorf("with nothing left to do: %d requests, %d accounts", s.bus.requests, len(s.bus.purged()))
	}
	s.wantRefused(t)
}

// spoil is something that stands against a purge, and what is said of it.
type spoil struct {
	before func(*stage)                // before the evaluation
	status func(*backmonv1.DiskStatus) // of the disk, as it is delivered
	after  func(*stage)                // between the status and the run
	want   string
}

func spoils() map[string]spoil {
	schedule := func(s *stage) { s.define(strings.Replace(nightly, "purge:", "schedule: 0 3 * * *, purge:", 1)) }
	define := func(from, to string) func(*stage) {
		return func(s *stage) { s.define(strings.Replace(nightly, from, to, 1)) }
	}
	night := time.Date(2026, 1, 16, 3, 0, 0, 0, time.UTC)
	newest := func(size int64, at time.Time) func(*stage) {
		return func(s *stage) { s.disk.put("db/a/d-20260115.gz", size, at, "") }
	}
	flag := func(d *backmonv1.DiskStatus) {
		d.Flags, d.PurgeFrozen = []backmonv1.DiskFlag{backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE}, "many are gone"
	}
	return map[string]spoil{
		"late":                          {before: func(s *stage) { schedule(s); s.now = s.now.AddDate(0, 0, 1) }, want: "LATE"},
		"missing":                       {before: func(s *stage) { schedule(s); s.now = s.now.AddDate(0, 0, 9) }, want: "MISSING"},
		"late since the status":         {before: func(s *stage) { schedule(s); s.now = night.Add(30 * time.Minute) }, after: func(s *stage) { s.now = night.Add(90 * time.Minute) }, want: "LATE"},
		"empty":                         {before: newest(0, noon), want: "EMPTY"},
		"empty since the status":        {after: newest(0, noon), want: "EMPTY"},
		"too small":                     {before: func(s *stage) { define("purge:", "min-size: 50B, purge:")(s); newest(10, noon)(s) }, want: "TOO_SMALL"},
		"shrunk since the status":       {before: func(s *stage) { s.grow(100 << 20) }, after: newest(1, noon), want: "SHRUNK"},
		"of the future":                 {before: func(s *stage) { s.disk.put("db/a/d-20270101.gz", 100, noon, "") }, want: "FUTURE"},
		"of the future by now":          {after: func(s *stage) { s.disk.put("db/a/d-20270101.gz", 100, noon, "") }, want: "FUTURE"},
		"mass deletion":                 {status: flag, want: gate.MassDelete},
		"frozen":                        {status: func(d *backmonv1.DiskStatus) { d.PurgeFrozen = "because" }, want: gate.Frozen},
		"definitions unsound":           {status: func(d *backmonv1.DiskStatus) { d.DefinitionSound = false }, want: gate.Frozen},
		"disk unreachable":              {status: func(d *backmonv1.DiskStatus) { d.ErrorKind = backmonv1.ErrorKind_ERROR_KIND_UNREACHABLE }, want: gate.Frozen},
		"a newer version's disk flag":   {status: func(d *backmonv1.DiskStatus) { d.Flags = []backmonv1.DiskFlag{99} }, want: gate.NotUnderstood},
		"a newer version's flag":        {after: func(s *stage) { s.alter(func(m *backmonv1.BackupStatus) { m.Flags = append(m.Flags, 99) }) }, want: gate.NotUnderstood},
		"a newer version's state":       {after: func(s *stage) { s.alter(func(m *backmonv1.BackupStatus) { m.State = 99 }) }, want: gate.NotUnderstood},
		"pending":                       {after: func(s *stage) { s.alter(func(m *backmonv1.BackupStatus) { m.State = backmonv1.State_STATE_PENDING }) }, want: "PENDING"},
		"unknown":                       {after: func(s *stage) { s.alter(func(m *backmonv1.BackupStatus) { m.State = backmonv1.State_STATE_UNKNOWN }) }, want: "UNKNOWN"},
		"a status that is old":          {after: func(s *stage) { s.now = s.now.Add(2*time.Hour + 1) }, want: gate.Stale},
		"a status of the future":        {after: func(s *stage) { s.now = s.now.Add(-time.Hour) }, want: gate.Stale},
		"a status without a time":       {status: func(d *backmonv1.DiskStatus) { d.EvaluatedAt = nil }, want: gate.Stale},
		"hold on all":                   {after: hold(backup.Hold{}), want: gate.Hold},
		"hold on the environment":       {after: hold(backup.Hold{Environment: "env"}), want: gate.Hold},
		"hold on the disk":              {after: hold(backup.Hold{Environment: "env", Disk: "disk"}), want: gate.Hold},
		"hold on the directory":         {after: hold(backup.Hold{Directory: "db"}), want: gate.Hold},
		"hold on the series":            {after: hold(backup.Hold{Directory: "db", File: "d", Group: "db/a", Until: noon.Add(time.Hour)}), want: gate.Hold},
		"purge turned off":              {after: define("purge: true, ", ""), want: gate.Changed},
		"rule renamed":                  {after: define("alias: d,", "alias: e,"), want: gate.Changed},
		"directory renamed":             {after: define("alias: db", "alias: dc"), want: gate.Changed},
		"definitions gone":              {after: func(s *stage) { s.disk.remove(definitionsKey) }, want: ReasonUnseen},
		"definitions broken":            {after: func(s *stage) { s.define("directories: [") }, want: ReasonUnseen},
		"definitions with an error":     {after: define("keep-last: 3", "keep-last: 3, schedule: never"), want: gate.Frozen},
		"definitions with another rule": {after: define("files:", "files:\n      e-%I.gz: {schedule: never}"), want: gate.Frozen},
		"the disk can't be listed":      {after: func(s *stage) { s.disk.unlisted = storage.ErrTimeout }, want: ReasonUnseen},
		"the disk is ignored":           {after: func(s *stage) { s.disk.put(storage.IgnoreFile, 0, noon, "") }, want: ReasonIgnored},
		"the disk is ignored at length": {after: func(s *stage) { s.disk.put(storage.IgnoreFile, 0, noon, "because of this") }, want: ReasonIgnored},
		"all files gone":                {after: func(s *stage) { s.clear() }, want: "MISSING"},
	}
}

// TestRefusals spoils a purge of three files in every way. Nothing may go, one
// message may say why however often the same status comes.
func TestRefusals(t *testing.T) {
	for name, spoil := range spoils() {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, nightly)
			s.nights("db/a", 6)
			if spoil.before != nil {
				spoil.before(s)
			}
			job := s.evaluate()
			if spoil.status != nil {
				spoil.status(job.Status)
			}
			if spoil.after != nil {
				spoil.after(s)
			}
			for range 3 {
				if err := s.service.handle(t.Context(), job); err != nil {
					t.Fatal(err)
				}
			}
			s.wantGone(t)
			s.wantRefused(t, spoil.want)
			if s.bus.requests != 0 || len(s.bus.purged()) != 0 {
				t.Errorf("%d requests, accounts %v", s.bus.requests, s.bus.purged())
			}
		})
	}
}

func hold(h backup.Hold) func(*stage) {
	return func(s *stage) {
		h.ID, h.By, h.Why = "1", "me", "an audit"
		s.bus.held = []*backmonv1.Hold{wire.Hold(h)}
	}
}

// alter changes the last statuses as only another version of the evaluator could.
func (s *stage) alter(change func(*backmonv1.BackupStatus)) {
	for _, record := range s.bus.series {
		change(record.Status)
	}
}

func (s *stage) grow(size int64) {
	for _, f := range s.disk.all() {
		if f.key != definitionsKey {
			s.disk.put(f.key, size, f.modified, "")
		}
	}
}

func (s *stage) clear() {
	for _, key := range s.disk.keys() {
		if key != definitionsKey {
			s.disk.remove(key)
		}
	}
}

func TestHoldsOfOthersForbidNothing(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 4)
	hold(backup.Hold{Disk: "dis"})(s)
	for _, h := range []backup.Hold{{Environment: "en"}, {Directory: "d"}, {Group: "db/b"}, {Until: noon}, {File: "D"}} {
		s.bus.held = append(s.bus.held, wire.Hold(h))
	}
	s.purge(t)
	s.wantGone(t, "db/a/d-20260112.gz")
}

// TestUnreadableForbids: what can't be read may forbid.
func TestUnreadableForbids(t *testing.T) {
	for name, fail := range map[string]func(*stage){
		"holds":       func(s *stage) { s.bus.noHolds = errors.New("no answer") },
		"statuses":    func(s *stage) { s.bus.noStatus = errors.New("no answer") },
		"the audit":   func(s *stage) { s.bus.noAudit = errors.New("full") },
		"ignore file": func(s *stage) { s.config.Environments[0].Provider = slowDisk{s.disk} },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, nightly)
			s.nights("db/a", 6)
			fail(s)
			s.restart(t)
			if err := s.service.handle(t.Context(), s.evaluate()); err == nil {
				t.Error("no error")
			}
			s.wantGone(t)
			s.wantRefused(t)
		})
	}
}

// slowDisk can't be asked for its ignore file.
type slowDisk struct{ *memDisk }

func (d slowDisk) Disk(string) storage.Disk { return d }

func (d slowDisk) Read(ctx context.Context, key string, limit int64) (storage.Object, error) {
	if key == storage.IgnoreFile {
		return storage.Object{}, storage.ErrTimeout
	}
	return d.memDisk.Read(ctx, key, limit)
}

// TestRefusalThatCouldNotBeSaid is said as soon as it can be.
func TestRefusalThatCouldNotBeSaid(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	hold(backup.Hold{})(s)
	s.bus.noAudit = errors.New("full")
	if err := s.service.handle(t.Context(), s.evaluate()); err == nil {
		t.Error("no error")
	}
	s.bus.noAudit = nil
	s.purge(t)
	s.purge(t)
	s.wantRefused(t, gate.Hold)
	s.bus.held = nil
	s.purge(t)
	s.wantRefused(t, gate.Hold, "")
}

func TestOtherDisksAreLeftAlone(t *testing.T) {
	for name, change := range map[string]func(*stage, *bus.DiskJob){
		"gone":                      func(_ *stage, j *bus.DiskJob) { j.Status.Gone = true },
		"of another environment":    func(_ *stage, j *bus.DiskJob) { j.Status.Environment = "other" },
		"not in the configuration":  func(s *stage, _ *bus.DiskJob) { s.config.Environments[0].Includes = func(string) bool { return false } },
		"with a newer status":       func(s *stage, _ *bus.DiskJob) { s.evaluate() },
		"whose last status is gone": func(s *stage, _ *bus.DiskJob) { s.bus.disk = bus.DiskRecord{} },
		"whose series have all ended": func(s *stage, _ *bus.DiskJob) {
			s.alter(func(m *backmonv1.BackupStatus) { m.State = backmonv1.State_STATE_GONE })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, nightly)
			s.nights("db/a", 6)
			job := s.evaluate()
			change(s, &job)
			s.restart(t)
			if err := s.service.handle(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			s.wantGone(t)
			s.wantRefused(t)
		})
	}
}

// TestRefusalsOutliveTheProcess holds a new process against what an old one said.
func TestRefusalsOutliveTheProcess(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 6)
	hold(backup.Hold{})(s)
	s.purge(t)
	s.restart(t)
	if err := s.service.recall(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.purge(t)
	s.wantRefused(t, gate.Hold) // not said again
	s.bus.held = nil
	s.restart(t)
	if err := s.service.recall(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.purge(t)
	s.wantRefused(t, gate.Hold, "") // and taken back
}
