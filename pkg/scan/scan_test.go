package scan_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
)

func TestScanSeesTheWholeDisk(t *testing.T) {
	yesterday := file("db/a/dump-20260114.gz", 100)
	yesterday.ModifiedAt = noon.Add(-34 * time.Hour)
	d := newDisk(
		[]storage.Entry{file(definitionsKey, 300), yesterday, withStat(file("db/a/dump-20260115.gz", 200))},
		[]storage.Entry{file("db/b/dump-20260115.gz", 300), file("README", 7), orphan("db/b/gone.gz.stat")},
	)
	d.files["db/a/dump-20260115.gz.stat"] = fmt.Sprintf("born_at: %d\n", noon.Add(-10*time.Hour-5*time.Minute).Unix())
	var progress []int64
	got := scanner().Scan(t.Context(), target(d), noon, nil, func(n int64) { progress = append(progress, n) })
	if got.Failure != nil || !got.Listed {
		t.Fatalf("failure %v", got.Failure)
	}
	if want := map[string]backup.State{"db/a": backup.OK, "db/b": backup.OK}; !maps.Equal(states(got.Statuses), want) {
		t.Errorf("states %v, want %v", states(got.Statuses), want)
	}
	if fmt.Sprint(progress) != "[3 6]" {
		t.Errorf("progress %v, want after each page", progress)
	}
	if got.Totals.Files != 5 || got.Totals.Bytes != 907 || got.Totals.Unmatched != 1 {
		t.Errorf("totals %+v, want 5 files of 907 bytes, 1 of them unmatched", got.Totals)
	}
	if got.Cost.Requests != 4 || got.StatRequests != 1 || got.Cost.Objects != 6 {
		t.Errorf("cost %+v and %d .stat files, want 4 requests: definitions, two pages, one .stat file", got.Cost, got.StatRequests)
	}
	if got.DefinitionETag != "e-"+definitionsKey || got.Definition.Quota != 1<<30 || got.NextDeadline.IsZero() {
		t.Errorf("ETag %q, quota %d, next deadline %v", got.DefinitionETag, got.Definition.Quota, got.NextDeadline)
	}
	if latest := got.Statuses[0].Files.Latest; !latest.Time.Equal(noon.Add(-10*time.Hour - 5*time.Minute)) {
		t.Errorf("the newest file is of %v, want the time of its .stat file", latest.Time)
	}
}

// However a scan fails, what was known becomes UNKNOWN with its facts kept:
// nothing is taken for gone.
func TestScanFailures(t *testing.T) {
	late := errors.New("connection reset")
	for _, c := range []struct {
		name   string
		spoil  func(*fakeDisk)
		kind   scan.Kind
		listed bool // totals are known all the same
	}{
		{"listing breaks at page 2", func(d *fakeDisk) { d.broken = late }, scan.Unreachable, false},
		{"listing is cut", func(d *fakeDisk) { d.broken = storage.ErrIncomplete }, scan.Unreachable, false},
		{"may not list", func(d *fakeDisk) { d.pages, d.broken = nil, storage.ErrAccessDenied }, scan.AccessDenied, false},
		{"no such disk", func(d *fakeDisk) { d.pages, d.broken = nil, storage.ErrNotFound }, scan.NotFound, false},
		{"no definitions", func(d *fakeDisk) { delete(d.files, definitionsKey) }, scan.NoDefinitions, true},
		{"no definitions and no disk", func(d *fakeDisk) { delete(d.files, definitionsKey); d.broken = storage.ErrNotFound }, scan.NotFound, false},
		{"may not read the definitions", func(d *fakeDisk) { d.refused[definitionsKey] = storage.ErrAccessDenied }, scan.DefinitionsUnreadable, true},
		{"definitions are a link out of the disk", func(d *fakeDisk) { d.refused[definitionsKey] = storage.ErrEscapes }, scan.DefinitionsUnreadable, true},
		{"definitions are too large", func(d *fakeDisk) { d.files[definitionsKey] = strings.Repeat("# \n", 4000) }, scan.BadDefinitions, true},
		{"definitions are no YAML", func(d *fakeDisk) { d.files[definitionsKey] = "directories: [" }, scan.BadDefinitions, true},
		{"no answer for the definitions", func(d *fakeDisk) { d.refused[definitionsKey] = storage.ErrTimeout }, scan.Unreachable, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDisk([]storage.Entry{file("db/a/dump-20260115.gz", 100)})
			c.spoil(d)
			previous := []backup.Status{known("db/a", backup.OK), known("db/b", backup.Late), known("db/old", backup.Gone)}
			got := scanned(t, d, previous)
			if got.Failure == nil || got.Failure.Kind != c.kind || got.Listed != c.listed {
				t.Fatalf("failure %+v, listed %v; want kind %d, listed %v", got.Failure, got.Listed, c.kind, c.listed)
			}
			if want := map[string]backup.State{"db/a": backup.Unknown, "db/b": backup.Unknown}; !maps.Equal(states(got.Statuses), want) {
				t.Errorf("states %v, want %v", states(got.Statuses), want)
			}
			for _, s := range got.Statuses {
				if s.Files.Count != 5 || s.Expired.Count != 0 || len(s.Reasons) != 1 || !strings.Contains(s.Reasons[0].Text, got.Failure.Error()) {
					t.Errorf("status %+v: want the last facts, nothing expired, and the cause as the reason", s)
				}
			}
			if c.listed && got.Totals.Files == 0 {
				t.Error("the totals are missing though the disk was listed")
			}
		})
	}
}

