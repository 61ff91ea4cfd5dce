package pattern

import "strings"

// nearest returns the candidate that word is most likely a misspelling of: the
// one that differs in case only, else the closest within two edits.
func nearest(word string, candidates []string) (string, bool) {
	best, found := 3, ""
	for _, c := range candidates {
		if strings.EqualFold(word, c) {
			return c, true
		}
		if d := distance(word, c); d < best && d < len(c) {
			best, found = d, c
		}
	}
	return found, found != ""
}

// distance returns how many bytes must be inserted, removed or replaced to turn
// a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
