package pattern

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// where writes the matcher's levels as "end:rules", to hold them in a table.
func where(m *Matcher) string {
	var list []string
	for i, l := range m.levels {
		last := len(m.alive)
		if i+1 < len(m.levels) {
			last = m.levels[i+1].first
		}
		list = append(list, fmt.Sprintf("%d:%d", l.end, m.alive[l.first:last]))
	}
	return strings.Join(list, " ")
}

func TestMatcherKeepsTheRulesOfEachLevel(t *testing.T) {
	m := NewSet([]Rules{
		mustRules(t, ".", "f"),
		mustRules(t, "a", "f"),
		mustRules(t, "a/{{x}}/c", "f"),
		mustRules(t, "{{x}}/b", "f"),
	}).Matcher()
	steps := []struct{ key, want string }{
		{"f", "0:[0 1 2 3]"},
		{"a/f", "0:[0 1 2 3] 2:[1 2 3]"},
		{"a/b/f", "0:[0 1 2 3] 2:[1 2 3] 4:[2 3]"},
		{"a/b/c/f", "0:[0 1 2 3] 2:[1 2 3] 4:[2 3] 6:[2]"},
		{"a/b/c/d/f", "0:[0 1 2 3] 2:[1 2 3] 4:[2 3] 6:[2] 8:[]"},
		{"a/b/c/", "0:[0 1 2 3] 2:[1 2 3] 4:[2 3] 6:[2]"},
		{"a/bb/f", "0:[0 1 2 3] 2:[1 2 3] 5:[2]"},
		{"a/b", "0:[0 1 2 3] 2:[1 2 3]"},
		{"aa/f", "0:[0 1 2 3] 3:[3]"},
		{"a.b/f", "0:[0 1 2 3] 4:[]"},
		{"a.b/b/f", "0:[0 1 2 3] 4:[] 6:[]"},
		{"a//f", "0:[0 1 2 3] 2:[1 2 3] 3:[]"},
		{"/f", "0:[0 1 2 3] 1:[]"},
		{"//f", "0:[0 1 2 3] 1:[] 2:[]"},
		{"", "0:[0 1 2 3]"},
	}
	for _, s := range steps {
		m.Match(s.key)
		if got := where(m); got != s.want {
			t.Errorf("%q: levels %s, want %s", s.key, got, s.want)
		}
	}
}

func TestCommon(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 0}, {"", "a", 0}, {"a", "a", 1}, {"ab", "a", 1}, {"ab", "ac", 1}, {"a/b/", "a/b/c/", 4}, {"x", "y", 0},
	}
	for _, tt := range tests {
		if got := common(tt.a, tt.b); got != tt.want {
			t.Errorf("common(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// randomKey returns a path of few different names, so that rules often match.
func randomKey(r *rand.Rand) string {
	names := []string{"a", "b", "ab", "a.b", "2026", "13", "12", "", "x-a", "x-b"}
	parts := make([]string, 1+r.IntN(5))
	for i := range parts {
		parts[i] = names[r.IntN(len(names))]
	}
	return strings.Join(parts, "/")
}

// However a matcher gets to a directory, it reports the directory's groups at
// least once since it was outside, and knows them afterwards.
func TestGroupsAreNeverMissed(t *testing.T) {
	set := NewSet([]Rules{
		mustRules(t, ".", "%A"), mustRules(t, "{{a}}", "${a}"), mustRules(t, "{{a}}/x-${a}", "%A"),
		mustRules(t, "a/%Y/%M", "%v"), mustRules(t, "%w/%i/{{b}}", "${b}"), mustRules(t, "a/b", "%A"),
	})
	r := rand.New(rand.NewPCG(19, 20))
	m := set.Matcher()
	inside := map[string]bool{} // groups that the last key lies in
	for range 5000 {
		key := randomKey(r)
		reported := map[string]bool{}
		for _, g := range m.Match(key).Groups {
			reported[fmt.Sprintf("%d %s", g.Directory, g.Name)] = true
		}
		now := groupsOf(set, key)
		for g := range now {
			if !inside[g] && !reported[g] {
				t.Fatalf("%q: group %q is new and not reported", key, g)
			}
		}
		for g := range reported {
			if !now[g] {
				t.Fatalf("%q: group %q is reported, but the key isn't in it", key, g)
			}
		}
		inside = now
	}
}

// groupsOf asks a new matcher, which reports every group of a key.
func groupsOf(set *Set, key string) map[string]bool {
	groups := map[string]bool{}
	for _, g := range set.Matcher().Match(key).Groups {
		groups[fmt.Sprintf("%d %s", g.Directory, g.Name)] = true
	}
	return groups
}

// The groups of a key are those of its directories, one by one.
func TestGroupsOfAKeyAreThoseOfItsDirectories(t *testing.T) {
	set := NewSet([]Rules{
		mustRules(t, "{{a}}", "f"), mustRules(t, "{{a}}/%Y", "f"), mustRules(t, "%v/%v/%v", "f"), mustRules(t, ".", "f"),
	})
	r := rand.New(rand.NewPCG(21, 22))
	for range 3000 {
		key := randomKey(r)
		want := map[string]bool{}
		for i := range len(key) + 1 {
			if i == 0 || key[i-1] == '/' {
				addHit(set, key[:i]+"f", want)
			}
		}
		got := groupsOf(set, key)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q: groups %v, want %v", key, got, want)
		}
	}
}

// addHit adds the groups that a file's key is a hit of.
func addHit(set *Set, key string, groups map[string]bool) {
	for _, h := range set.Matcher().Match(key).Hits {
		groups[fmt.Sprintf("%d %s", h.Directory, h.Group.Name)] = true
	}
}

// InGroup is whether a file of the directory could be a hit of "%A".
func TestInGroup(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "a/{{b}}", "%A"), mustRules(t, "b/%Y", "%A")})
	r := rand.New(rand.NewPCG(23, 24))
	m := set.Matcher()
	for range 3000 {
		key := randomKey(r)
		got := m.Match(key).InGroup
		directory := key[:strings.LastIndexByte(key, '/')+1]
		if want := len(set.Matcher().Match(directory+"f").Hits) > 0; got != want {
			t.Fatalf("%q: in group %v, want %v", key, got, want)
		}
	}
}

