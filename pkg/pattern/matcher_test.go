package pattern

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// found collects what a matcher reports for a whole listing: each group, and
// each hit as "directory.file group key".
type found struct{ groups, hits []string }

func collect(set *Set, keys []string) (f found) {
	m := set.Matcher()
	for _, key := range keys {
		f.add(key, m.Match(key))
	}
	slices.Sort(f.groups)
	f.groups = slices.Compact(f.groups)
	slices.Sort(f.hits)
	return f
}

func (f *found) add(key string, r Result) {
	for _, g := range r.Groups {
		f.groups = append(f.groups, fmt.Sprintf("%d %s", g.Directory, g.Name))
	}
	for _, h := range r.Hits {
		f.hits = append(f.hits, fmt.Sprintf("%d.%d %s %s", h.Directory, h.File, h.Group.Name, key))
	}
}

func (f found) want(t *testing.T, groups, hits []string) {
	t.Helper()
	if !slices.Equal(f.groups, groups) {
		t.Errorf("groups\n%s\nwant\n%s", strings.Join(f.groups, "\n"), strings.Join(groups, "\n"))
	}
	if !slices.Equal(f.hits, hits) {
		t.Errorf("hits\n%s\nwant\n%s", strings.Join(f.hits, "\n"), strings.Join(hits, "\n"))
	}
}

// fused is mustRules with names that are fused.
func fused(t testing.TB, names []string, directory string, files ...string) Rules {
	t.Helper()
	r := mustRules(t, directory, files...)
	if err := r.Directory.Fuse(names); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRootDirectory(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, ".", "dump-%Y%M%D.sql")})
	collect(set, []string{
		"backup_definitions.yaml", "dump-20260112.sql", "dump-20260114.sql", "dump-20260114.sql.bak",
		"dump-20260199.sql", "other.txt", "sub/dump-20260115.sql", "/dump-20260115.sql", "",
	}).want(t, []string{"0 ."}, []string{"0.0 . dump-20260112.sql", "0.0 . dump-20260114.sql"})
}

func TestNestedVariables(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "backups/{{client}}/{{env}}",
		"${client:lower}-${env:lower}-%Y-%M-%D_%h-%m-%s.tar.gz", "inc-%Y%M%D.tar")})
	collect(set, []string{
		"backups/acme/prod/acme-prod-2026-01-14_01-30-05.tar.gz",
		"backups/acme/prod/acme-prod-2026-01-15_01-30-06.tar.gz",
		"backups/acme/prod/globex-prod-2026-01-15_02-00-00.tar.gz",
		"backups/acme/test/acme-test-2026-01-10_01-30-05.tar.gz",
		"backups/empty.client/prod/empty.client-prod-2026-01-15_00-00-00.tar.gz",
		"backups/globex/prod/globex-prod-2025-12-31_23-59-59.tar.gz",
		"backups/globex/prod/inc-20260115.tar",
		"backups/initech/none/readme.txt",
		"backups/loose.txt",
	}).want(t, []string{"0 backups/acme/prod", "0 backups/acme/test", "0 backups/globex/prod", "0 backups/initech/none"}, []string{
		"0.0 backups/acme/prod backups/acme/prod/acme-prod-2026-01-14_01-30-05.tar.gz",
		"0.0 backups/acme/prod backups/acme/prod/acme-prod-2026-01-15_01-30-06.tar.gz",
		"0.0 backups/acme/test backups/acme/test/acme-test-2026-01-10_01-30-05.tar.gz",
		"0.0 backups/globex/prod backups/globex/prod/globex-prod-2025-12-31_23-59-59.tar.gz",
		"0.1 backups/globex/prod backups/globex/prod/inc-20260115.tar",
	})
}