// Without a word from the definitions' place nothing is listed in vain.
func TestUnreachableIsNotListed(t *testing.T) {
	d := newDisk([]storage.Entry{file("a", 1)})
	d.refused[definitionsKey] = storage.ErrTimeout
	if got := scanned(t, d, nil); got.Cost.Requests != 1 || got.Cost.Objects != 0 {
		t.Errorf("cost %+v, want the one request that failed", got.Cost)
	}
}

// A .stat file that can't be read is a problem of that file, not of the disk.
func TestStatFiles(t *testing.T) {
	const key = "db/a/dump-20260115.gz"
	for _, c := range []struct {
		name  string
		spoil func(*fakeDisk)
		fails bool
	}{
		{"not YAML", func(d *fakeDisk) { d.files[key+".stat"] = "born_at: [" }, false},
		{"vanished meanwhile", func(*fakeDisk) {}, false},
		{"may not be read: unknown is not good", func(d *fakeDisk) { d.refused[key+".stat"] = storage.ErrAccessDenied }, true},
		{"no answer", func(d *fakeDisk) { d.refused[key+".stat"] = storage.ErrTimeout }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDisk([]storage.Entry{withStat(file(key, 100))})
			c.spoil(d)
			got := scanned(t, d, nil)
			if (got.Failure != nil) != c.fails {
				t.Fatalf("failure %v, want one: %v", got.Failure, c.fails)
			}
			if !c.fails && (len(got.Statuses) != 1 || !got.Statuses[0].Files.Latest.Time.Equal(noon.Add(-10*time.Hour))) {
				t.Errorf("statuses %+v, want one with the file's own time", got.Statuses)
			}
		})
	}
}

func TestScanOverride(t *testing.T) {
	d := newDisk([]storage.Entry{file("other/x.gz", 1)})
	it := target(d)
	it.Override = []byte("directories: {other: {files: {'%A.gz': {alias: x}}}}")
	got := scanner().Scan(t.Context(), it, noon, nil, nil)
	if got.Failure != nil || !maps.Equal(states(got.Statuses), map[string]backup.State{"other": backup.OK}) || d.reads[definitionsKey] != 0 {
		t.Errorf("failure %v, states %v, definitions read %d times", got.Failure, states(got.Statuses), d.reads[definitionsKey])
	}
}

func TestScanPrefix(t *testing.T) {
	d := newDisk()
	it := target(d)
	it.Prefix = "db/a/"
	scanner().Scan(t.Context(), it, noon, nil, nil)
	if d.listing != (storage.Listing{Prefix: "db/a/"}) {
		t.Errorf("listed %+v", d.listing)
	}
}

func TestScanIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := newDisk([]storage.Entry{file("db/a/dump-20260115.gz", 1)}, []storage.Entry{file("db/b/dump-20260115.gz", 1)})
	got := scanner().Scan(ctx, target(d), noon, []backup.Status{known("db/b", backup.OK)}, func(int64) { cancel() })
	if !errors.Is(got.Failure, context.Canceled) || got.Listed || states(got.Statuses)["db/b"] != backup.Unknown {
		t.Errorf("failure %v, listed %v, states %v", got.Failure, got.Listed, states(got.Statuses))
	}
}
