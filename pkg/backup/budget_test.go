package backup

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// flood is a disk of series with many files that may go: good ones, and empty
// ones that are older than all good ones.
func flood(series, perSeries, empty int) (*Definition, []File) {
	keepOne := func(r *Rule) { r.Retention = Retention{Purge: true, Count: 1} }
	definition := newDefinition(newDirectory("db/{{tenant}}", newRule("%A", byModified, keepOne)))
	var files []File
	for s := range series {
		for i := range perSeries + empty {
			size := int64(100)
			if i < empty {
				size = 0
			}
			name := fmt.Sprintf("t%04d/f%06d", s, i)
			files = append(files, file(name, noon.Add(time.Duration(i-perSeries-empty)*time.Minute), size))
		}
	}
	return definition, files
}

// bounded evaluates with a small budget, in as many merged parts as wanted, and
// fails when more candidates are ever held than the budget allows.
func bounded(t *testing.T, d *Definition, total, parts int, files []File) Outcome {
	t.Helper()
	plan := NewPlan(d)
	evaluations := make([]*Evaluation, parts)
	for i := range evaluations {
		evaluations[i] = plan.Evaluation(noon)
		evaluations[i].budget.bound(total)
	}
	for i, f := range files { // most of them go to the last part
		e := evaluations[max(0, parts-1-i%17)]
		e.Add(f)
		if e.budget.held > e.budget.next {
			t.Fatalf("%d candidates are held, settled at %d", e.budget.held, e.budget.next)
		}
	}
	for _, o := range evaluations[1:] {
		evaluations[0].Merge(o)
	}
	held := 0
	for tally := range evaluations[0].all() {
		held += tally.held()
	}
	if most := 2 * max(total, 2*len(evaluations[0].groups[0])); held > most {
		t.Errorf("%d candidates are held at the end, at most %d expected", held, most)
	}
	return evaluations[0].Finish("env", "disk", nil)
}

func TestBudget(t *testing.T) {
	tests := []struct {
		name                      string
		series, perSeries, empty  int
		total                     int
		listed, expired, lastSize int // of the first series
	}{
		{"all fit", 10, 20, 5, 1000, 24, 24, 100},
		{"one series alone is cut at what a status carries", 1, 3000, 0, 1500, 1000, 2999, 100},
		{"one series below its own limit is cut at half", 1, 3000, 0, 999, 500, 2999, 100},
		{"many series share what there is", 40, 60, 0, 400, 7, 59, 100},
		{"empty files are cut apart from good ones", 40, 30, 30, 400, 6, 59, 100},
		{"more series than candidates: each keeps its oldest", 300, 5, 0, 10, 1, 4, 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			definition, files := flood(tt.series, tt.perSeries, tt.empty)
			want := bounded(t, definition, tt.total, 1, files)
			first := want.Statuses[0].Expired
			if len(first.Files) != tt.listed || first.Count != tt.expired {
				t.Errorf("%d files listed of %d expired, want %d of %d", len(first.Files), first.Count, tt.listed, tt.expired)
			}
			if last := first.Files[len(first.Files)-1]; last.Size != int64(tt.lastSize) {
				t.Errorf("the last file listed has %d bytes, want %d", last.Size, tt.lastSize)
			}
			if !slices.IsSortedFunc(first.Files, func(a, b ExpiredFile) int { return a.Time.Compare(b.Time) }) {
				t.Error("the files are not listed oldest first")
			}
			for seed := range uint64(6) {
				mixed := shuffled(random(seed), files)
				if diff := cmp.Diff(want, bounded(t, definition, tt.total, 1+int(seed%3), mixed)); diff != "" {
					t.Fatalf("seed %d: the outcome depends on the order (-in order +mixed):\n%s", seed, diff)
				}
			}
		})
	}
}

// The sizes of the brief: memory stays bounded at full size, and totals are exact.
func TestBudgetAtFullSize(t *testing.T) {
	for _, series := range []int{1, 1000} {
		t.Run(fmt.Sprintf("200,000 files in %d series", series), func(t *testing.T) {
			definition, files := flood(series, 200_000/series, 0)
			outcome := bounded(t, definition, maxCandidates, 2, shuffled(random(uint64(series)), files))
			for _, s := range outcome.Statuses {
				if s.Expired.Count != 200_000/series-1 || s.Expired.Bytes != int64(s.Expired.Count)*100 {
					t.Fatalf("%v: %d files of %d bytes expired", s.Series, s.Expired.Count, s.Expired.Bytes)
				}
				if oldest := s.Expired.Files[0]; !oldest.Time.Equal(noon.Add(-time.Duration(200_000/series) * time.Minute)) {
					t.Fatalf("%v: the first file listed is of %s, not the oldest", s.Series, oldest.Time)
				}
			}
		})
	}
}

// Of bad files that are no longer held only those are counted that surely go.
func TestBudgetCountsBadFilesCarefully(t *testing.T) {
	keepTwo := func(r *Rule) { r.Retention = Retention{Purge: true, Count: 2} }
	definition := oneRule("%A", byModified, keepTwo)
	files := []File{file("new", noon, 5), file("old", noon.Add(-50*time.Minute), 5)}
	for i := range 100 {
		files = append(files, file(fmt.Sprintf("empty%02d", i), noon.Add(-time.Duration(i)*time.Minute-time.Second), 0))
	}
	if s := only(t, bounded(t, definition, 1000, 1, files)); s.Expired.Count != 50 {
		t.Errorf("%d empty files are older than what is kept, want 50", s.Expired.Count)
	}
	if s := only(t, bounded(t, definition, 20, 1, files)); s.Expired.Count != 15 || len(s.Expired.Files) != 15 {
		t.Errorf("%d of the 15 oldest empty files that are held expire", s.Expired.Count)
	}
}

func TestExpiredListIsBoundedInBytes(t *testing.T) {
	keepOne := func(r *Rule) { r.Retention = Retention{Purge: true, Count: 1} }
	var files []File
	for i := range 900 {
		files = append(files, file(fmt.Sprintf("%0900d", i), noon.Add(time.Duration(i-900)*time.Hour), 1))
	}
	s := only(t, evaluate(oneRule("%A", byModified, keepOne), noon, nil, files...))
	size := 0
	for _, f := range s.Expired.Files {
		size += len(f.Key) + len(f.Reason)
	}
	if s.Expired.Count != 899 || len(s.Expired.Files) != 493 || size > maxExpiredBytes {
		t.Errorf("%d files of %d bytes are listed of %d", len(s.Expired.Files), size, s.Expired.Count)
	}
}

// A part that had to drop candidates binds the whole, even when what is left of it
// would fit.
func TestBudgetOfAPartBindsTheWhole(t *testing.T) {
	definition, files := flood(40, 60, 0)
	plan := NewPlan(definition)
	small, large := plan.Evaluation(noon), plan.Evaluation(noon)
	small.budget.bound(400)
	large.budget.bound(400)
	for i, f := range files {
		if i < 40 { // of the first series
			small.Add(f)
		} else {
			large.Add(f)
		}
	}
	large.budget.settle(large.all())
	small.Merge(large)
	equal(t, "statuses", small.Finish("env", "disk", nil).Statuses, bounded(t, definition, 400, 1, files).Statuses)
}