func TestFusedGroups(t *testing.T) {
	set := NewSet([]Rules{
		fused(t, []string{"shard"}, "a/{{client}}/{{shard}}", "d-%Y%M%D.gz"),
		fused(t, []string{"%Y", "%M"}, "b/{{client}}/%Y/%M", "%D-%h%m.gz"),
		mustRules(t, "c/{{client}}/%Y/%M", "%D-%h%m.gz"),
	})
	collect(set, []string{
		"a/x/s1/d-20260110.gz", "a/x/s2/d-20260113.gz", "a/x/s2/d-20260114.gz", "a/y/s1/d-20260101.gz",
		"b/x/2025/12/31-0300.gz", "b/x/2026/01/14-0301.gz", "c/x/2025/12/31-0300.gz", "c/x/2026/01/14-0301.gz",
	}).want(t, []string{"0 a/x/{{shard}}", "0 a/y/{{shard}}", "1 b/x/%Y/%M", "2 c/x/2025/12", "2 c/x/2026/01"}, []string{
		"0.0 a/x/{{shard}} a/x/s1/d-20260110.gz", "0.0 a/x/{{shard}} a/x/s2/d-20260113.gz",
		"0.0 a/x/{{shard}} a/x/s2/d-20260114.gz", "0.0 a/y/{{shard}} a/y/s1/d-20260101.gz",
		"1.0 b/x/%Y/%M b/x/2025/12/31-0300.gz", "1.0 b/x/%Y/%M b/x/2026/01/14-0301.gz",
		"2.0 c/x/2025/12 c/x/2025/12/31-0300.gz", "2.0 c/x/2026/01 c/x/2026/01/14-0301.gz",
	})
}

func TestOperations(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "in/{{Client}}", "low_${Client:lower}.gz", "up_${Client:upper}.gz", "same_${Client}.gz")})
	collect(set, []string{
		"in/AcmeCorp/low_acmecorp.gz", "in/AcmeCorp/up_ACMECORP.gz", "in/AcmeCorp/same_AcmeCorp.gz",
		"in/AcmeCorp/low_AcmeCorp.gz", "in/zeta/low_zeta.gz", "in/zeta/up_zeta.gz", "in/zeta/low_acmecorp.gz",
	}).want(t, []string{"0 in/AcmeCorp", "0 in/zeta"}, []string{
		"0.0 in/AcmeCorp in/AcmeCorp/low_acmecorp.gz", "0.0 in/zeta in/zeta/low_zeta.gz",
		"0.1 in/AcmeCorp in/AcmeCorp/up_ACMECORP.gz", "0.2 in/AcmeCorp in/AcmeCorp/same_AcmeCorp.gz",
	})
}

func TestLabelsAreKeptAsTheyAre(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "q/{{c}}", "f")})
	collect(set, []string{`q/a"b/f`, "q/amp&<x>/f", "q/sp ace/f", "q/ü ñ 日本/f", "q/\xff/f"}).want(t,
		[]string{`0 q/a"b`, "0 q/amp&<x>", "0 q/sp ace", "0 q/ü ñ 日本", "0 q/\xff"},
		[]string{`0.0 q/a"b q/a"b/f`, "0.0 q/amp&<x> q/amp&<x>/f", "0.0 q/sp ace q/sp ace/f", "0.0 q/ü ñ 日本 q/ü ñ 日本/f", "0.0 q/\xff q/\xff/f"})
}

