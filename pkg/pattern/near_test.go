package pattern

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestPrefixes(t *testing.T) {
	tests := []struct {
		name  string
		rules []Rules
		want  []string
	}{
		{"no rules", nil, nil},
		{"a rule without files", []Rules{mustRules(t, "a")}, nil},
		{"anything", []Rules{mustRules(t, ".", "%A")}, []string{""}},
		{"files of the root", []Rules{mustRules(t, ".", "dump-%Y.sql", "x")}, []string{"dump-", "x"}},
		{"literal directory", []Rules{mustRules(t, "a/b", "dump-%Y.sql", "dump-%A")}, []string{"a/b/dump-"}},
		{"variable directory", []Rules{mustRules(t, "a/x-{{b}}/c", "f")}, []string{"a/x-"}},
		{"one covers another", []Rules{mustRules(t, "a/b/{{c}}", "f"), mustRules(t, "a/%w", "f"), mustRules(t, "ab", "f")}, []string{"a/", "ab/f"}},
		{"one covers all", []Rules{mustRules(t, "a", "f"), mustRules(t, "{{x}}", "f")}, []string{""}},
		{"percent sign", []Rules{mustRules(t, "100%%", "f%%%Y")}, []string{"100%/f%"}},
		{"sorted", []Rules{mustRules(t, "z", "f"), mustRules(t, "a", "f"), mustRules(t, "a-b", "f")}, []string{"a-b/f", "a/f", "z/f"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := NewSet(tt.rules).Prefixes(); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDeadPrefix(t *testing.T) {
	const alive = "\x00"
	set := NewSet([]Rules{
		mustRules(t, "b/{{c}}/%Y/%M", "%D-%h%m.gz", "${c}-ü.%x"),
		mustRules(t, "in/{{a}}-${a}", "f.%v"),
	})
	tests := []struct{ key, want string }{
		{"", alive},
		{"b", alive},
		{"b/", alive},
		{"b/acme", alive},
		{"b/acme/2026", alive},
		{"b/acme/2026/", alive},
		{"b/acme/2026/01/31-2359.gz", alive},
		{"b/acme/2026/01/acme-", alive},
		{"b/acme/2026/01/acme-\xc3", alive},
		{"b/acme/2026/01/acme-ü.", alive},
		{"b/acme/2026/01/acme-ü.ff", alive},
		{"b/acme/2026/01/acme-ö.ff", "b/acme/2026/01/acme-\xc3\xb6"},
		{"b/acme/2026/01/acmf", "b/acme/2026/01/acmf"},
		{"b/acme/2026/01/acme-ü.ff/x", "b/acme/2026/01/acme-ü.ff/"},
		{"b/acme/2026/01/acme-ü.fx/x", "b/acme/2026/01/acme-ü.fx"},
		{"b/acme/2026/01/4", "b/acme/2026/01/4"},
		{"b/acme/2026/01/32-0000.gz", "b/acme/2026/01/32"},
		{"b/acme/2026/13/01-0000.gz", "b/acme/2026/13"},
		{"b/acme/2026/1/01-0000.gz", "b/acme/2026/1/"},
		{"b/acme/202/x", "b/acme/202/"},
		{"b/acme/20261/x", "b/acme/20261"},
		{"b/a.b/2026", "b/a."},
		{"b//2026", "b//"},
		{"/b", "/"},
		{"ba/x", "ba"},
		{"c", "c"},
		{"in/x", alive},
		{"in/x-x", alive},
		{"in/x-x/f.a", alive},
		{"in/x-y", alive},
		{"in/x-y/f.a", "in/x-y/"},
		{"in/x-y-x-y/f.a", alive},
		{"in/x-x/f.a.b", "in/x-x/f.a."},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			got, dead := set.DeadPrefix(tt.key)
			if !dead {
				got = alive
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNothingIsAliveWithoutFiles(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "{{a}}")})
	if prefix, ok := set.DeadPrefix("a/b"); prefix != "" || !ok {
		t.Errorf("dead prefix %q, %v", prefix, ok)
	}
	if _, ok := set.Nearest("a"); ok {
		t.Error("there is a nearest rule")
	}
}

// short are elements that one byte completes, so that enumerating all keys of
// some length finds a hit for every prefix that is alive.
var short = []string{"a", "0", ".", "%i", "%x", "%v", "%w", "%A", "%I"}

func randomShort(r *rand.Rand) Rules {
	pick := func() string { return short[r.IntN(len(short))] }
	directory := []string{".", "a", "{{a}}", "{{a}}", "%i", "%v", "%w", "0%i", "%A", "{{a}}a", "%x%i"}[r.IntN(11)]
	d, err := ParseDirectory(directory)
	if err != nil {
		panic(err)
	}
	rules := Rules{Directory: d}
	for range 1 + r.IntN(2) {
		text := pick() + pick()
		if strings.Contains(directory, "{") && r.IntN(2) == 0 {
			text = []string{"${a}", "${a:lower}"}[r.IntN(2)]
		}
		f, err := d.ParseFile(text)
		if err != nil {
			panic(err)
		}
		rules.Files = append(rules.Files, f)
	}
	return rules
}

// keysUpTo returns every string of the alphabet up to a length.
func keysUpTo(length int, alphabet string) []string {
	keys := []string{""}
	for start := 0; length > 0; length-- {
		end := len(keys)
		for _, k := range keys[start:end] {
			for i := range len(alphabet) {
				keys = append(keys, k+alphabet[i:i+1])
			}
		}
		start = end
	}
	return keys
}

func TestDeadPrefixIsExact(t *testing.T) {
	const longest, looked = 8, 3
	r := rand.New(rand.NewPCG(7, 8))
	all := keysUpTo(longest, "a0./")
	some := keysUpTo(looked, "a0./")
	for range 200 {
		rules := []Rules{randomShort(r)}
		if r.IntN(2) == 0 {
			rules = append(rules, randomShort(r))
		}
		set := NewSet(rules)
		alive := livePrefixes(set, all)
		for _, key := range some {
			want, wantOK := firstDead(key, alive)
			if got, ok := set.DeadPrefix(key); got != want || ok != wantOK {
				t.Fatalf("%s: DeadPrefix(%q) = %q, %v, want %q, %v", describe(rules), key, got, ok, want, wantOK)
			}
		}
	}
}

// livePrefixes returns every prefix of every key that is a hit.
func livePrefixes(set *Set, keys []string) map[string]bool {
	alive := map[string]bool{}
	m := set.Matcher()
	for _, key := range keys {
		if len(m.Match(key).Hits) > 0 {
			for i := range len(key) + 1 {
				alive[key[:i]] = true
			}
		}
	}
	return alive
}

func firstDead(key string, alive map[string]bool) (string, bool) {
	for i := range len(key) + 1 {
		if !alive[key[:i]] {
			return key[:i], true
		}
	}
	return "", false
}

func describe(rules []Rules) string {
	var list []string
	for _, r := range rules {
		for _, f := range r.Files {
			list = append(list, r.Directory.String()+" "+f.String())
		}
	}
	return strings.Join(list, ", ")
}

// Hits must lie under the prefixes, never under a dead one.
func TestPrefixesCoverHits(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 500 {
		rule, _, samples := randomRules(t, r)
		set := NewSet([]Rules{rule})
		for _, key := range samples {
			if len(set.Matcher().Match(key).Hits) == 0 {
				continue
			}
			covered := slices.ContainsFunc(set.Prefixes(), func(p string) bool { return strings.HasPrefix(key, p) })
			if _, dead := set.DeadPrefix(key); dead || !covered {
				t.Fatalf("%s: hit %q is dead %v, covered %v", describe([]Rules{rule}), key, dead, covered)
			}
		}
	}
}

func TestNearest(t *testing.T) {
	set := NewSet([]Rules{
		mustRules(t, "b/{{c}}/%Y/%M", "%D-%h%m.gz", "${c:upper}-%x.gz", "100%%"),
		mustRules(t, "logs", "%A.log", "%v%Y"),
		mustRules(t, "none"),
	})
	value := ` (anything without ".", "/" and "\")`
	tests := []struct {
		key  string
		want Near
	}{
		{"b/acme/2026/01/31-2359.gz", Near{0, 0, 25, ""}},
		{"b/acme/2026/01/ACME-ff.gz", Near{0, 1, 25, ""}},
		{"b/acme/2026/13/31-2359.gz", Near{0, -1, 13, "%M (01-12)"}},
		{"b/acme/2026/01/31_2359.gz", Near{0, 0, 17, `"-"`}},
		{"b/acme/2026/01/31-2359.gzip", Near{0, 0, 25, "the end of the name"}},
		{"b/acme/2026/01/31-2359.gz/x", Near{0, 0, 25, "the end of the name"}},
		{"b/acme/2026/01/AC", Near{0, 1, 17, "${c:upper}"}},
		{"b/acme/2026/01/ACME-fg.gz", Near{0, 1, 21, `".gz"`}},
		{"b/acme/2026/01/100", Near{0, 2, 18, `"100%"`}},
		{"b/acme/2026/01", Near{0, -1, 14, `"/"`}},
		{"b/acme/2026", Near{0, -1, 11, `"/"`}},
		{"b/", Near{0, -1, 2, "{{c}}" + value}},
		{"b/.x/", Near{0, -1, 2, "{{c}}" + value}},
		{"ba", Near{0, -1, 1, `"/"`}},
		{"", Near{0, -1, 0, `"b"`}},
		{"logs/x.lo", Near{1, 0, 9, `".log"`}},
		{"logs/x.log", Near{1, 0, 10, ""}},
		{"logs/2", Near{1, 0, 6, `".log"`}},
		{"log/x", Near{1, -1, 3, `"logs"`}},
		{"none/x", Near{0, -1, 0, `"b"`}},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			if got, ok := set.Nearest(tt.key); !ok || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, ok, tt.want)
			}
		})
	}
}

