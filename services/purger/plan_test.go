package purger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

func TestSame(t *testing.T) {
	file := backup.ExpiredFile{Key: "a", Size: 1, ETag: "e", ModifiedAt: noon}
	for name, change := range map[string]func(*backup.ExpiredFile){
		"key":  func(f *backup.ExpiredFile) { f.Key = "b" },
		"size": func(f *backup.ExpiredFile) { f.Size++ },
		"mark": func(f *backup.ExpiredFile) { f.ETag = "" },
		"time": func(f *backup.ExpiredFile) { f.ModifiedAt = f.ModifiedAt.Add(1) },
		"none": func(f *backup.ExpiredFile) { *f = backup.ExpiredFile{} },
	} {
		other := file
		change(&other)
		if same(file, other) || same(other, file) {
			t.Errorf("another %s is the same", name)
		}
	}
	zoned := file
	zoned.ModifiedAt, zoned.Reason = noon.In(time.FixedZone("x", 3600)), "why"
	if !same(file, zoned) {
		t.Error("the same instant in another zone is not the same")
	}
}

// TestFloor hands the last line of defence plans that no rule should make.
func TestFloor(t *testing.T) {
	latest := &backup.LatestFile{File: backup.File{Key: "new"}, Time: noon, Good: true}
	old := func(n int) (files []backup.ExpiredFile) {
		for i := range n {
			files = append(files, backup.ExpiredFile{Key: fmt.Sprint("old", i), Time: noon.Add(-time.Hour)})
		}
		return files
	}
	for name, test := range map[string]struct {
		count, future, retention int
		latest                   *backup.LatestFile
		files                    []backup.ExpiredFile
		refused                  bool
	}{
		"nothing planned":               {latest: nil},
		"enough left":                   {count: 10, retention: 3, latest: latest, files: old(7)},
		"too few left":                  {count: 10, retention: 3, latest: latest, files: old(8), refused: true},
		"future ones don't count":       {count: 10, future: 1, retention: 3, latest: latest, files: old(7), refused: true},
		"one is left without a count":   {count: 10, latest: latest, files: old(9)},
		"none is left without a count":  {count: 10, latest: latest, files: old(10), refused: true},
		"no newest file":                {count: 10, files: old(1), refused: true},
		"the newest file is no good":    {count: 10, latest: &backup.LatestFile{File: latest.File, Time: noon}, files: old(1), refused: true},
		"the newest file is planned":    {count: 10, latest: latest, files: []backup.ExpiredFile{{Key: "new", Time: noon}}, refused: true},
		"a newer one than the newest":   {count: 10, latest: latest, files: []backup.ExpiredFile{{Key: "x", Time: noon.Add(1)}}, refused: true},
		"another of the newest's time":  {count: 10, latest: latest, files: []backup.ExpiredFile{{Key: "x", Time: noon}}},
		"the last of many is the wrong": {count: 10, latest: latest, files: append(old(5), backup.ExpiredFile{Key: "new"}), refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			seen := backup.Status{
				Policy: backup.Policy{RetentionCount: test.retention},
				Files:  backup.FileFacts{Count: test.count, Future: test.future, Latest: test.latest},
			}
			if got := floor(seen, test.files); (got != nil) != test.refused || got != nil && got.Reason != ReasonFloor {
				t.Errorf("got %v, want refused: %v", got, test.refused)
			}
		})
	}
}

// TestChangesOfThePlan changes the disk between the status and the run so that
// fewer files may go than the status says.
func TestChangesOfThePlan(t *testing.T) {
	define := func(from, to string) func(*stage) {
		return func(s *stage) { s.define(strings.Replace(nightly, from, to, 1)) }
	}
	for name, test := range map[string]struct {
		change func(*stage)
		gone   []string
		said   string
	}{
		"nothing":           {func(*stage) {}, []string{"10", "11", "12"}, ""},
		"count raised":      {define("last: 3", "last: 5"), []string{"10"}, ""},
		"count lowered":     {define("last: 3", "last: 1"), []string{"10", "11", "12"}, ""},
		"age added":         {define("last: 3", "last: 3, retention-age: 4d"), []string{"10", "11"}, ""},
		"newest gone":       {func(s *stage) { s.disk.remove("db/a/d-20260115.gz") }, []string{"10", "11"}, ""},
		"newest two gone":   {func(s *stage) { s.disk.remove("db/a/d-20260115.gz"); s.disk.remove("db/a/d-20260114.gz") }, []string{"10"}, ""},
		"oldest replaced":   {func(s *stage) { s.disk.put("db/a/d-20260110.gz", 100, noon, "") }, []string{"11", "12"}, ""},
		"oldest grew":       {func(s *stage) { s.disk.put("db/a/d-20260110.gz", 101, noon.AddDate(0, 0, -5), "") }, []string{"11", "12"}, ""},
		"an older one came": {func(s *stage) { s.disk.put("db/a/d-20250110.gz", 100, noon, "") }, []string{"10", "11", "12"}, ""},
		"a second rule":     {define("files:", "files:\n      d-%I.gz: {alias: other}"), nil, "AMBIGUOUS"},
		"a second rule for one": {
			define("directories:", "directories:\n  db/a:\n    files:\n      d-20260111.gz: {alias: other}"), []string{"10", "12"}, "AMBIGUOUS",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, nightly)
			s.nights("db/a", 6)
			job := s.evaluate()
			test.change(s)
			if err := s.service.handle(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, day := range test.gone {
				want = append(want, "db/a/d-202601"+day+".gz")
			}
			s.wantGone(t, want...)
			if test.said != "" {
				s.wantRefused(t, test.said)
			}
		})
	}
}