func TestWhatMakesAGroup(t *testing.T) {
	tests := []struct {
		name, key, groups, hits string
		inGroup                 bool
	}{
		{"a file of the rule", "t/x/a.gz", "t/x", "t/x", true},
		{"another file", "t/x/z.gz.stat", "t/x", "", true},
		{"a directory marker", "t/x/", "t/x", "", true},
		{"a file further down", "t/x/sub/a.gz", "t/x", "", false},
		{"a marker further down", "t/x/sub/", "t/x", "", false},
		{"a file of the same name", "t/x", "", "", false},
		{"a parent's marker", "t/", "", "", false},
		{"another directory", "u/x/a.gz", "", "", false},
		{"a dot in the value", "t/x.y/a.gz", "", "", false},
		{"an empty component before", "/t/x/a.gz", "", "", false},
		{"an empty component between", "t//a.gz", "", "", false},
		{"an empty component behind", "t/x//a.gz", "t/x", "", false},
		{"nothing", "", "", "", false},
		{"slashes", "///", "", "", false},
	}
	set := NewSet([]Rules{mustRules(t, "t/{{c}}", "%A.gz")})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var groups, hits []string
			r := set.Matcher().Match(tt.key)
			for _, g := range r.Groups {
				groups = append(groups, g.Name)
			}
			for _, h := range r.Hits {
				hits = append(hits, h.Group.Name)
			}
			if strings.Join(groups, " ") != tt.groups || strings.Join(hits, " ") != tt.hits || r.InGroup != tt.inGroup {
				t.Errorf("groups %q, hits %q, in group %v", groups, hits, r.InGroup)
			}
		})
	}
}

func TestGroupsAreReportedOnceAndStayInPlace(t *testing.T) {
	m := NewSet([]Rules{mustRules(t, "t/{{c}}", "%A"), mustRules(t, "t/x/%Y", "%A"), mustRules(t, ".", "%A")}).Matcher()
	steps := []struct{ key, groups string }{
		{"a", "2 ."},
		{"b", ""},
		{"t/x/1", "0 t/x"},
		{"t/x/2", ""},
		{"t/x/2026/1", "1 t/x/2026"},
		{"t/x/2026/2", ""},
		{"t/x/2026/sub/2", ""},
		{"t/x/2027/2", "1 t/x/2027"},
		{"t/x/3", ""},
		{"t/y/3", "0 t/y"},
		{"t/x/3", "0 t/x"},
		{"z", ""},
	}
	seen := map[string]*Group{}
	for _, s := range steps {
		r := m.Match(s.key)
		var f found
		f.add(s.key, r)
		if got := strings.Join(f.groups, ","); got != s.groups {
			t.Errorf("%s: groups %q, want %q", s.key, got, s.groups)
		}
		for _, g := range r.Groups {
			seen[fmt.Sprint(g.Directory)] = g
		}
		for _, h := range r.Hits {
			if h.Group != seen[fmt.Sprint(h.Directory)] {
				t.Errorf("%s: the group of %d has moved", s.key, h.Directory)
			}
		}
	}
}

func TestTimesFromNames(t *testing.T) {
	missing := at("2026-01-14T02:03:04Z")
	tests := []struct{ name, directory, file, key, want string }{
		{"file only", ".", "%Y%M%D", "20251231", "2025-12-31T02:03:04Z"},
		{"directory and file", "b/%Y/%M", "%D-%h%m.gz", "b/2025/12/31-0300.gz", "2025-12-31T03:00:04Z"},
		{"short year", "y/%y/%M", "x-%D.gz", "y/26/01/x-14.gz", "2026-01-14T02:03:04Z"},
		{"short year of a file", ".", "yy-%y.s", "yy-24.s", "2024-01-14T02:03:04Z"},
		{"the file has precedence", "%Y/%M", "%Y-%D", "2020/05/2021-06", "2021-05-06T02:03:04Z"},
		{"of directories the first has", "%M/%M-%D", "x", "03/04-05/x", "2026-03-05T02:03:04Z"},
		{"within a directory name too", "%M-%M", "x", "03-04/x", "2026-03-14T02:03:04Z"},
		{"of a file name the last has", ".", "%M-%M", "03-04", "2026-04-14T02:03:04Z"},
		{"nothing", "{{a}}", "%A", "x/y", "2026-01-14T02:03:04Z"},
		{"everything", "%Y-%M-%D", "%h:%m:%s", "2001-02-03/04:05:06", "2001-02-03T04:05:06Z"},
		{"between other placeholders", ".", "%A-%Y%M%D-%x.%I", "db-20250607-ff.001", "2025-06-07T02:03:04Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := mustRules(t, tt.directory, tt.file)
			hits := NewSet([]Rules{r}).Matcher().Match(tt.key).Hits
			if len(hits) != 1 {
				t.Fatalf("hits %+v", hits)
			}
			if got := hits[0].Parts.Time(missing, time.UTC); !got.Equal(at(tt.want)) {
				t.Errorf("time %v, want %s", got, tt.want)
			}
			if got, want := hits[0].Parts.Parts(), r.Files[0].TimeParts(); got != want {
				t.Errorf("parts %v, the pattern says %v", got, want)
			}
			if got, want := hits[0].Group.Parts.Parts(), r.Directory.TimeParts(); got != want {
				t.Errorf("parts of the group %v, the pattern says %v", got, want)
			}
		})
	}
}

