package pattern

import (
	"fmt"
	"strings"
	"testing"
)

func TestPlaceholdersMatch(t *testing.T) {
	tests := []struct {
		pattern string
		yes, no []string
	}{
		{"y-%Y.s", []string{"y-2026.s", "y-0000.s", "y-9999.s"}, []string{"y-26.s", "y-20261.s", "y-202a.s", "y-.s"}},
		{"yy-%y.s", []string{"yy-26.s", "yy-00.s"}, []string{"yy-2026.s", "yy-2.s", "yy-2a.s"}},
		{"mo-%M.s", []string{"mo-01.s", "mo-09.s", "mo-10.s", "mo-12.s"}, []string{"mo-00.s", "mo-13.s", "mo-1.s", "mo-001.s", "mo-20.s"}},
		{"d-%D.s", []string{"d-01.s", "d-31.s", "d-20.s"}, []string{"d-32.s", "d-00.s", "d-,5.s", "d-5.s", "d-3,.s", "d-40.s"}},
		{"h-%h.s", []string{"h-00.s", "h-23.s", "h-19.s"}, []string{"h-24.s", "h-,5.s", "h-7.s", "h-30.s"}},
		{"mi-%m.s", []string{"mi-00.s", "mi-59.s"}, []string{"mi-60.s", "mi-5.s", "mi-99.s"}},
		{"se-%s.s", []string{"se-00.s", "se-59.s"}, []string{"se-60.s", "se-6.s"}},
		{"i-%i.s", []string{"i-0.s", "i-42.s", "i-100.s"}, []string{"i-007.s", "i-00.s", "i-.s", "i--1.s", "i-4a.s"}},
		{"bi-%I.s", []string{"bi-007.s", "bi-0.s", "bi-42.s"}, []string{"bi-x.s", "bi-.s", "bi-4x.s"}},
		{"x-%x.s", []string{"x-0af9.s", "x-f.s"}, []string{"x-0AF9.s", "x-g.s", "x-.s"}},
		{"bx-%X.s", []string{"bx-0AF9.s"}, []string{"bx-0af9.s", "bx-G.s"}},
		{"w-%w.s", []string{"w-a_B9.s", "w-_.s"}, []string{"w-a-b.s", "w-ä.s", "w-.s"}},
		{"v-%v.s", []string{"v-a-b c.s", "v-ä.s"}, []string{"v-a.b.s", `v-a\b.s`, "v-.s"}},
		{"a-%A.s", []string{"a-any.thing-at all.s", "a-..s", "a-.s.s"}, []string{"a-.s", "a-x", "b-x.s"}},
		{"p-100%%.s", []string{"p-100%.s"}, []string{"p-100%%.s", "p-100.s"}},
		{"r-[a](b)+.s", []string{"r-[a](b)+.s"}, []string{"r-ab.s", "r-abb.s"}},
		{"^a$|b*?{1}", []string{"^a$|b*?{1}"}, []string{"a", "b", ""}},
		{"}}{$", []string{"}}{$"}, []string{"}}{"}},
		{"%Y%M%D-%h%m%s.gz", []string{"20260131-235959.gz"}, []string{"20260132-235959.gz", "20260131-235960.gz", "20260131235959.gz"}},
		{"%i%i", []string{"00", "10", "123", "05", "1200"}, []string{"0", "1", "000", "0012"}},
		{"%i%Y", []string{"02026", "12026", "1002026"}, []string{"2026", "002026"}},
		{"%x%X", []string{"aB", "00", "a0B"}, []string{"Ba", "a", "B"}},
	}
	root := mustDirectory(t, ".")
	for _, tt := range tests {
		seg := mustFile(t, root, tt.pattern).segment
		for _, name := range tt.yes {
			t.Run(tt.pattern+" "+name, func(t *testing.T) { wantMatch(t, seg, name, true) })
		}
		for _, name := range tt.no {
			t.Run(tt.pattern+" not "+name, func(t *testing.T) { wantMatch(t, seg, name, false) })
		}
	}
}

func wantMatch(t *testing.T, seg *segment, name string, want bool) {
	t.Helper()
	var s scan
	if got := s.match(seg, name, nil); got != want {
		t.Errorf("%q matches %q: %v, want %v", seg, name, got, want)
	}
	var p probe
	if got := p.follow(seg, name, nil); got != want {
		t.Errorf("%q follows %q: %v, want %v", seg, name, got, want)
	}
}

// Every number of every width is tried: partial must accept exactly the
// numbers within bounds, and of the others what can still become one.
func TestNumbersAreBounded(t *testing.T) {
	for _, p := range placeholders {
		if p.width == 0 {
			continue
		}
		t.Run(p.name(), func(t *testing.T) {
			possible := beginnings(p)
			for n := range power(p.width) {
				text := fmt.Sprintf("%0*d", p.width, n)
				if got, want := p.partial(text), longest(possible, text); got != want {
					t.Fatalf("partial(%q) = %d, want %d", text, got, want)
				}
				if got := p.number(text); got != n+p.base {
					t.Fatalf("number(%q) = %d", text, got)
				}
			}
		})
	}
}

// beginnings returns every prefix of every number within p's bounds.
func beginnings(p *placeholder) map[string]bool {
	set := map[string]bool{}
	for n := p.low; n <= p.high; n++ {
		text := fmt.Sprintf("%0*d", p.width, n)
		for i := range len(text) + 1 {
			set[text[:i]] = true
		}
	}
	return set
}

// longest returns the length of the longest prefix of text in the set.
func longest(set map[string]bool, text string) int {
	n := len(text)
	for !set[text[:n]] {
		n--
	}
	return n
}

func TestPlaceholdersAreDocumented(t *testing.T) {
	var names []string
	for _, p := range Placeholders() {
		names = append(names, p.Name)
		if p.Accepts == "" {
			t.Errorf("%s doesn't say what it accepts", p.Name)
		}
	}
	if got, want := strings.Join(names, " "), "%Y %y %M %D %h %m %s %i %I %x %X %w %v %A"; got != want {
		t.Errorf("placeholders %s, want %s", got, want)
	}
	if got := Placeholders()[2]; got != (Placeholder{Name: "%M", Accepts: "01-12", Part: Month}) {
		t.Errorf("third placeholder %+v", got)
	}
}

func TestClasses(t *testing.T) {
	tests := []struct {
		class   class
		yes, no string
	}{
		{classDigit, "0189", "a/:"},
		{classLowerHex, "09af", "AgF`"},
		{classUpperHex, "09AF", "aGf@"},
		{classWord, "azAZ09_", "-.ä`[@{"},
		{classValue, "a-ä \n\x00", `./\`},
		{classAny, `a.\` + "\n", "/"},
	}
	for _, tt := range tests {
		for i := range len(tt.yes) {
			if !tt.class.has(tt.yes[i]) {
				t.Errorf("class %d lacks %q", tt.class, tt.yes[i])
			}
		}
		for i := range len(tt.no) {
			if tt.no[i] < 0x80 && tt.class.has(tt.no[i]) {
				t.Errorf("class %d has %q", tt.class, tt.no[i])
			}
		}
	}
}
