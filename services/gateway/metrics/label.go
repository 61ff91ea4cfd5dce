package metrics

import (
	"strconv"
	"unicode/utf8"
)

// label shows a name that is not UTF-8 quoted, with \x escapes: names of files need
// not be UTF-8, label values must be. One that only looks like that is quoted too,
// so that different names have different labels.
func label(name string) string {
	for inner := name; ; {
		if !utf8.ValidString(inner) {
			return strconv.Quote(name)
		}
		unquoted, err := strconv.Unquote(inner)
		if err != nil || inner[0] != '"' {
			return name
		}
		inner = unquoted
	}
}