func TestReferencesInDirectories(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "{{a}}/x-${a:upper}/{{b}}", "${a}${b}")})
	collect(set, []string{"k/x-K/l/kl", "k/x-K/l/kk", "k/x-L/l/kl", "l/x-L/k/lk", "l/x-L/l/lk"}).want(t,
		[]string{"0 k/x-K/l", "0 l/x-L/k", "0 l/x-L/l"}, []string{"0.0 k/x-K/l k/x-K/l/kl", "0.0 l/x-L/k l/x-L/k/lk"})
}

func TestSeveralRulesHitOneKey(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "{{a}}", "%A.gz", "${a}.%v"), mustRules(t, "x", "x.gz"), mustRules(t, "y", "x.gz")})
	collect(set, []string{"x/x.gz"}).want(t, []string{"0 x", "1 x"}, []string{"0.0 x x/x.gz", "0.1 x x/x.gz", "1.0 x x/x.gz"})
}

func TestEmptySet(t *testing.T) {
	if r := NewSet(nil).Matcher().Match("a/b"); len(r.Groups)+len(r.Hits) != 0 || r.InGroup {
		t.Errorf("result %+v", r)
	}
}

// oracle is what the next test compares with: every directory rule anew for every key, with
// regular expressions.
type oracle struct {
	layers []string // expressions
	files  []string // expressions
}

func TestMatcherAgreesWithRegularExpressions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	hits := 0
	for range 400 {
		var rules []Rules
		var refs []oracle
		var samples []string
		for range 1 + r.IntN(3) {
			rule, ref, sample := randomRules(t, r)
			rules, refs, samples = append(rules, rule), append(refs, ref), append(samples, sample...)
		}
		m := NewSet(rules).Matcher()
		for range 40 {
			key := samples[r.IntN(len(samples))]
			if r.IntN(2) == 0 {
				key = mutated(r, key)
			}
			var got found
			got.add(key, Result{Hits: m.Match(key).Hits})
			if want := naive(t, refs, key); !slices.Equal(got.hits, want) {
				t.Fatalf("key %q: hits %q, want %q", key, got.hits, want)
			}
			hits += len(got.hits)
		}
	}
	if hits < 2000 {
		t.Fatalf("only %d hits: the comparison says little", hits)
	}
}

// randomRules returns a directory rule, its reference, and keys that it hits.
func randomRules(t testing.TB, r *rand.Rand) (Rules, oracle, []string) {
	var patterns, samples, keys []string
	var ref oracle
	for i := range r.IntN(4) {
		p, e, s := randomComponent(r, 3, i == 0)
		patterns, samples, ref.layers = append(patterns, p), append(samples, s), append(ref.layers, e)
	}
	rule := mustRules(t, strings.Join(patterns, "/"))
	for range 1 + r.IntN(2) {
		p, e, s := randomComponent(r, 4, false)
		rule.Files = append(rule.Files, mustFile(t, rule.Directory, p))
		ref.files = append(ref.files, e)
		keys = append(keys, strings.Join(append(slices.Clone(samples), s), "/"))
	}
	return rule, ref, keys
}

