package scan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/storage"
)

func explained(t *testing.T, d storage.Disk, key string) scan.Explanation {
	t.Helper()
	x, err := scanner().Explain(t.Context(), target(d), key, noon, func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func nights(days ...string) []storage.Entry {
	var page []storage.Entry
	for _, day := range days {
		e := file("db/a/dump-"+day+".gz", 100)
		e.ModifiedAt = noon.AddDate(0, 0, -14)
		page = append(page, e)
	}
	return page
}

func TestExplain(t *testing.T) {
	d := newDisk(nights("20260110", "20260111", "20260112", "20260114"), nights("20260115"))
	for _, c := range []struct {
		name, key     string
		exists        bool
		rank, files   int
		expired       bool
		reason, group string
	}{
		{"newest", "db/a/dump-20260115.gz", true, 1, 5, false, "newest", "db/a"},
		{"kept by count", "db/a/dump-20260114.gz", true, 2, 5, false, "", "db/a"},
		{"expired", "db/a/dump-20260110.gz", true, 5, 5, true, "", "db/a"},
		{"not there", "db/a/dump-20260101.gz", false, 0, 5, false, "", "db/a"},
		{"of a group that is not there", "db/zzz/dump-20260101.gz", false, 0, 0, false, "", "db/zzz"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := explained(t, d, c.key)
			if len(x.Matches) != 1 || x.Nearest != nil || x.Exists != c.exists {
				t.Fatalf("explanation %+v", x)
			}
			m := x.Matches[0]
			if m.Rule.Alias != "full" || m.Group != c.group || m.Files != c.files {
				t.Errorf("match %+v", m)
			}
			if !c.exists {
				if m.Decision != nil {
					t.Errorf("a decision on a file that is not there: %+v", m.Decision)
				}
				return
			}
			if m.Decision.Rank != c.rank || m.Decision.Expired != c.expired || !strings.Contains(strings.Join(m.Decision.Reasons, ";"), c.reason) || len(m.Decision.Reasons) == 0 {
				t.Errorf("decision %+v", m.Decision)
			}
		})
	}
}

func TestExplainNearest(t *testing.T) {
	d := newDisk(nights("20260115"))
	x := explained(t, d, "db/a/dump-2026011x.gz")
	if x.Nearest == nil || x.Nearest.Rule == nil || x.Nearest.Offset != len("db/a/dump-2026011") || x.Nearest.Expected == "" {
		t.Errorf("nearest %+v, want where the day ends", x.Nearest)
	}
	x = explained(t, d, "other/file")
	if x.Nearest == nil || x.Nearest.Rule != nil || x.Nearest.Offset != 0 {
		t.Errorf("nearest %+v, want the directory, at its begin", x.Nearest)
	}
}

// Two rules that match one file are both told, and the file is never expired.
func TestExplainAmbiguous(t *testing.T) {
	d := newDisk(nights("20260101", "20260114", "20260115"))
	d.files[definitionsKey] += "      '%A.gz':\n        alias: any\n        purge: true\n        retention-count: 1\n"
	x := explained(t, d, "db/a/dump-20260101.gz")
	if len(x.Matches) != 2 {
		t.Fatalf("%d matches, want 2", len(x.Matches))
	}
	for _, m := range x.Matches {
		if m.Decision.Expired {
			t.Errorf("%s: expired, though two rules match it", m.Rule.Alias)
		}
	}
}

func TestExplainFailures(t *testing.T) {
	cut := newDisk(nights("20260115"))
	cut.broken = storage.ErrIncomplete
	none := newDisk()
	delete(none.files, definitionsKey)
	for name, c := range map[string]struct {
		disk *fakeDisk
		want error
	}{"listing is cut": {cut, storage.ErrIncomplete}, "no definitions": {none, storage.ErrNotFound}} {
		if _, err := scanner().Explain(t.Context(), target(c.disk), "db/a/dump-20260115.gz", noon, func(int64) {}); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
}
