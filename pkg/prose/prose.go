// Package prose has the small change of texts for people: counts, durations in
// words, and names from outside that are made visible. It knows no subject and
// judges nothing; sizes and durations with units are written by package backup.
package prose

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Clean makes a name from outside fit for one line of plain text: control and
// direction characters, and bytes that are not UTF-8, are shown as escapes. What
// means something to a markup language stays as it is.
func Clean(text string) string {
	var b strings.Builder
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") || !unicode.IsPrint(r) {
			quoted := strconv.QuoteToASCII(text[i : i+max(1, runeLength(text[i:]))])
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Label makes a name fit for the value of a Prometheus label, which has to be UTF-8:
// one that is not is quoted, with \x escapes. A name that only looks like that is
// quoted too, so that different names have different labels.
func Label(name string) string {
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

func runeLength(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// Cut shortens a text to at most a number of characters, the last of which is an
// ellipsis then.
func Cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	runes := []rune(text)
	return string(runes[:max(0, most-1)]) + "…"
}

// Count writes a number with what is counted: "1 file", "12 files".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

var units = []struct {
	name   string
	length time.Duration
}{
	{"day", 24 * time.Hour},
	{"hour", time.Hour},
	{"minute", time.Minute},
	{"second", time.Second},
}

// Duration writes how long something lasts in words, rounded down: "5 days",
// "1 day 9 hours", "45 seconds". Only below three of the largest unit (two days)
// the next one is told too. A direction is not: -1h is "1 hour".
func Duration(d time.Duration) string {
	d = max(d, -d)
	for i, u := range units {
		n := d / u.length
		if n == 0 {
			continue
		}
		text := Count(int(n), u.name, u.name+"s")
		if n >= 3 || n >= 2 && i == 0 || i+1 == len(units) {
			return text
		}
		next := units[i+1]
		if rest := d % u.length / next.length; rest > 0 {
			text += " " + Count(int(rest), next.name, next.name+"s")
		}
		return text
	}
	return "0 seconds"
}
