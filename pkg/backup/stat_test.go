package backup

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// withStat is a file with a .stat file beside it that was not read yet.
func withStat(f File) File {
	f.StatRef = StatRef{Found: true, ETag: "v1", Size: 60, ModifiedAt: f.ModifiedAt}
	return f
}

func TestTimesOfAFile(t *testing.T) {
	born, done, stored := noon.Add(-3*time.Hour), noon.Add(-2*time.Hour), noon.Add(-time.Hour)
	f := file("a", noon, 1)
	equal(t, "without .stat", []time.Time{f.BornAt(), f.FinishedAt(), f.ArchivedAt()}, []time.Time{noon, noon, noon})
	equal(t, "duration without .stat", f.Duration(), time.Duration(0))
	f.Stat = Stat{BornAt: born, ModifiedAt: done, ArchivedAt: stored}
	equal(t, "with .stat", []time.Time{f.BornAt(), f.FinishedAt(), f.ArchivedAt()}, []time.Time{born, done, stored})
	equal(t, "duration", f.Duration(), time.Hour)
}

// Each sort has its own latest among three files, whose times are all different.
func TestSortByEachTime(t *testing.T) {
	made := func(name string, born, done, stored int) File {
		f := file(name, noon, 1)
		hours := func(n int) time.Time { return noon.Add(-time.Duration(n) * time.Hour) }
		f.Stat = Stat{BornAt: hours(born), ModifiedAt: hours(done), ArchivedAt: hours(stored)}
		return f
	}
	files := []File{made("a-20260105", 1, 9, 9), made("b-20260104", 9, 1, 9), made("c-20260103", 9, 9, 1), made("d-20260106", 8, 8, 8)}
	for sort, want := range map[Sort]string{SortBornAt: "db/a-20260105", SortModifiedAt: "db/b-20260104", SortArchivedAt: "db/c-20260103", SortInterpolation: "db/d-20260106"} {
		t.Run(sort.String(), func(t *testing.T) {
			s := only(t, evaluate(oneRule("%w-%Y%M%D", func(r *Rule) { r.Sort = sort }), noon, nil, files...))
			equal(t, "latest", s.Files.Latest.Key, want)
		})
	}
}

// Parts of the time that names don't give come from when the backup was finished.
func TestInterpolatedTime(t *testing.T) {
	tests := []struct {
		name, directory, pattern, zone, key string
		want                                string
	}{
		{"all from the name", "db", "%Y-%M-%D-%h%m%s", "UTC", "db/2026-01-13-020304", "2026-01-13T02:03:04Z"},
		{"in the rule's zone", "db", "%Y-%M-%D-%h%m%s", "Europe/Berlin", "db/2026-01-13-020304", "2026-01-13T01:03:04Z"},
		{"the time of day from the .stat file", "db", "%Y-%M-%D", "UTC", "db/2026-01-13", "2026-01-13T11:22:33Z"},
		{"parts from folders", "db/%Y/%M", "%D", "UTC", "db/2026/01/13", "2026-01-13T11:22:33Z"},
		{"nothing in the name", "db", "x", "UTC", "db/x", "2026-01-14T11:22:33Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDefinition(newDirectory(tt.directory, newRule(tt.pattern, func(r *Rule) { r.Location = zone(tt.zone) })))
			f := File{Key: tt.key, Size: 1, ModifiedAt: noon, Stat: Stat{ModifiedAt: instant("2026-01-14T11:22:33Z")}}
			same(t, "time", only(t, evaluate(d, noon, nil, f)).Files.Latest.Time, tt.want)
		})
	}
}

