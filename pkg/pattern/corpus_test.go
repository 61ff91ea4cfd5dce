package pattern

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// mustDirectory parses a directory pattern that is expected to be right.
func mustDirectory(t testing.TB, text string) *Directory {
	t.Helper()
	d, err := ParseDirectory(text)
	if err != nil {
		t.Fatalf("ParseDirectory(%q): %v", text, err)
	}
	return d
}

// mustFile parses a file pattern that is expected to be right.
func mustFile(t testing.TB, d *Directory, text string) *File {
	t.Helper()
	f, err := d.ParseFile(text)
	if err != nil {
		t.Fatalf("ParseFile(%q) of %q: %v", text, d, err)
	}
	return f
}

// mustRules parses a directory rule with its files.
func mustRules(t testing.TB, directory string, files ...string) Rules {
	t.Helper()
	r := Rules{Directory: mustDirectory(t, directory)}
	for _, text := range files {
		r.Files = append(r.Files, mustFile(t, r.Directory, text))
	}
	return r
}

// piece is an element of random patterns, with the regular expression that
// means the same and a text that matches it.
type piece struct {
	pattern, expression, sample string
}

var pieces = []piece{
	{"a", "a", "a"},
	{"-", "-", "-"},
	{"0", "0", "0"},
	{".", `\.`, "."},
	{"ü", "ü", "ü"},
	{"+", `\+`, "+"},
	{"%%", "%", "%"},
	{"%Y", "([0-9]{4})", "2026"},
	{"%y", "([0-9]{2})", "26"},
	{"%M", "(0[1-9]|1[0-2])", "10"},
	{"%D", "(0[1-9]|[12][0-9]|3[01])", "30"},
	{"%h", "([01][0-9]|2[0-3])", "20"},
	{"%m", "([0-5][0-9])", "59"},
	{"%s", "([0-5][0-9])", "00"},
	{"%i", "(0|[1-9][0-9]*)", "10"},
	{"%I", "([0-9]+)", "010"},
	{"%x", "([0-9a-f]+)", "0a"},
	{"%X", "([0-9A-F]+)", "0A"},
	{"%w", "([A-Za-z0-9_]+)", "a_0"},
	{"%v", `((?s:[^\\./])+?)`, "a-ü"},
	{"%A", `((?s:.)+?)`, "a.0"},
}

// variablePieces are the elements that capture. They are used at most once.
var variablePieces = []piece{
	{"{{one}}", `((?s:[^\\./])+?)`, "aü"},
	{"{{two}}", `((?s:[^\\./])+?)`, "0-a"},
}

// randomComponent builds a pattern component of 1 to limit pieces.
func randomComponent(r *rand.Rand, limit int, variables bool) (pattern, expression, sample string) {
	pool := pieces
	if variables {
		pool = append(append([]piece{}, pieces...), variablePieces...)
	}
	used := map[string]bool{}
	for range 1 + r.IntN(limit) {
		p := pool[r.IntN(len(pool))]
		if strings.HasPrefix(p.pattern, "{") && used[p.pattern] {
			continue
		}
		used[p.pattern] = true
		pattern, expression, sample = pattern+p.pattern, expression+p.expression, sample+p.sample
	}
	if pattern == "" || pattern == "." || pattern == ".." {
		return "x", "x", "x"
	}
	return pattern, expression, sample
}

// whole compiles an expression that must match a whole name.
func whole(t testing.TB, expression string) *regexp.Regexp {
	t.Helper()
	return regexp.MustCompile(`\A(?:` + expression + `)\z`)
}

// mutated returns a name that is, often, nearly the given one.
func mutated(r *rand.Rand, name string) string {
	alphabet := []string{"a", "A", "0", "1", "-", ".", "_", "ü", "+", "%", "\n", `\`}
	runes := strings.Split(name, "")
	for range r.IntN(3) {
		at, with := r.IntN(len(runes)+1), alphabet[r.IntN(len(alphabet))]
		switch r.IntN(3) {
		case 0:
			runes = append(runes[:at:at], append([]string{with}, runes[at:]...)...)
		case 1:
			if at < len(runes) {
				runes = append(runes[:at:at], runes[at+1:]...)
			}
		default:
			if at < len(runes) {
				runes[at] = with
			}
		}
	}
	return strings.Join(runes, "")
}
