package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/backup"
)

// painter adds ANSI colours when true.
type painter bool

func (p painter) wrap(code, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p painter) dim(text string) string { return p.wrap("2", text) }

func (p painter) severity(s backup.Severity, text string) string {
	codes := map[backup.Severity]string{
		backup.SeverityOK: "32", backup.SeverityWarning: "33", backup.SeverityUnknown: "35", backup.SeverityCritical: "1;31",
	}
	return p.wrap(codes[s], text)
}

// Clean makes a name from outside fit for a terminal: control and direction
// characters, and bytes that are not UTF-8, are shown as escapes.
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

func runeLength(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}