// Only files wait whose .stat file can change an order; only those are asked for
// at the end that are shown and did not wait.
func TestWhichStatFilesAreRead(t *testing.T) {
	full := "%Y%M%D%h%m%s"
	older, newest := withStat(file("20260113020304", noon, 1)), withStat(file("20260114020304", noon, 1))
	future, bare := withStat(file("20270114020304", noon, 1)), file("20260115020304", noon, 1)
	tests := []struct {
		name            string
		edit            func(*Rule)
		files           []File
		waiting, latest []string
	}{
		{"full time in the name", func(*Rule) {}, []File{older, newest}, nil, []string{newest.Key}},
		{"the latest has none", func(*Rule) {}, []File{older, bare}, nil, nil},
		{"only the future", func(*Rule) {}, []File{future}, nil, []string{future.Key}},
		{"sorted by a time of the .stat file", func(r *Rule) { r.Sort = SortBornAt }, []File{older, newest, bare}, []string{older.Key, newest.Key}, nil},
		{"sorted by the time of modification", byModified, []File{older}, []string{older.Key}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := NewPlan(oneRule(full, tt.edit)).Evaluation(noon)
			for _, f := range tt.files {
				e.Add(f)
			}
			var waiting, latest []string
			for _, w := range e.Waiting() {
				waiting = append(waiting, w.File.Key)
				e.Resolve(w)
			}
			for _, d := range e.Latest() {
				latest = append(latest, d.Key)
			}
			equal(t, "waiting", waiting, tt.waiting)
			equal(t, "latest", latest, tt.latest)
			if again := e.Waiting(); len(again) != 0 {
				t.Errorf("%d files wait again", len(again))
			}
			if count := only(t, e.Finish("env", "disk", nil)).Files.Count; count != len(tt.files) {
				t.Errorf("%d files counted of %d", count, len(tt.files))
			}
		})
	}
	e := NewPlan(oneRule("%Y%M%D")).Evaluation(noon)
	e.Add(withStat(file("20260113", noon, 1)))
	if n := len(e.Waiting()); n != 1 {
		t.Errorf("%d files wait whose names give no time of day, want 1", n)
	}
}

// What is filled into Latest before Finish is in the status, and in the flags.
func TestLatestIsCompleted(t *testing.T) {
	e := NewPlan(oneRule("%Y%M%D%h%m%s", func(r *Rule) { r.MaxDuration = time.Hour })).Evaluation(noon)
	e.Add(withStat(file("20260114020304", noon, 1)))
	for _, d := range e.Latest() {
		d.Stat = Stat{BornAt: noon.Add(-5 * time.Hour), ModifiedAt: noon}
	}
	s := only(t, e.Finish("env", "disk", nil))
	if s.Files.Latest.Duration() != 5*time.Hour || !slices.Equal(s.Flags, []Flag{Slow}) {
		t.Errorf("latest %+v, flags %v", s.Files.Latest, s.Flags)
	}
}

// Waiting files survive a merge, in series that the other side has or has not.
func TestMergeWithWaitingFiles(t *testing.T) {
	d := newDefinition(newDirectory("db/{{tenant}}", newRule("a%A", func(r *Rule) { r.Sort = SortBornAt }), newRule("ab%A", byModified)))
	var files []File
	for i := range 30 {
		f := file(fmt.Sprintf("t%d/%s%d", i%7, []string{"a", "ab"}[i%2], i), noon.Add(-time.Duration(i)*time.Hour), int64(i))
		if i%3 > 0 {
			f = withStat(f)
		}
		files = append(files, f)
	}
	finish := func(e *Evaluation) Outcome {
		waiting := e.Waiting()
		for i := len(waiting) - 1; i >= 0; i-- {
			age := time.Duration(len(waiting[i].File.Key)+int(waiting[i].File.Size)*31%17) * time.Hour
			waiting[i].File.Stat = Stat{BornAt: noon.Add(-age), ModifiedAt: noon.Add(-age)}
			e.Resolve(waiting[i])
		}
		return e.Finish("env", "disk", nil)
	}
	plan := NewPlan(d)
	whole := plan.Evaluation(noon)
	for _, f := range files {
		whole.Add(f)
	}
	want := finish(whole)
	for seed := range uint64(20) {
		rng := random(seed)
		parts := []*Evaluation{plan.Evaluation(noon), plan.Evaluation(noon), plan.Evaluation(noon)}
		for _, f := range shuffled(rng, files) {
			parts[rng.IntN(3)].Add(f)
		}
		parts[0].Merge(parts[1])
		parts[0].Merge(parts[2])
		if diff := cmp.Diff(want.Statuses, finish(parts[0]).Statuses); diff != "" {
			t.Fatalf("seed %d: merging changes the statuses (-whole +merged):\n%s", seed, diff)
		}
	}
}

// Directory markers and orphaned .stat files make groups exist, and no more.
func TestMarkersAndOrphans(t *testing.T) {
	plan := NewPlan(newDefinition(newDirectory("db/{{tenant}}", newRule("full-%A", cron("0 2 * * *", "UTC")))))
	e := plan.Evaluation(noon)
	e.Add(File{Key: "db/acme/"})
	e.Add(File{Key: "db/"})
	e.Add(File{Key: ""})
	e.AddOrphan("db/zeta/full-1.stat")
	o := e.Finish("env", "disk", []Status{})
	equal(t, "series", names(o), []string{"PENDING db/{{tenant}} | full-%A | db/acme", "PENDING db/{{tenant}} | full-%A | db/zeta"})
	if o.Totals.Files != 1 || o.Totals.OrphanedStats != 1 || o.Totals.Matched != 0 {
		t.Errorf("totals %+v", o.Totals)
	}
}

