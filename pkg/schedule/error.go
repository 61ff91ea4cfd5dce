package schedule

import (
	"fmt"
	"strings"
)

// Error says what is wrong with a cron expression, and where.
type Error struct {
	// Column is the place in the expression, in bytes, counted from 1.
	Column int
	// Field is the name of the field, such as "hour", or empty if the problem is
	// not in one field.
	Field string
	// Message says what is wrong, without the field's name.
	Message string
	// Hint says what may have been meant; it may be empty.
	Hint string
}

// Error returns the field's name, the message and the hint. It leaves out the
// column: callers add it to the column of the expression itself.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// didYouMean returns a hint with the closest of the candidates, or "".
func didYouMean(word string, candidates []string) string {
	if closest := closest(word, candidates); closest != "" {
		return fmt.Sprintf("did you mean %q?", closest)
	}
	return ""
}

// closest returns the candidate that is fewest edits away from word, if it is at
// most two, and fewer than the word has characters; else "".
func closest(word string, candidates []string) string {
	best, distance := "", min(3, len(word))
	for _, candidate := range candidates {
		if d := edits(word, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// edits counts the insertions, deletions, replacements and swaps of neighbours
// that make b out of a, in bytes.
func edits(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
