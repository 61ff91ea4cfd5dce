package document

import "fmt"

// maxSuggested is the longest word, in bytes, that a suggestion is looked for.
const maxSuggested = 64

// didYouMean returns a hint with the candidate that is fewest edits away from
// word, if it is close enough for a slip of the pen; else "".
func didYouMean(word string, candidates []string) string {
	if len(word) > maxSuggested {
		return ""
	}
	best, distance := "", min(len(word)/3, 3)+1
	for _, candidate := range candidates {
		if d := edits(word, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// edits counts the insertions, deletions, replacements and swaps of neighbours
// that make b out of a, in bytes. It fills the usual table row by row, where a
// row needs the two before it.
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
