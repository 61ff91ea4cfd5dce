package pattern

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Every time is what a straightforward reading of the parts gives.
func TestTimestampsAgreeWithANaiveReading(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	zones := []*time.Location{time.UTC, time.FixedZone("east", 5*3600+1800), time.FixedZone("west", -9*3600)}
	for range 5000 {
		zone := zones[r.IntN(len(zones))]
		missing := time.Unix(r.Int64N(4e9), r.Int64N(1e9))
		parts := Parts(r.IntN(int(AllParts) + 1))
		values := []int{1 + r.IntN(9999), 1 + r.IntN(12), 1 + r.IntN(31), r.IntN(24), r.IntN(60), r.IntN(60)}
		var stamp Timestamp
		for i, v := range values {
			if parts.Has(1 << i) {
				stamp = stamp.With(1<<i, v)
			}
		}
		if got, want := stamp.Time(missing, zone), naiveTime(parts, values, missing.In(zone)); !got.Equal(want) {
			t.Fatalf("%v %v with %v: %v, want %v", parts, values, missing.In(zone), got, want)
		}
		if stamp.Parts() != parts {
			t.Fatalf("parts %v, want %v", stamp.Parts(), parts)
		}
	}
}

// naiveTime finds the month's last day by counting down.
func naiveTime(parts Parts, values []int, missing time.Time) time.Time {
	pick := func(i, other int) int {
		if parts.Has(1 << i) {
			return values[i]
		}
		return other
	}
	year, month, day := pick(0, missing.Year()), time.Month(pick(1, int(missing.Month()))), pick(2, missing.Day())
	build := func() time.Time {
		return time.Date(year, month, day, pick(3, missing.Hour()), pick(4, missing.Minute()), pick(5, missing.Second()), 0, missing.Location())
	}
	for !parts.Has(Day) && build().Month() != month {
		day--
	}
	return build()
}

// Random directories are parsed, written and parsed again.
func TestRandomPatternsSurviveWriting(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 2000 {
		var layers []string
		for i := range 1 + r.IntN(4) {
			p, _, _ := randomComponent(r, 5, i == 0)
			layers = append(layers, p)
		}
		text := strings.Join(layers, "/")
		d := mustDirectory(t, "./"+text+"/")
		if d.String() != text {
			t.Fatalf("%q became %q", text, d)
		}
		file, _, _ := randomComponent(r, 5, false)
		if f := mustFile(t, d, file); f.String() != file {
			t.Fatalf("%q became %q", file, f)
		}
	}
}

// grouping is an independent reading of a directory pattern: an expression for
// the whole path, and how the label is put together.
type grouping struct {
	expression *regexp.Regexp
	label      func(match []string) string
}

// randomGrouping returns a directory rule of placeholders and variables, some of
// them fused, with its independent reading and a path that it matches.
func randomGrouping(t *testing.T, r *rand.Rand) (Rules, grouping, string) {
	var patterns, expressions, samples, names []string
	for i := range 1 + r.IntN(3) {
		p := pieces[7+r.IntN(len(pieces)-7)]
		if r.IntN(2) == 0 {
			name := fmt.Sprintf("v%d", i)
			p = piece{"{{" + name + "}}", variablePieces[0].expression, "x" + name}
		}
		patterns = append(patterns, "l-"+p.pattern)
		expressions = append(expressions, "l-"+strings.Replace(p.expression, "(?s:.)", "[^/]", 1))
		samples = append(samples, "l-"+p.sample)
		if r.IntN(2) == 0 {
			names = append(names, strings.Trim(p.pattern, "{}"))
		}
	}
	g := grouping{expression: whole(t, strings.Join(expressions, "/")), label: func(match []string) string {
		var parts []string
		for i, p := range patterns {
			if slices.Contains(names, strings.Trim(strings.TrimPrefix(p, "l-"), "{}")) {
				parts = append(parts, p)
			} else {
				parts = append(parts, "l-"+match[i+1])
			}
		}
		return strings.Join(parts, "/")
	}}
	return fused(t, names, strings.Join(patterns, "/"), "%A"), g, strings.Join(samples, "/")
}

func TestGroupLabelsAgreeWithAnIndependentReading(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	groups := 0
	for range 1500 {
		rule, g, path := randomGrouping(t, r)
		m := NewSet([]Rules{rule}).Matcher()
		for range 5 {
			candidate := mutated(r, path)
			want := ""
			if match := g.expression.FindStringSubmatch(candidate); match != nil {
				want = g.label(match)
				groups++
			}
			got := ""
			if hits := m.Match(candidate + "/f").Hits; len(hits) == 1 {
				got = hits[0].Group.Name
			}
			if got != want {
				t.Fatalf("%q and path %q: group %q, want %q", rule.Directory, candidate, got, want)
			}
		}
	}
	if groups < 2000 {
		t.Fatalf("only %d groups: the comparison says little", groups)
	}
}

// A fused group is reported for each of its directories, under one name.
func TestFusedDirectoriesAreSeparateGroups(t *testing.T) {
	m := NewSet([]Rules{fused(t, []string{"s"}, "{{s}}", "%A")}).Matcher()
	first := m.Match("a/f").Hits[0].Group
	second := m.Match("b/f").Hits[0].Group
	if first == second || first.Name != second.Name {
		t.Errorf("groups %p %q and %p %q", first, first.Name, second, second.Name)
	}
}

// Nearest looks at every rule; its offset must be that of the longest prefix
// which isn't dead.
func TestNearestAndDeadPrefixAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	for range 1500 {
		a, _, samples := randomRules(t, r)
		b, _, others := randomRules(t, r)
		set := NewSet([]Rules{a, b})
		key := mutated(r, append(samples, others...)[r.IntN(len(samples)+len(others))])
		near, ok := set.Nearest(key)
		if !ok {
			t.Fatal("no nearest rule")
		}
		if hit := len(set.Matcher().Match(key).Hits) > 0; hit != (near.Expected == "") {
			t.Fatalf("%s, key %q: hit %v, near %+v", describe([]Rules{a, b}), key, hit, near)
		}
		for n := range len(key) + 1 {
			if _, dead := set.DeadPrefix(key[:n]); dead != (n > near.Offset) {
				t.Fatalf("%s: %q dead %v, near %+v", describe([]Rules{a, b}), key[:n], dead, near)
			}
		}
	}
}

// Results of one matcher don't depend on what another does.
func TestMatchersAreIndependent(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "{{a}}", "${a}")})
	one, other := set.Matcher(), set.Matcher()
	one.Match("x/x")
	other.Match("y/y")
	if len(one.Match("x/x").Hits) != 1 || len(one.Match("x/y").Hits) != 0 || len(other.Match("y/y").Hits) != 1 {
		t.Error("matchers share state")
	}
}
