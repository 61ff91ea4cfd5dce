package pattern

import (
	"fmt"
	"strings"
	"testing"
)

func TestSegmentsKnowWhatIsFixed(t *testing.T) {
	tests := []struct {
		pattern        string
		least          int
		prefix, suffix string
		head, tail     int
		internal       bool
		parts          Parts
	}{
		{"abc", 3, "abc", "abc", 1, 1, false, 0},
		{"%Y", 4, "", "", 1, 1, false, Year},
		{"a-%Y%M.gz", 11, "a-", ".gz", 4, 4, false, Year | Month},
		{"%A", 1, "", "", 0, 1, false, 0},
		{"a%A.gz", 5, "a", ".gz", 1, 2, false, 0},
		{"a-%Y-%x.%i.gz", 13, "a-", ".gz", 3, 6, false, Year},
		{"%x%h%i", 4, "", "", 0, 3, false, Hour},
		{"{{a}}-%D", 4, "", "", 0, 1, false, Day},
		{"{{a}}-${a}", 3, "", "", 0, 3, true, 0},
		{"x{{a}}${a}%Y", 7, "x", "", 1, 4, true, Year},
		{"100%%", 4, "100%", "100%", 1, 1, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.pattern, func(t *testing.T) {
			s := mustDirectory(t, tt.pattern).layers[0]
			if s.least != tt.least || s.prefix != tt.prefix || s.suffix != tt.suffix {
				t.Errorf("least %d, prefix %q, suffix %q", s.least, s.prefix, s.suffix)
			}
			if s.head != tt.head || s.tail != tt.tail || s.internal != tt.internal || s.parts != tt.parts {
				t.Errorf("head %d, tail %d, internal %v, parts %v", s.head, s.tail, s.internal, s.parts)
			}
			if s.String() != tt.pattern {
				t.Errorf("written as %q", s)
			}
		})
	}
}

// What follows a token may be remembered, unless it looks back.
func TestSegmentsKnowWhatTheyMayRemember(t *testing.T) {
	tests := []struct{ pattern, want string }{
		{"%A%x", "11"},
		{"{{a}}-%x", "111"},
		{"{{a}}${a}", "01"},
		{"%x{{a}}-${a}%i", "10011"},
		{"{{a}}{{b}}${a}${b}%i", "00011"},
		{"{{a}}{{b}}${b}%i${a}", "00001"},
		{"{{a}}${a}{{b}}${b}", "0101"},
	}
	for _, tt := range tests {
		t.Run(tt.pattern, func(t *testing.T) {
			var got strings.Builder
			for _, tok := range mustDirectory(t, tt.pattern).layers[0].tokens {
				fmt.Fprint(&got, map[bool]int{true: 1}[tok.memo])
			}
			if got.String() != tt.want {
				t.Errorf("memo %s, want %s", got.String(), tt.want)
			}
		})
	}
}

func TestReferencesAreResolved(t *testing.T) {
	tests := []struct {
		name, directory string
		layer, token    int
		variable, from  int
	}{
		{"of the same layer", "{{a}}-${a}", 0, 2, 0, 0},
		{"of an earlier layer", "{{a}}/${a}", 1, 0, 0, -1},
		{"of the second variable", "{{a}}{{b}}/${b:lower}", 1, 0, 1, -1},
		{"behind others", "x-{{a}}%A{{b}}.${b}", 0, 5, 1, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tok := mustDirectory(t, tt.directory).layers[tt.layer].tokens[tt.token]
			if tok.kind != reference || tok.variable != tt.variable || tok.source != tt.from {
				t.Errorf("token %+v", tok)
			}
		})
	}
}

func TestProbeFindsWhereANameLeaves(t *testing.T) {
	tests := []struct {
		pattern, name string
		matched       bool
		far           int
		waiting       string // indexes of tokens
	}{
		{"abc", "abc", true, 3, "[1]"},
		{"abc", "abx", false, 2, "[0]"},
		{"abc", "", false, 0, "[0]"},
		{"abc", "abcd", false, 3, "[1]"},
		{"a%M", "a1", false, 2, "[1]"},
		{"a%M", "a13", false, 2, "[1]"},
		{"a%M", "a2", false, 1, "[1]"},
		{"%x.gz", "ff.g", false, 4, "[1]"},
		{"%x.gz", "fg", false, 1, "[1]"},
		{"%x.gz", "g", false, 0, "[0]"},
		{"%i-", "01", false, 1, "[1]"},
		{"%i-", "10x", false, 2, "[1]"},
		{"%x%i%M", "00", false, 2, "[1 2]"},
		{"%A", "", false, 0, "[0]"},
		{"{{a}}.${a}", "ab.ac", false, 4, "[2]"},
		{"{{a}}-${a}!", "a-b-a-bx", false, 8, "[1]"},
		{"{{a}}%A!", "abc", false, 3, "[1 2]"},
		{"%v.%v", "a.b.c", false, 3, "[3]"},
	}
	for _, tt := range tests {
		t.Run(tt.pattern+" "+tt.name, func(t *testing.T) {
			var p probe
			matched := p.follow(mustDirectory(t, tt.pattern).layers[0], tt.name, nil)
			if waiting := fmt.Sprint(p.waiting); matched != tt.matched || p.far != tt.far || waiting != tt.waiting {
				t.Errorf("matched %v, far %d, waiting %s", matched, p.far, waiting)
			}
		})
	}
}

func TestOnlyNeededValuesAreKept(t *testing.T) {
	r := mustRules(t, "{{a}}/{{b}}/${a}", "${b:upper}")
	c := compile(r)
	if got := fmt.Sprint(c.needed); got != "[true false false false false true]" {
		t.Errorf("needed %s", got)
	}
	m := NewSet([]Rules{r}).Matcher()
	m.Match("x/y/x/f")
	if got := fmt.Sprintf("%q", m.tracks[0].values); got != `["x" "" "" "" "" "Y"]` {
		t.Errorf("values %s", got)
	}
}
