package spelling

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	for _, c := range []struct {
		name, word string
		candidates []string
		want       string
	}{
		{"a letter too few", "clint", []string{"env", "client"}, "client"},
		{"a letter too many", "includes", []string{"exclude", "include"}, "include"},
		{"another letter", "dayly", []string{"daily"}, "daily"},
		{"swapped letters are one edit", "shrad", []string{"shard"}, "shard"},
		{"swapped, in a word that is allowed one edit", "kye", []string{"key"}, "key"},
		{"case alone comes before any edit", "CLIENT", []string{"clients", "client"}, "client"},
		{"case of the candidate", "client", []string{"Client"}, "Client"},
		{"case and an edit", "CLINT", []string{"client"}, "client"},
		{"case of a single letter", "m", []string{"y", "M"}, "M"},
		{"the word itself", "client", []string{"clients", "client"}, "client"},
		{"the first of equals", "%q", []string{"%Y", "%M"}, "%Y"},
		{"the closer one, though later", "file", []string{"fills", "files"}, "files"},
		{"two edits in six bytes", "scedul", []string{"schedule"}, "schedule"},
		{"two edits in five bytes", "clint", []string{"clints-"}, ""},
		{"three edits in nine bytes", "s3endpoint", []string{"endpoint"}, "endpoint"},
		{"three edits in eight bytes", "endpoint", []string{"s3_endpoint"}, ""},
		{"never four", "retention-count", []string{"my_-retention-count"}, ""},
		{"nothing stays", "x", []string{"y"}, ""},
		{"nothing stays of a candidate", "ab", []string{"c", ""}, ""},
		{"all of two letters", "ab", []string{"cd"}, ""},
		{"no candidates", "a", nil, ""},
		{"the empty word", "", []string{"", "a", "ab"}, ""},
		{"the longest word", strings.Repeat("x", 64), []string{strings.Repeat("x", 63)}, strings.Repeat("x", 63)},
		{"a longer word", strings.Repeat("x", 65), []string{strings.Repeat("x", 64)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := Nearest(c.word, c.candidates); got != c.want || ok != (c.want != "") {
				t.Errorf("Nearest(%q, %q) = %q, %v, want %q", c.word, c.candidates, got, ok, c.want)
			}
		})
	}
}

func TestHint(t *testing.T) {
	if got, want := Hint("fi\"es", []string{"fi\"les"}), `did you mean "fi\"les"?`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := Hint("nope", []string{"client"}); got != "" {
		t.Errorf("got %q without a near word", got)
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"abc", "abd", 1},
		{"abc", "ac", 1},
		{"kitten", "sitting", 3},
		{"abcd", "badc", 2},
		{"ca", "abc", 3},
	} {
		if got, back := edits(c.a, c.b, 9), edits(c.b, c.a, 9); got != c.want || back != c.want {
			t.Errorf("%q and %q: %d there, %d back, want %d", c.a, c.b, got, back, c.want)
		}
	}
}

// words returns every word of the letters a, b and c up to a length.
func words(length int) []string {
	all := []string{""}
	for start := 0; length > 0; length-- {
		end := len(all)
		for _, w := range all[start:end] {
			all = append(all, w+"a", w+"b", w+"c")
		}
		start = end
	}
	return all
}

// definition is the distance as textbooks define it, from the words' ends.
func definition(a, b string) int {
	i, j := len(a), len(b)
	if i == 0 || j == 0 {
		return i + j
	}
	d := definition(a[:i-1], b[:j-1])
	if a[i-1] != b[j-1] {
		d++
	}
	d = min(d, 1+definition(a[:i-1], b), 1+definition(a, b[:j-1]))
	if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
		d = min(d, 1+definition(a[:i-2], b[:j-2]))
	}
	return d
}

func TestEditsAgreeWithTheirDefinition(t *testing.T) {
	for _, a := range words(4) {
		for _, b := range words(4) {
			want := definition(a, b)
			if got := edits(a, b, 9); got != want {
				t.Fatalf("edits(%q, %q) = %d, want %d", a, b, got, want)
			}
			if got := edits(a, b, 2); min(got, 2) != min(want, 2) {
				t.Fatalf("edits(%q, %q) = %d with a limit of 2, want %d or both above", a, b, got, want)
			}
		}
	}
}

func FuzzNearest(f *testing.F) {
	f.Add("clint", "client", "env")
	f.Add("%m", "%Y", "%M")
	f.Add("İ", "i", "K")
	f.Add("", "\xff", "")
	f.Fuzz(func(t *testing.T, word, first, second string) {
		near, ok := Nearest(word, []string{first, second})
		if !ok {
			if near != "" || word != "" && len(word) <= maxWord && (word == first || word == second) {
				t.Fatalf("none, but %q", near)
			}
			return
		}
		if near != first && near != second {
			t.Fatalf("%q is not a candidate", near)
		}
		if again, _ := Nearest(word, []string{near}); again != near {
			t.Fatalf("%q is near %q only beside others", near, word)
		}
		distance := func(to string) int { return edits(strings.ToLower(word), strings.ToLower(to), maxWord) }
		if d := distance(near); d > maxEdits || d >= len(near) || second != "" && d > distance(second) && distance(second) < len(second) {
			t.Fatalf("%q: %q takes %d edits, %q takes %d", word, near, d, second, distance(second))
		}
	})
}
