package pattern

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// expectation is a file that a rule is expected to find, and the time that its
// name and modification time give.
type expectation struct{ key, modified, want string }

// Every substitution as upstream has it, where upstream is right; where it isn't
// (short years, the class of days, a single percent sign) as it is documented.
func TestEverySubstitutionOnADisk(t *testing.T) {
	tests := []struct {
		pattern string
		hits    []expectation
		misses  []string
	}{
		{"y-%Y.s", []expectation{{"y-2026.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"y-26.s", "y-20261.s"}},
		{"yy-%y.s", []expectation{{"yy-26.s", "2025-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"yy-2026.s"}},
		{"mo-%M.s", []expectation{{"mo-01.s", "2026-03-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"mo-13.s", "mo-1.s"}},
		{"d-%D.s", []expectation{{"d-31.s", "2026-01-01T00:11:12Z", "2026-01-31T00:11:12Z"}}, []string{"d-32.s", "d-00.s", "d-,5.s"}},
		{"h-%h.s", []expectation{{"h-23.s", "2026-01-01T00:11:12Z", "2026-01-01T23:11:12Z"}}, []string{"h-24.s"}},
		{"mi-%m.s", []expectation{{"mi-59.s", "2026-01-01T00:11:12Z", "2026-01-01T00:59:12Z"}}, []string{"mi-60.s"}},
		{"se-%s.s", []expectation{{"se-00.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:00Z"}}, []string{"se-60.s"}},
		{"i-%i.s", []expectation{
			{"i-0.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"},
			{"i-42.s", "2026-01-02T01:11:12Z", "2026-01-02T01:11:12Z"},
		}, []string{"i-007.s"}},
		{"bi-%I.s", []expectation{{"bi-007.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"bi-x.s"}},
		{"x-%x.s", []expectation{{"x-0af9.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"x-0AF9.s"}},
		{"bx-%X.s", []expectation{{"bx-0AF9.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"bx-0af9.s"}},
		{"w-%w.s", []expectation{{"w-a_B9.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"w-a-b.s"}},
		{"v-%v.s", []expectation{{"v-a-b c.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"v-a.b.s"}},
		{"a-%A.s", []expectation{{"a-any.thing-at all.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"a-.s"}},
		{"p-100%%.s", []expectation{{"p-100%.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"p-100%%.s"}},
		{"q-%%q.s", []expectation{{"q-%q.s", "2026-01-03T02:11:12Z", "2026-01-03T02:11:12Z"}}, []string{"q-.s", "q-q.s"}},
		{"t-%%", []expectation{{"t-%", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"t-"}},
		{"r-[a](b)+.s", []expectation{{"r-[a](b)+.s", "2026-01-01T00:11:12Z", "2026-01-01T00:11:12Z"}}, []string{"r-ab.s"}},
	}
	var files, listing []string
	for _, tt := range tests {
		files = append(files, tt.pattern)
		for _, e := range tt.hits {
			listing = append(listing, e.key)
		}
		listing = append(listing, tt.misses...)
	}
	set := NewSet([]Rules{mustRules(t, "p", files...)})
	for f, tt := range tests {
		t.Run(tt.pattern, func(t *testing.T) { wantFiles(t, set, f, listing, tt.hits) })
	}
}

// wantFiles checks that of the whole listing the file rule f has these hits only.
func wantFiles(t *testing.T, set *Set, f int, listing []string, want []expectation) {
	m := set.Matcher()
	for _, key := range listing {
		i := slices.IndexFunc(want, func(e expectation) bool { return e.key == key })
		hits := slices.DeleteFunc(slices.Clone(m.Match("p/"+key).Hits), func(h Hit) bool { return h.File != f })
		switch {
		case i < 0 && len(hits) == 0:
		case i < 0 || len(hits) != 1:
			t.Errorf("%s: hits %+v", key, hits)
		default:
			if got := hits[0].Parts.Time(at(want[i].modified), time.UTC); !got.Equal(at(want[i].want)) {
				t.Errorf("%s: time %v, want %s", key, got, want[i].want)
			}
		}
	}
}

func TestSideFilesMakeGroups(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "s", "%A.gz"), mustRules(t, "t/{{c}}", "%A.gz")})
	collect(set, []string{
		"s/full.gz", "s/full.gz.stat", "t/badvalue/a.gz", "t/badvalue/a.gz.stat",
		"t/nostat/a.gz", "t/orphan/z.gz.stat",
	}).want(t, []string{"0 s", "1 t/badvalue", "1 t/nostat", "1 t/orphan"},
		[]string{"0.0 s s/full.gz", "1.0 t/badvalue t/badvalue/a.gz", "1.0 t/nostat t/nostat/a.gz"})
}

func TestWrittenPathsAndTheirGroups(t *testing.T) {
	set := NewSet([]Rules{
		mustRules(t, "d1", "a-%A.gz", "b-%A.gz"), mustRules(t, "./d2/", "c-%Y%M%D.gz"), mustRules(t, "/d3", "c-%Y%M%D.gz"),
	})
	collect(set, []string{"d1/a-one.gz", "d1/a-two.gz", "d1/b-one.gz", "d2/c-20260115.gz", "d3/c-20260115.gz", "d4/c-20260115.gz"}).want(t,
		[]string{"0 d1", "1 d2", "2 d3"},
		[]string{"0.0 d1 d1/a-one.gz", "0.0 d1 d1/a-two.gz", "0.1 d1 d1/b-one.gz", "1.0 d2 d2/c-20260115.gz", "2.0 d3 d3/c-20260115.gz"})
}

func TestTimesOfFusedGroups(t *testing.T) {
	set := NewSet([]Rules{fused(t, []string{"%Y", "%M"}, "b/{{client}}/%Y/%M", "%D-%h%m.gz")})
	m := set.Matcher()
	for _, e := range []expectation{
		{"b/x/2025/12/31-0300.gz", "2026-01-02T00:00:07Z", "2025-12-31T03:00:07Z"},
		{"b/x/2026/01/14-0301.gz", "2026-01-14T03:05:08Z", "2026-01-14T03:01:08Z"},
	} {
		hits := m.Match(e.key).Hits
		if len(hits) != 1 {
			t.Fatalf("%s: hits %+v", e.key, hits)
		}
		if got := hits[0].Parts.Time(at(e.modified), time.UTC); !got.Equal(at(e.want)) {
			t.Errorf("%s: time %v, want %s", e.key, got, e.want)
		}
	}
}

// A sorted listing of a year of backups, with every file found once, whatever
// lies between.
func TestAYearOfBackups(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "db/{{client}}/%Y/%M", "${client}-%D.gz")})
	var keys []string
	day := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for ; day.Year() == 2025; day = day.AddDate(0, 0, 1) {
		for _, client := range []string{"acme", "globex"} {
			path := "db/" + client + day.Format("/2006/01/")
			keys = append(keys, path+client+day.Format("-02.gz"), path+client+day.Format("-02.gz.stat"), path+"tmp/"+client+day.Format("-02.gz"))
		}
	}
	slices.Sort(keys)
	m := set.Matcher()
	groups, hits := 0, 0
	for _, key := range keys {
		r := m.Match(key)
		groups += len(r.Groups)
		hits += len(r.Hits)
		if wanted := strings.HasSuffix(key, ".gz") && !strings.Contains(key, "/tmp/"); wanted != (len(r.Hits) == 1) {
			t.Fatalf("%s: hits %+v", key, r.Hits)
		}
		if _, dead := set.DeadPrefix(key); dead == (len(r.Hits) == 1) {
			t.Fatalf("%s: dead %v", key, dead)
		}
	}
	if groups != 24 || hits != 730 {
		t.Errorf("%d groups and %d hits", groups, hits)
	}
}
