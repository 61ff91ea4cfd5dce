package pattern

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// texts returns what the tokens that are not literals matched.
func texts(s *scan) (list []string) {
	for i := range s.seg.tokens {
		if s.seg.tokens[i].kind != literal {
			list = append(list, s.text(i))
		}
	}
	return list
}

func TestComponentsMatchAsTheRegularExpressionDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var s scan
	hits := 0
	for range 4000 {
		pattern, expression, sample := randomComponent(r, 6, true)
		seg := mustDirectory(t, pattern).layers[0]
		expected := whole(t, expression)
		for range 12 {
			name := mutated(r, sample)
			want := expected.FindStringSubmatch(name)
			got := s.match(seg, name, nil)
			if got != (want != nil) {
				t.Fatalf("pattern %q, name %q: matched %v, regular expression %v", pattern, name, got, want != nil)
			}
			if !got {
				continue
			}
			hits++
			if a, b := strings.Join(texts(&s), "|"), strings.Join(want[1:], "|"); a != b {
				t.Fatalf("pattern %q, name %q: captured %q, regular expression %q", pattern, name, a, b)
			}
		}
	}
	if hits < 5000 {
		t.Fatalf("only %d names matched: the comparison says little", hits)
	}
}

func TestReferencesWithinAComponent(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          string // captures, or "" for no match
	}{
		{"{{a}}-${a}", "x-x", "x|x"},
		{"{{a}}-${a}", "x-y", ""},
		{"{{a}}-${a}", "x-y-x-y", "x-y|x-y"},
		{"{{a}}${a}", "abab", "ab|ab"},
		{"{{a}}${a}${a}", "aaaaaa", "aa|aa|aa"},
		{"{{a}}{{b}}${a}", "xyzx", "x|yz|x"},
		{"{{a}}{{b}}${b}${a}", "xyzyzx", "x|yz|yz|x"},
		{"{{a}}_${a:upper}", "ab_AB", "ab|AB"},
		{"{{a}}_${a:upper}", "ab_ab", ""},
		{"{{a}}_${a:lower}%Y", "AB_ab2026", "AB|ab|2026"},
		{"{{a}}%A${a}%x", "k--kf", "k|--|k|f"},
		{"%x{{a}}${a}", "abzz", "ab|z|z"},
	}
	var s scan
	for _, tt := range tests {
		t.Run(tt.pattern+" "+tt.name, func(t *testing.T) {
			seg := mustDirectory(t, tt.pattern).layers[0]
			got := ""
			if s.match(seg, tt.name, nil) {
				got = strings.Join(texts(&s), "|")
			}
			if got != tt.want {
				t.Errorf("captured %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHostilePatternsStayCheap(t *testing.T) {
	many := strings.Repeat
	references := "{{a}}{{b}}{{c}}{{d}}{{e}}{{f}}${a}${b}${c}${d}${e}${f}!"
	tests := []struct {
		name, pattern, key string
	}{
		{"any", many("%A", 7) + "!%A", many("a", 1000)},
		{"as long as allowed", many("%A", 500) + "!%A", many("a", 1000)},
		{"not at the end", many("%A", 500) + "!", many("a", 1000) + "!x"},
		{"values", many("%v", 500) + ".%v", many("a", 1000)},
		{"digits", many("%I", 500) + "-%i", many("1", 1000) + "-"},
		{"numbers", many("%i", 500) + "-%i", many("10", 500) + "-01"},
		{"words and any", many("%w%A", 250) + "!%w", many("a", 1000)},
		{"literals between", many("%Aa", 340) + "!%A", many("a", 1000)},
		{"long literals between", many("%Aaaaaaaaaa", 90) + "!%A", many("a", 1000)},
		{"back references", references + "%A", many("a", 1000)},
		{"back references, changed case", "{{a}}" + many("${a:upper}", 90) + "!%A", many("A", 1000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set := NewSet([]Rules{mustRules(t, tt.pattern, "%A%A%A%A%A%A%Ax")})
			start := time.Now()
			if got := set.Matcher().Match(tt.key + "/" + tt.key); got.InGroup {
				t.Error("matched")
			}
			set.DeadPrefix(tt.key + "/f")
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestFixedTailsLeaveRoomForWhatRepeats(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"%A.gz", ".gz", false},
		{"%A.gz", "a.gz", true},
		{"%A.gz.gz", ".gz.gz", false},
		{"a%xa", "aa", false},
		{"a%xa", "aaa", true},
		{"a%iab", "a0ab", true},
		{"a%iab", "a00ab", false},
		{"%Y%I%Y", "20262026", false},
		{"%Y%I%Y", "202602026", true},
		{"%Y%I%M", "2026013", false},
		{"%Y%I%M", "2026012", true},
		{"%x-%x-%h", "a-b-24", false},
		{"%x-%x-%h", "a-b-23", true},
		{"%x-%x-%h", "a--23", false},
	}
	var s scan
	for _, tt := range tests {
		t.Run(tt.pattern+" "+tt.name, func(t *testing.T) {
			if got := s.match(mustDirectory(t, tt.pattern).layers[0], tt.name, nil); got != tt.want {
				t.Errorf("matched %v, want %v", got, tt.want)
			}
		})
	}
}

func TestReferencesInTheTailLeaveRoom(t *testing.T) {
	set := NewSet([]Rules{mustRules(t, "{{a}}", "%A${a}", "${a}%x${a}", "${a}${a}")})
	collect(set, []string{"abc/abc", "abc/xabc", "abc/abcabc", "abc/abcfabc", "abc/abcgabc", "abc/ab", "abc/bc"}).want(t, []string{"0 abc"}, []string{
		"0.0 abc abc/abcabc", "0.0 abc abc/abcfabc", "0.0 abc abc/abcgabc", "0.0 abc abc/xabc", "0.1 abc abc/abcfabc", "0.2 abc abc/abcabc",
	})
}

func TestNamesThatAreNotUTF8(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"%A", "\xff", true},
		{"%v-", "\xc3-", true},
		{"{{a}}ü", "\xbcü", true},
		{"%A%A", "ü", false},
		{"%A%A", "üb", true},
		{"%A%A", "\xff\xff", true},
		{"%w", "\xff", false},
		{"ü", "\xc3", false},
	}
	var s scan
	for _, tt := range tests {
		t.Run(tt.pattern+tt.name, func(t *testing.T) {
			if got := s.match(mustDirectory(t, tt.pattern).layers[0], tt.name, nil); got != tt.want {
				t.Errorf("%q matches %q: %v, want %v", tt.pattern, tt.name, got, tt.want)
			}
		})
	}
}

func TestNoCaptureIsHalfACharacter(t *testing.T) {
	var s scan
	seg := mustDirectory(t, "{{a}}{{b}}%v").layers[0]
	if !s.match(seg, "ü日本x", nil) {
		t.Fatal("no match")
	}
	if got := strings.Join(texts(&s), "|"); got != "ü|日|本x" {
		t.Errorf("captured %q", got)
	}
}

func BenchmarkHostile(b *testing.B) {
	seg := mustDirectory(b, strings.Repeat("%A", 500)+"!%A").layers[0]
	name := strings.Repeat("a", 1000)
	var s scan
	for b.Loop() {
		s.match(seg, name, nil)
	}
}
