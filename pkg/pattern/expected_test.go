package pattern

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// Each element, where a name leaves it: at once, and in its middle.
func TestNearestNamesEveryElement(t *testing.T) {
	for _, c := range []struct {
		element, key string
		offset       int
		expected     string
	}{
		{"text", "-x", 1, `"-text!"`},
		{"text", "-tex!", 4, `"-text!"`},
		{"100%%", "-10", 3, `"-100%!"`},
		{"%Y", "-20x6", 3, "%Y (four digits)"},
		{"%y", "-2", 2, "%y (two digits, 20yy)"},
		{"%M", "-00", 2, "%M (01-12)"},
		{"%M", "-2", 1, "%M (01-12)"},
		{"%D", "-32", 2, "%D (01-31)"},
		{"%D", "-4", 1, "%D (01-31)"},
		{"%h", "-24", 2, "%h (00-23)"},
		{"%m", "-60", 1, "%m (00-59)"},
		{"%s", "-5a", 2, "%s (00-59)"},
		{"%i", "-x", 1, "%i (a number without leading zeros)"},
		{"%i", "-01", 2, `"!"`},
		{"%I", "-_", 1, "%I (digits)"},
		{"%I", "-01", 3, `"!"`},
		{"%x", "-F", 1, "%x (digits and a-f)"},
		{"%X", "-f", 1, "%X (digits and A-F)"},
		{"%w", "--", 1, "%w (letters, digits and _)"},
		{"%v", "-.", 1, `%v (anything without ".", "/" and "\")`},
		{"%v", "-a", 2, `"!"`},
		{"%A", "-", 1, "%A (" + placeholderFor('A').accepts + ")"},
		{"${one}", "-x", 1, "${one}"},
		{"${one}", "-On", 3, "${one}"},
		{"${one:lower}", "-on3", 3, "${one:lower}"},
		{"${one:upper}", "-ONe", 3, "${one:upper}"},
	} {
		t.Run(c.element+" "+c.key, func(t *testing.T) {
			set := NewSet([]Rules{mustRules(t, "{{one}}", "-"+c.element+"!")})
			want := Near{0, 0, len("One/") + c.offset, c.expected}
			if got, ok := set.Nearest("One/" + c.key); !ok || got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestNearestNamesAlternatives(t *testing.T) {
	for _, c := range []struct{ pattern, key, expected string }{
		{"%i%x", "1", `%x (digits and a-f)`},
		{"%A.%x", "a.", `"." or %x (digits and a-f)`},
		{"%w-%A", "a", `"-"`},
		{"%A%Y", "a20", "%Y (four digits)"},
		{"a%vb", "ax", `"b"`},
		{"%x.gz", "ff.gz.", "the end of the name"},
		{"%v%i", "ab", "%i (a number without leading zeros)"},
	} {
		t.Run(c.pattern+" "+c.key, func(t *testing.T) {
			got, _ := NewSet([]Rules{mustRules(t, ".", c.pattern)}).Nearest(c.key)
			if got.Expected != c.expected {
				t.Errorf("got %+v, want %s", got, c.expected)
			}
		})
	}
}

// What is expected can come: where the end is, the key so far is a hit; where
// only something else is, some byte leads on from there.
func TestWhatIsExpectedLeadsOn(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 52))
	ends, others := 0, 0
	for range 1500 {
		rule, _, samples := randomRules(t, r)
		rule.Files = rule.Files[:1]
		set := NewSet([]Rules{rule})
		key := mutated(r, samples[0])
		near, _ := set.Nearest(key)
		so := key[:near.Offset]
		switch {
		case near.Expected == "":
			continue
		case strings.Contains(near.Expected, "the end of the name"):
			ends++
			if len(set.Matcher().Match(so).Hits) == 0 {
				t.Fatalf("%s, key %q: near %+v, but %q is no hit", describe([]Rules{rule}), key, near, so)
			}
		default:
			others++
			if !leadsOn(set, so) {
				t.Fatalf("%s, key %q: near %+v, but nothing leads on", describe([]Rules{rule}), key, near)
			}
		}
	}
	if ends < 30 || others < 300 {
		t.Errorf("%d ends and %d others: the comparison says little", ends, others)
	}
}

// leadsOn reports whether one more byte can follow a key that is alive.
func leadsOn(set *Set, key string) bool {
	for b := range 256 {
		if _, dead := set.DeadPrefix(key + string([]byte{byte(b)})); !dead {
			return true
		}
	}
	return false
}

// Explaining hostile keys is bounded, too.
func TestExplainingHostileKeysStaysCheap(t *testing.T) {
	long := strings.Repeat("a", 1000)
	for _, c := range []struct {
		name, directory, file, key string
		offset                     int
		expected                   string
	}{
		{"deep", strings.Repeat("%A/", 340) + "x", "f", strings.Repeat("a/", 340) + "y", 680, `"x"`},
		{"deeper than the rule", "a", "f", strings.Repeat("a/", 500), 2, `"f"`},
		{"many ends", ".", strings.Repeat("%A-", 300) + "!", strings.Repeat("a-", 299), 598, `"-" or %A (anything without "/")`},
		{"long value", "{{a}}", "${a:upper}!", long + "/" + strings.ToUpper(long), 2001, `"!"`},
		{"numbers", ".", strings.Repeat("%I", 500) + "x", strings.Repeat("0", 1000), 1000, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := NewSet([]Rules{mustRules(t, c.directory, c.file)}).Nearest(c.key)
			if got.Offset != c.offset || c.expected != "" && got.Expected != c.expected {
				t.Errorf("got %+v, want %d and %s", got, c.offset, c.expected)
			}
		})
	}
}