func TestShareOfARunAndTheBacklog(t *testing.T) {
	s := newStage(t, nightly)
	s.nights("db/a", 150)
	for run, want := range []int{15, 28, 40} {
		s.purge(t)
		if got := len(s.disk.gone); got != want {
			t.Errorf("after run %d: %d files are gone, want %d", run+1, got, want)
		}
	}
	s.wantRefused(t, ReasonShare)
	for i := 1; i < len(s.disk.gone); i++ {
		if s.disk.gone[i].modified.Before(s.disk.gone[i-1].modified) {
			t.Fatalf("%q went after the younger %q", s.disk.gone[i].key, s.disk.gone[i-1].key)
		}
	}
	for s.bus.requests > 0 { // as the evaluator answers them
		s.bus.requests = 0
		s.purge(t)
	}
	if got := len(s.disk.gone); got != 147 {
		t.Errorf("%d files went in the end, want 147", got)
	}
	s.wantRefused(t, ReasonShare, "")
}

func TestWholeShare(t *testing.T) {
	s := newStage(t, nightly)
	s.config.MaxShare = 1
	s.restart(t)
	s.nights("db/a", 150)
	s.purge(t)
	if got := len(s.disk.gone); got != 147 {
		t.Errorf("%d files went, want 147", got)
	}
}

// TestStrangeKeysStay and take no other's place, however many there are.
func TestStrangeKeysStay(t *testing.T) {
	s := newStage(t, strings.ReplaceAll(nightly, "db/{{tenant}}", "db//x"))
	for i := range backup.LeastPurgeShare + 5 {
		s.disk.put(fmt.Sprintf("db//x/d-202501%02d.gz", i+1), 100, noon.AddDate(-1, 0, i), "")
	}
	before := s.disk.keys()
	s.purge(t)
	s.wantGone(t)
	if got := s.disk.keys(); len(got) != len(before) || s.disk.deletes != 0 {
		t.Errorf("left %q", got)
	}

	r := run{service: s.service}
	for _, key := range []string{"/k", "a//b", "a/../b", "a/./b", "../k", "", "a/", ".backmonignore", "k.stat"} {
		if left := r.stays(backup.SeriesID{}, backup.ExpiredFile{Key: key}); left == nil || left.Reason != ReasonStrange {
			t.Errorf("%q: %v", key, left)
		}
	}
	r.target.Definitions = definitionsKey
	if left := r.stays(backup.SeriesID{}, backup.ExpiredFile{Key: definitionsKey}); left == nil {
		t.Error("the definitions may be deleted")
	}
	if left := r.stays(backup.SeriesID{}, backup.ExpiredFile{Key: "k"}); left != nil {
		t.Errorf("a root key stays: %v", left)
	}
}

// TestStrangeFirst plans past files that can't go.
func TestStrangeFirst(t *testing.T) {
	s := newStage(t, nightly)
	known := backup.Status{Files: backup.FileFacts{Count: 50, Latest: &backup.LatestFile{File: backup.File{Key: "new"}, Time: noon, Good: true}}}
	for i := range 2 * backup.LeastPurgeShare {
		known.Expired.Files = append(known.Expired.Files, backup.ExpiredFile{Key: fmt.Sprint("/x", i)})
	}
	known.Expired.Files = append(known.Expired.Files, backup.ExpiredFile{Key: "a"})
	p := (&run{service: s.service}).choose(known, known)
	if len(p.files) != 1 || p.files[0].Key != "a" || p.refusal != nil || p.left == nil || p.left.Reason != ReasonStrange {
		t.Errorf("files %v, refusal %v, left %v", p.files, p.refusal, p.left)
	}
}

func TestRootKeysGo(t *testing.T) {
	s := newStage(t, strings.ReplaceAll(nightly, "db/{{tenant}}", "."))
	for i := range 5 {
		s.disk.put(fmt.Sprintf("d-2026011%d.gz", i), 100, noon.AddDate(0, 0, i-5), "")
	}
	s.purge(t)
	s.wantGone(t, "d-20260110.gz", "d-20260111.gz")
}
