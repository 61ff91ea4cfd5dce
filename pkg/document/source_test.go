package document

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// naivePlace walks to an offset, character by character.
func naivePlace(text string, offset int) (line, character, column int) {
	line, character, column = 1, 1, 1
	for at := 0; at < offset; {
		r, size := utf8.DecodeRuneInString(text[at:])
		at += size
		character, column = character+1, column+size
		if strings.ContainsRune("\n\u0085\u2028\u2029", r) || r == '\r' && !strings.HasPrefix(text[at:], "\n") {
			line, character, column = line+1, 1, 1
		}
	}
	return line, character, column
}

// Every character of random texts, of lines short and long, is found from its
// line and column, and they from it.
func TestSourceFindsEveryCharacter(t *testing.T) {
	r := rand.New(rand.NewPCG(47, 48))
	pieces := []string{"a", "bc", "\t", "é", "€", "😀", "\xff", strings.Repeat("x", 63), strings.Repeat("ü", 64), "\n", "\r\n", "\r", "\u0085", "\u2028"}
	for range 300 {
		var b strings.Builder
		for range r.IntN(30) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		text := b.String()
		s := newSource([]byte(text))
		for at := 0; at < len(text); {
			checkPlace(t, s, text, at)
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
		}
	}
}

func checkPlace(t *testing.T, s source, text string, at int) {
	t.Helper()
	line, character, column := naivePlace(text, at)
	if got := s.offset(line, character); got != at {
		t.Fatalf("%q: %d:%d is at %d, want %d", text, line, character, got, at)
	}
	if got := s.byteColumn(line, character); got != column {
		t.Fatalf("%q: %d:%d has column %d in bytes, want %d", text, line, character, got, column)
	}
	if gotLine, gotColumn := s.position(at); gotLine != line || gotColumn != column {
		t.Fatalf("%q: offset %d is at %d:%d, want %d:%d", text, at, gotLine, gotColumn, line, column)
	}
	if !s.has(at, text[at:]) || s.has(at, text[at:]+"x") {
		t.Fatalf("%q: what stands at %d is not known", text, at)
	}
}

func TestSourceOutsideOfItself(t *testing.T) {
	s := newSource([]byte("\ufeffone\ntwo"))
	for _, c := range []struct{ line, column, want int }{
		{0, 1, 7}, {-1, 1, 7}, {3, 1, 7}, {2, 4, 7}, {2, 99, 7}, {1, 0, 0}, {1, -5, 0}, {2, 0, 4},
	} {
		if got := s.offset(c.line, c.column); got != c.want {
			t.Errorf("offset(%d, %d) = %d, want %d", c.line, c.column, got, c.want)
		}
	}
	for _, c := range []struct{ line, column int }{{0, 1}, {1, 0}, {3, 1}, {-1, -1}} {
		if got := s.byteColumn(c.line, c.column); got != 0 {
			t.Errorf("byteColumn(%d, %d) = %d", c.line, c.column, got)
		}
	}
	for number, want := range map[int]string{-1: "", 0: "", 1: "one\n", 2: "two", 3: ""} {
		if got := s.line(number); got != want {
			t.Errorf("line(%d) = %q, want %q", number, got, want)
		}
	}
}
