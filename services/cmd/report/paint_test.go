package report_test

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/backmon/backmon/services/cmd/report"
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
			if got := report.Clean(c.in); got != c.want {
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
		out := report.Clean(in)
		if !utf8.ValidString(out) {
			t.Errorf("Clean(%q) = %q is not UTF-8", in, out)
		}
		for _, r := range out {
			if !unicode.IsPrint(r) {
				t.Errorf("Clean(%q) = %q holds %q", in, out, r)
			}
		}
		if again := report.Clean(out); again != out {
			t.Errorf("cleaned twice: %q, then %q", out, again)
		}
	})
}