// Totals and their samples don't depend on order or split.
func TestTotals(t *testing.T) {
	d := newDefinition(newDirectory("db", newRule("a%A"), newRule("ab%A")))
	var files []File
	for i := range 100 {
		for _, kind := range []string{"a", "ab", "other"} {
			files = append(files, file(fmt.Sprintf("%s%02d", kind, i), noon, 2))
		}
	}
	plan := NewPlan(d)
	for seed := range uint64(5) {
		rng := random(seed)
		parts := []*Evaluation{plan.Evaluation(noon), plan.Evaluation(noon)}
		for _, f := range shuffled(rng, files) {
			parts[rng.IntN(2)].Add(f)
		}
		parts[1].AddOrphan("db/gone.stat")
		parts[0].Merge(parts[1])
		got := parts[0].Finish("env", "disk", nil).Totals
		if got.Files != 300 || got.Bytes != 600 || got.Matched != 200 || got.Unmatched != 100 || got.Ambiguous != 100 || got.OrphanedStats != 1 {
			t.Fatalf("seed %d: %+v", seed, got)
		}
		for i := range maxSamples {
			unmatched, ambiguous := got.UnmatchedSamples[i], got.AmbiguousSamples[i]
			if unmatched != fmt.Sprintf("db/other%02d", i) || ambiguous.Key != fmt.Sprintf("db/ab%02d", i) || len(ambiguous.Rules) != 2 {
				t.Fatalf("seed %d: sample %d is %s, %+v", seed, i, unmatched, ambiguous)
			}
		}
		if len(got.UnmatchedSamples) != maxSamples || len(got.AmbiguousSamples) != maxSamples {
			t.Fatalf("seed %d: %d and %d samples", seed, len(got.UnmatchedSamples), len(got.AmbiguousSamples))
		}
	}
}

// What an evaluation keeps of a key must not keep the page that it was cut from.
func TestKeptKeysAreCopies(t *testing.T) {
	text := strings.Clone("db/a-1 db/other-1 db/b-1 etag")
	keys := strings.Fields(text)
	etag := keys[3]
	keys = keys[:3]
	e := NewPlan(newDefinition(newDirectory("db", newRule("a-%A", byModified), newRule("b-%A", byModified)))).Evaluation(noon)
	for _, key := range keys {
		f := withStat(File{Key: key, Size: 1, ModifiedAt: noon, ETag: etag})
		f.StatRef.ETag = etag
		e.Add(f)
	}
	for _, w := range e.Waiting() {
		if sharesMemory(w.File.Key, text) {
			t.Errorf("the waiting file's key %q is part of the page", w.File.Key)
		}
		e.Resolve(w)
	}
	o := e.Finish("env", "disk", nil)
	for _, s := range o.Statuses {
		l := s.Files.Latest
		if sharesMemory(l.Key, text) || sharesMemory(l.ETag, text) || sharesMemory(l.StatRef.ETag, text) || sharesMemory(s.Series.Group, text) {
			t.Errorf("%v keeps the page", s.Series)
		}
	}
	if sharesMemory(o.Totals.UnmatchedSamples[0], text) {
		t.Error("a sample keeps the page")
	}
}

func TestPlan(t *testing.T) {
	d := newDefinition(newDirectory("broken", newRule("x")), newDirectory("db", newRule("a"), newRule("b")))
	d.Directories[0].Broken, d.Directories[1].Rules[0].Broken = true, true
	p := NewPlan(d)
	hits := p.Set().Matcher().Match("db/b").Hits
	if len(hits) != 1 || p.Definition() != d {
		t.Fatalf("%d rules match, want the sound one", len(hits))
	}
	if directory, rule := p.Rule(hits[0].Directory, hits[0].File); directory != d.Directories[1] || rule != d.Directories[1].Rules[1] {
		t.Errorf("the hit is of %q, %q", directory.Text, rule.Text)
	}
	if hits := p.Set().Matcher().Match("db/a").Hits; len(hits) != 0 {
		t.Error("a broken rule matches")
	}
	if directory, rule := p.Nearest(0, 0); directory != d.Directories[1] || rule != d.Directories[1].Rules[1] {
		t.Errorf("the nearest is %q, %v", directory.Text, rule)
	}
	if directory, rule := p.Nearest(0, -1); directory != d.Directories[1] || rule != nil {
		t.Errorf("without a rule the nearest is %q, %v", directory.Text, rule)
	}
}
