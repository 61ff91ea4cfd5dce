// Package spelling guesses which of some known words a person meant who wrote
// another one: the "did you mean" of error texts.
//
// It is not a spell checker: it knows no language and no words of its own, and
// rather says nothing than something far-fetched. Nor may anything but a text
// for people depend on it: what it finds is a guess, never an answer.
package spelling

import (
	"fmt"
	"strings"
)

const (
	// maxWord is the longest word, in bytes, that anything is looked for.
	maxWord = 64

	lettersPerEdit = 3 // so many letters of a word excuse one wrong
	maxEdits       = 3
)

// Hint returns a text such as `did you mean "client"?`, or "" if none of the
// candidates is close to the word.
func Hint(word string, candidates []string) string {
	if near, ok := Nearest(word, candidates); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// Nearest returns the candidate that fewest edits make out of the word, the
// first of several. An edit inserts, removes or replaces a byte, or swaps two
// neighbours; a difference in case is none. It is false if even that candidate
// takes more edits than a slip of the pen: one for words under six bytes, two
// under nine, three otherwise. Words over 64 bytes, and candidates of which no
// byte would stay, have none.
func Nearest(word string, candidates []string) (nearest string, ok bool) {
	if len(word) > maxWord {
		return "", false
	}
	word = strings.ToLower(word)
	best := tolerated(word) + 1
	for _, candidate := range candidates {
		if d := edits(word, strings.ToLower(candidate), best); d < best && d < len(candidate) {
			best, nearest, ok = d, candidate, true
		}
	}
	return nearest, ok
}

// tolerated returns how many edits of a word count as a slip of the pen.
func tolerated(word string) int {
	return min(max(1, len(word)/lettersPerEdit), maxEdits)
}

// edits counts the edits that make b out of a, or returns limit if their lengths
// alone show that there are as many. It fills the usual table row by row, where
// a row needs the two before it.
func edits(a, b string, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= limit {
		return limit
	}
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+differs(a[i], b[j]))
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

// differs returns 1 for different bytes and 0 for equal ones.
func differs(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
