package document_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// Every limit allows exactly as much as it says.
func TestLimitsExactly(t *testing.T) {
	nested := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	for _, c := range []struct{ name, text, want string }{
		{"bytes", "#" + strings.Repeat("x", document.DefaultMaxBytes-1), ""},
		{"one byte more", "#" + strings.Repeat("x", document.DefaultMaxBytes), "f.yaml: the file has 1048577 bytes, at most 1048576 are read"},
		{"values", "[" + strings.Repeat("1,", 99_999) + "]", ""},
		{"one value more", "[" + strings.Repeat("1,", 100_000) + "]", "f.yaml:1:1: more than 100000 values, with aliases expanded"},
		{"values by aliases", "a: &a [" + strings.Repeat("1,", 9_998) + "]\nb: [" + strings.Repeat("*a,", 8) + "]", ""},
		{"levels", nested(64), ""},
		{"one level more", nested(65), "f.yaml:1:65: more than 64 levels deep"},
		{"levels by an alias", "a: &a " + nested(31) + "\nb: " + strings.Repeat("[", 32) + "*a" + strings.Repeat("]", 32), ""},
		{"one level more by an alias", "a: &a " + nested(32) + "\nb: " + strings.Repeat("[", 32) + "*a" + strings.Repeat("]", 32), "f.yaml:1:4: more than 64 levels deep"},
		{"a key", strings.Repeat("x", 1024) + ": 1", ""},
		{"a key in bytes, not characters", "? " + strings.Repeat("é", 513) + "\n: 1", "f.yaml:1:3: the key has 1026 bytes, at most 1024 are allowed"},
		{"a long alias as a key", "a: &a " + strings.Repeat("x", 1025) + "\n*a : 1", "f.yaml:1:4: the key has 1025 bytes, at most 1024 are allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, problems := document.Parse([]byte(c.text), document.Options{File: "f.yaml"})
			if c.want != "" {
				checkTexts(t, problems, c.want)
				return
			}
			checkTexts(t, problems)
			if d.Root().Exists() == strings.HasPrefix(c.text, "#") {
				t.Error("not read as it should be")
			}
		})
	}
}

// An alias counts as what it stands for, as often as it is used.
func TestAliasesCountAsWhatTheyStandFor(t *testing.T) {
	use := func(items, aliases int) string {
		return "a: &a [" + strings.Repeat("1,", items) + "]\nb: [" + strings.Repeat("*a,", aliases) + "]"
	}
	for _, c := range []struct {
		items, aliases int
		refused        bool
	}{
		{999, 98, false}, {999, 99, true}, {9_998, 8, false}, {9_998, 9, true}, {99_980, 1, true}, {1, 32_000, false}, {1, 34_000, true},
	} {
		t.Run(fmt.Sprintf("%d items, %d times", c.items, c.aliases), func(t *testing.T) {
			if _, problems := document.Parse([]byte(use(c.items, c.aliases)), document.Options{}); len(problems) > 0 != c.refused {
				t.Errorf("problems %v, want some: %v", problems, c.refused)
			}
		})
	}
}

func TestProblemsUpToTheLimit(t *testing.T) {
	for _, c := range []struct {
		count, kept int
		last        string
	}{
		{999, 999, `f.yaml:999:4: expected a whole number, found "x"`},
		{1000, 1000, `f.yaml:1000:4: expected a whole number, found "x"`},
		{1001, 1001, "f.yaml: 1 more problems"},
		{1500, 1001, "f.yaml: 500 more problems"},
	} {
		t.Run(fmt.Sprint(c.count), func(t *testing.T) {
			d := read(t, strings.Repeat("-  x\n", c.count)+"- 1\n")
			items := d.Root().Items()
			for _, item := range items {
				item.Int(0, 9)
			}
			problems := d.Problems()
			if len(problems) != c.kept {
				t.Fatalf("%d problems, want %d", len(problems), c.kept)
			}
			if got := problems[c.kept-1].Error(); got != c.last {
				t.Errorf("the last is %q, want %q", got, c.last)
			}
			if got, want := items[c.count].HasErrors(), c.count >= 1000; got != want {
				t.Errorf("the good item has errors: %v, want %v", got, want)
			}
		})
	}
}

func TestLongTextOfTypes(t *testing.T) {
	padded := func(length int) string { return "a: '" + strings.Repeat(" ", length-2) + "7d'" }
	d := read(t, padded(1024))
	if got := d.Root().Get("a").Duration(); got != 7*backup.Day {
		t.Errorf("1024 bytes are %s", got)
	}
	checkTexts(t, d.Problems())
	d = read(t, padded(1025))
	if got := d.Root().Get("a").Duration(); got != 0 {
		t.Errorf("1025 bytes are %s", got)
	}
	checkTexts(t, d.Problems(), `f.yaml:1:4: "`+strings.Repeat(" ", 100)+`"... is too long for a duration`)
}

func TestNumbersAtTheirBounds(t *testing.T) {
	const lowest, highest = -9223372036854775808, 9223372036854775807
	for _, c := range []struct {
		name, text  string
		low, high   int64
		want        int64
		wantProblem string
	}{
		{"the lowest", "-5", -5, 5, -5, ""},
		{"the highest", "5", -5, 5, 5, ""},
		{"below", "-6", -5, 5, 0, `"-6" is not in -5 to 5`},
		{"above", "6", -5, 5, 0, `"6" is not in -5 to 5`},
		{"the least of all", "-9223372036854775808", lowest, highest, lowest, ""},
		{"the greatest of all", "9223372036854775807", lowest, highest, highest, ""},
		{"more than that", "9223372036854775808", lowest, highest, 0, `expected a whole number, found "9223372036854775808"`},
		{"a plus sign", "+5", 0, 9, 5, ""},
		{"blanks", "' 5 '", 0, 9, 5, ""},
		{"leading zeros are no octal number", "010", 0, 99, 10, ""},
		{"hexadecimal", "0x10", 0, 99, 0, `expected a whole number, found "0x10"`},
		{"a fraction", "1.5", 0, 9, 0, `expected a whole number, found "1.5"`},
		{"an exponent", "1e3", 0, 9999, 0, `expected a whole number, found "1e3"`},
		{"underscores", "1_000", 0, 9999, 0, `expected a whole number, found "1_000"`},
		{"empty", "''", 0, 9, 0, `expected a whole number, found ""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := read(t, "a: "+c.text)
			if got := d.Root().Get("a").Int(c.low, c.high); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
			if c.wantProblem == "" {
				checkTexts(t, d.Problems())
			} else {
				checkTexts(t, d.Problems(), "f.yaml:1:4: "+c.wantProblem)
			}
		})
	}
}

func TestEmptyTextOfTypes(t *testing.T) {
	d := read(t, "a: ''\n")
	a := d.Root().Get("a")
	if !a.Exists() || !a.IsScalar() {
		t.Error("empty text is not there")
	}
	if got := a.OneOrMore(); len(got) != 1 || got[0] != "" {
		t.Errorf("one or more: %q", got)
	}
	if a.Duration() != time.Duration(0) || a.Bool() || a.OneOf(backup.Error, "x") != "" {
		t.Error("empty text has a value")
	}
	_, duration := backup.ParseDuration("")
	checkTexts(t, d.Problems(),
		"f.yaml:1:4: "+duration.Error(),
		`f.yaml:1:4: expected true or false, found ""`,
		`f.yaml:1:4: unknown value ""; known are x`)
}
