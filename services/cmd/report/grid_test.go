package report

import (
	"strings"
	"testing"
)

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "äöü": 3, "日本": 4, "한국": 4, "ａ": 2, "e\u0301": 1, "💾": 2, "…": 1, "é日a": 4,
	} {
		if got := width(text); got != want {
			t.Errorf("width(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"short", 5, "short"},
		{"longer", 5, "lo…er"},
		{"abcdefghij", 6, "ab…hij"},
		{"日本日本日本", 7, "日…日本"},
		{"日本日本", 4, "…本"},
		{"e\u0301e\u0301e\u0301", 2, "…e\u0301"},
	} {
		if got := cut(c.text, c.limit); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.text, c.limit, got, c.want)
		}
	}
}

// What is cut fits, whatever the text, and keeps both ends.
func FuzzCut(f *testing.F) {
	f.Add("abcdefghijklm", 5)
	f.Add("日本日本日本", 4)
	f.Add("\u0301\u0301\u0301ab", 3)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 1 || limit > 1000 {
			return
		}
		got := cut(text, limit)
		if width(got) > limit {
			t.Errorf("cut(%q, %d) = %q is %d wide", text, limit, got, width(got))
		}
		if width(text) <= limit && got != text {
			t.Errorf("cut(%q, %d) = %q, though it fits", text, limit, got)
		}
	})
}

func TestGrid(t *testing.T) {
	g := newGrid(column{title: "A"}, column{title: "EMPTY"}, column{title: "NUMBER", right: true}, column{title: "LAST"})
	g.add("x", "", "1", "")
	g.add("日本", "", "12345", "end")
	var lines []string
	for _, format := range []func() (string, string){g.header, func() (string, string) { return g.line(0) }, func() (string, string) { return g.line(1) }} {
		first, rest := format()
		lines = append(lines, first+"|"+rest)
	}
	want := "A     |NUMBER  LAST\nx     |     1\n日本  | 12345  end"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("grid:\n%s\nwant:\n%s", got, want)
	}
}