// A listing in any order finds the same groups and hits.
func TestOrderOfAListingDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	set := NewSet([]Rules{
		fused(t, []string{"b"}, "{{a}}/{{b}}", "%A"), mustRules(t, "a/%Y/%M", "%v"), mustRules(t, "%w", "%w"),
	})
	keys := make([]string, 400)
	for i := range keys {
		keys[i] = randomKey(r)
	}
	slices.Sort(keys)
	want := collect(set, keys)
	for range 5 {
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		collect(set, keys).want(t, want.groups, want.hits)
	}
}

// With one rule for each of many clients, a key meets its own only.
func TestManyRules(t *testing.T) {
	var rules []Rules
	for i := range 200 {
		rules = append(rules, mustRules(t, fmt.Sprintf("client-%03d/{{db}}", i), "${db}-%Y%M%D.gz"))
	}
	set := NewSet(rules)
	m := set.Matcher()
	for i := range 200 {
		key := fmt.Sprintf("client-%03d/main/main-20260101.gz", i)
		r := m.Match(key)
		if len(r.Hits) != 1 || r.Hits[0].Directory != i || len(r.Groups) != 1 {
			t.Fatalf("%s: %+v", key, r)
		}
	}
	if got := len(set.Prefixes()); got != 200 {
		t.Errorf("%d prefixes", got)
	}
	if near, _ := set.Nearest("client-042/main/main-20261301.gz"); near != (Near{42, 0, 26, "%M (01-12)"}) {
		t.Errorf("nearest %+v", near)
	}
}

// What one layer or file leaves in the working memory must not show in the next.
func TestWorkingMemoryIsReused(t *testing.T) {
	r := rand.New(rand.NewPCG(27, 28))
	var shared scan
	for range 3000 {
		pattern, _, sample := randomComponent(r, 6, true)
		seg := mustDirectory(t, pattern).layers[0]
		name := mutated(r, sample)
		var own scan
		got, want := shared.match(seg, name, nil), own.match(seg, name, nil)
		if got != want || (got && !slices.Equal(texts(&shared), texts(&own))) {
			t.Fatalf("%q and %q: matched %v, with new memory %v", pattern, name, got, want)
		}
	}
}

// The explaining and the fast way through a component must agree.
func TestProbeAgreesWithScan(t *testing.T) {
	r := rand.New(rand.NewPCG(29, 30))
	var s scan
	var p probe
	for range 6000 {
		pattern, _, sample := randomComponent(r, 6, true)
		if r.IntN(4) == 0 {
			pattern, sample = "{{one}}"+pattern+"${one}", "x"+sample+"x"
		}
		d, err := ParseDirectory(pattern)
		if err != nil {
			continue // {{one}} twice
		}
		name := mutated(r, sample)
		got, want := p.follow(d.layers[0], name, nil), s.match(d.layers[0], name, nil)
		if got != want {
			t.Fatalf("%q and %q: follows %v, matches %v", pattern, name, got, want)
		}
		if p.far > len(name) || (got && p.far != len(name)) || len(p.waiting) == 0 && name != "" && p.far == 0 {
			t.Fatalf("%q and %q: far %d, waiting %v", pattern, name, p.far, p.waiting)
		}
	}
}

// How far a name gets can't depend on what comes behind that.
func TestProbeLooksNoFurtherThanItSays(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	var p probe
	for range 4000 {
		pattern, _, sample := randomComponent(r, 5, true)
		seg := mustDirectory(t, pattern).layers[0]
		name := mutated(r, sample)
		p.follow(seg, name, nil)
		far := p.far
		p.follow(seg, name[:far], nil)
		if p.far != far {
			t.Fatalf("%q: %q gets to %d, its own beginning to %d", pattern, name, far, p.far)
		}
		if far < len(name) {
			p.follow(seg, name[:far+1], nil)
			if p.far != far {
				t.Fatalf("%q: %q gets to %d, with less behind it to %d", pattern, name, far, p.far)
			}
		}
	}
}