func TestNearestPrefersARuleThatAccepts(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "a", "%A.gz"), mustRules(t, "a", "%w")})
	if got, _ := set.Nearest("a/x"); got != (Near{1, 0, 3, ""}) {
		t.Errorf("got %+v", got)
	}
}

func TestNearestExplainsHalfACharacter(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "{{a}}", "${a}"), mustRules(t, "x", "%vü.%A")})
	tests := []struct {
		key  string
		want Near
	}{
		{"x/a\xc3", Near{1, 0, 4, `"ü."`}},
		{"x/\xc3\xbc", Near{1, 0, 4, `"ü."`}},
		{"x/a\xbc/", Near{1, 0, 4, `"ü."`}},
		{"\xff/\xff", Near{0, 0, 3, ""}},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			if got, ok := set.Nearest(tt.key); !ok || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, ok, tt.want)
			}
		})
	}
}

// Two values can't share one character.
func TestNearestCountsCharacters(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, ".", "%v%v.")})
	if got, _ := set.Nearest("\xc3\xbc."); got != (Near{0, 0, 2, "%v (" + placeholderFor('v').accepts + ")"}) {
		t.Errorf("got %+v", got)
	}
}

func TestExhaustedPatienceCountsAsAlive(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "{{a}}{{b}}{{c}}{{d}}${a}${b}${c}${d}!", "f")})
	key := strings.Repeat("a", 500) + "/f"
	if prefix, dead := set.DeadPrefix(key); dead {
		t.Errorf("dead from %q on", prefix)
	}
	want := Near{0, -1, len(key), "{{a}}{{b}}{{c}}{{d}}${a}${b}${c}${d}!"}
	if got, _ := set.Nearest(key); got != want {
		t.Errorf("nearest %+v, want %+v", got, want)
	}
}
