package pattern

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// randomSet returns one to three rules with files, and keys that are hits or
// nearly.
func randomSet(t *testing.T, r *rand.Rand) (rules []Rules, keys []string) {
	t.Helper()
	for range 1 + r.IntN(3) {
		rule, _, samples := randomRules(t, r)
		rules = append(rules, rule)
		for _, sample := range samples {
			keys = append(keys, sample, mutated(r, sample), sample[:r.IntN(len(sample)+1)])
		}
	}
	return rules, keys
}

// A listing that asks for the prefixes only must see all that is alive, and none
// of them for nothing.
func TestPrefixesAreWhatIsAlive(t *testing.T) {
	r := rand.New(rand.NewPCG(53, 54))
	outside := 0
	for range 1000 {
		rules, keys := randomSet(t, r)
		set := NewSet(rules)
		prefixes := set.Prefixes()
		for i, prefix := range prefixes {
			if i > 0 && (prefix <= prefixes[i-1] || strings.HasPrefix(prefix, prefixes[i-1])) {
				t.Fatalf("%s: prefixes %q", describe(rules), prefixes)
			}
			if dead, ok := set.DeadPrefix(prefix); ok {
				t.Fatalf("%s: prefix %q is dead from %q on", describe(rules), prefix, dead)
			}
		}
		for _, key := range append(keys, "z", "zz/"+keys[0]) {
			under := slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) || strings.HasPrefix(p, key) })
			if _, dead := set.DeadPrefix(key); !under && !dead {
				t.Fatalf("%s: %q is alive, but under none of %q", describe(rules), key, prefixes)
			}
			if !under {
				outside++
			}
		}
	}
	if outside < 200 {
		t.Errorf("only %d keys outside: the comparison says little", outside)
	}
}

// Rules don't know of each other: a set's answers are those of its rules, each
// asked alone.
func TestASetIsItsRules(t *testing.T) {
	r := rand.New(rand.NewPCG(55, 56))
	several := 0
	for range 1000 {
		rules, keys := randomSet(t, r)
		set := NewSet(rules)
		m := set.Matcher()
		for _, key := range keys {
			hits := slices.Clone(m.Match(key).Hits)
			alone := hitsAlone(rules, key)
			if !slices.EqualFunc(hits, alone, sameHit) {
				t.Fatalf("%s, key %q: hits %+v, of the rules alone %+v", describe(rules), key, hits, alone)
			}
			if len(hits) > 1 {
				several++
			}
			if got, want := nearestOffset(set, key), offsetAlone(rules, key); got != want {
				t.Fatalf("%s, key %q: nearest to %d, of the rules alone to %d", describe(rules), key, got, want)
			}
		}
	}
	if several < 20 {
		t.Errorf("only %d keys with several hits: the comparison says little", several)
	}
}

func hitsAlone(rules []Rules, key string) (hits []Hit) {
	for i, rule := range rules {
		for _, hit := range NewSet([]Rules{rule}).Matcher().Match(key).Hits {
			hit.Directory = i
			hits = append(hits, hit)
		}
	}
	return hits
}

// sameHit compares hits of different sets, whose groups have other indexes.
func sameHit(a, b Hit) bool {
	return a.Directory == b.Directory && a.File == b.File && a.Parts == b.Parts && a.Group.Name == b.Group.Name && a.Group.Parts == b.Group.Parts
}

func nearestOffset(set *Set, key string) int {
	near, _ := set.Nearest(key)
	return near.Offset
}

func offsetAlone(rules []Rules, key string) (farthest int) {
	for _, rule := range rules {
		farthest = max(farthest, nearestOffset(NewSet([]Rules{rule}), key))
	}
	return farthest
}