// naive returns the hits of a key as found.add writes them.
func naive(t testing.TB, refs []oracle, key string) (hits []string) {
	parts := strings.Split(key, "/")
	for d, ref := range refs {
		if len(parts) != len(ref.layers)+1 {
			continue
		}
		inside := true
		for i, layer := range ref.layers {
			inside = inside && whole(t, layer).MatchString(parts[i])
		}
		group := strings.Join(parts[:len(parts)-1], "/")
		if group == "" {
			group = "."
		}
		for f, file := range ref.files {
			if inside && whole(t, file).MatchString(parts[len(parts)-1]) {
				hits = append(hits, fmt.Sprintf("%d.%d %s %s", d, f, group, key))
			}
		}
	}
	return hits
}

func benchmarkSet(t testing.TB) *Set {
	return NewSet([]Rules{
		mustRules(t, "backups/{{client}}/{{env}}", "${client:lower}-${env}-%Y%M%D-%h%m%s.tar.gz", "inc-%x.%i.tar"),
		mustRules(t, "logs/%Y/%M", "%A.log"),
	})
}

// Order doesn't matter: whatever keys came before, a key has the same hits.
func TestHistoryDoesNotMatter(t *testing.T) {
	keys := []string{
		"backups/a/b/a-b-20260101-000000.tar.gz", "backups/b/a/a-b-20260101-000000.tar.gz", "backups/a/b/inc-ff.0.tar",
		"backups/a/b", "backups/a/b/", "backups/a/bc/inc-1.1.tar", "backups/a/b/c/inc-1.1.tar", "logs/2026/01/x.log",
		"logs/2026/02/x.log", "logs/2026/x.log", "", "/", "x", "/logs/2026/01/x.log", "logs//01/x.log", "logs/2026/01/x.log/",
	}
	set := benchmarkSet(t)
	r := rand.New(rand.NewPCG(5, 6))
	m := set.Matcher()
	for range 3000 {
		key := keys[r.IntN(len(keys))]
		var used, fresh found
		result := m.Match(key)
		used.add(key, Result{Hits: result.Hits})
		again := set.Matcher().Match(key)
		fresh.add(key, Result{Hits: again.Hits})
		if !slices.Equal(used.hits, fresh.hits) || result.InGroup != again.InGroup {
			t.Fatalf("%q: %q, a new matcher finds %q", key, used.hits, fresh.hits)
		}
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	keys := map[string]string{
		"hit":            "backups/acme/prod/acme-prod-20260114-013005.tar.gz",
		"ambiguous hit":  "backups/acme/prod/inc-0af9.42.tar",
		"miss":           "backups/acme/prod/readme.txt",
		"miss at end":    "backups/acme/prod/acme-prod-20260114-013065.tar.gz",
		"ambiguous miss": "backups/acme/prod/inc-0af9.042.tar",
	}
	m := benchmarkSet(t).Matcher()
	for name, key := range keys {
		m.Match(key)
		if n := testing.AllocsPerRun(100, func() { m.Match(key) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for name, key := range map[string]string{
		"hit":       "backups/acme/prod/acme-prod-20260114-013005.tar.gz",
		"ambiguous": "backups/acme/prod/inc-0af9.42.tar",
		"miss":      "backups/acme/prod/readme.txt",
	} {
		b.Run(name, func(b *testing.B) {
			m := benchmarkSet(b).Matcher()
			b.ReportAllocs()
			for b.Loop() {
				m.Match(key)
			}
		})
	}
}

func BenchmarkNewDirectory(b *testing.B) {
	m := benchmarkSet(b).Matcher()
	keys := []string{"backups/acme/prod/inc-0af9.42.tar", "backups/acme/test/inc-0af9.42.tar"}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Match(keys[i%2])
	}
}
