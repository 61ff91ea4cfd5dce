package prose_test

import (
	"math"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/prose"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", "db/x-2026.gz", "db/x-2026.gz"},
		{"letters of the world", "ü ñ 日本 é", "ü ñ 日本 é"},
		{"quotes and backslashes stay", `a"b\c`, `a"b\c`},
		{"escape sequence", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"line breaks", "a\nb\r\nc", `a\nb\r\nc`},
		{"tab and null", "a\tb\x00c", `a\tb\x00c`},
		{"bytes that are no UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"the replacement character itself", "a\uFFFDb", "a\uFFFDb"},
		{"right to left override", "a\u202eb", `a\u202eb`},
		{"zero width space", "a\u200bb", `a\u200bb`},
		{"byte order mark", "\ufeffa", `\ufeffa`},
		{"no-break space looks like a space", "a\u00a0b", `a\u00a0b`},
		{"C1 control", "a\u009bb", `a\u009bb`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := prose.Clean(c.in); got != c.want {
				t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

// Whatever comes in, what comes out is printable UTF-8, and clean text is a fixed point.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "a", "\x1b", "\xff\xc3\x28", "\u202e", "日本"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := prose.Clean(in)
		if !utf8.ValidString(out) {
			t.Errorf("Clean(%q) = %q is not UTF-8", in, out)
		}
		for _, r := range out {
			if !unicode.IsPrint(r) {
				t.Errorf("Clean(%q) = %q holds %q", in, out, r)
			}
		}
		if again := prose.Clean(out); again != out {
			t.Errorf("cleaned twice: %q, then %q", out, again)
		}
	})
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"", 3, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"日本語です", 5, "日本語です"},
		{"日本語です", 4, "日本語…"},
		{"ab", 1, "…"},
		{"ab", 0, "…"},
	} {
		if got := prose.Cut(c.in, c.most); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.most, got, c.want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 files", 1: "1 file", 2: "2 files", 1200: "1200 files"} {
		if got := prose.Count(n, "file", "files"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		in   time.Duration
		want string
	}{
		{0, "0 seconds"},
		{999 * time.Millisecond, "0 seconds"},
		{time.Second, "1 second"},
		{59*time.Second + 999*time.Millisecond, "59 seconds"},
		{time.Minute, "1 minute"},
		{2*time.Minute + 5*time.Second, "2 minutes 5 seconds"},
		{3*time.Minute + 5*time.Second, "3 minutes"},
		{time.Hour + 59*time.Second, "1 hour"},
		{day + 9*time.Hour + 59*time.Minute, "1 day 9 hours"},
		{2*day - time.Minute, "1 day 23 hours"},
		{2*day + time.Hour, "2 days"},
		{5*day + 23*time.Hour, "5 days"},
		{400 * day, "400 days"},
		{-time.Hour, "1 hour"},
		{math.MaxInt64, "106751 days"},
		{-math.MaxInt64, "106751 days"},
	} {
		if got := prose.Duration(c.in); got != c.want {
			t.Errorf("Duration(%v) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestLabel(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "db": "db", "ü": "ü", "a\nb": "a\nb", `"x"`: `"x"`,
		"a\xff":     `"a\xff"`,
		`"a\xff"`:   `"\"a\\xff\""`,
		"`a`":       "`a`",
		`"unclosed`: `"unclosed`,
	} {
		if got := prose.Label(in); got != want {
			t.Errorf("Label(%q) = %q, want %q", in, got, want)
		}
	}
}

// Different names have different labels.
func FuzzLabel(f *testing.F) {
	f.Add("a\xff", `"a\xff"`)
	f.Add("", `""`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(prose.Label(a)) || (a == b) != (prose.Label(a) == prose.Label(b)) {
			t.Errorf("labels %q and %q of %q and %q", prose.Label(a), prose.Label(b), a, b)
		}
	})
}
