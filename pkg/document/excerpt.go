package document

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/backup"
)

// Bounds of excerpts: they travel in events.
const (
	excerptAround = 2        // lines before and after the problem's
	excerptLine   = 240      // bytes of one line
	excerptTotal  = 64 << 10 // bytes of all excerpts of a document
)

// secretValue finds the value of a key that sounds like a secret, and a password
// within a URL. A definitions file has no place for either, but people err.
var secretValue = regexp.MustCompile(`(?i)((?:passw|secret|token|credential|access_?key|private)[^:]*:\s*)[^\s#].*|(://[^/\s:@]*:)[^/\s@]+(@)`)

// addExcerpts gives each problem the lines around it, errors first, until there
// are excerptTotal bytes of them.
func (s source) addExcerpts(problems []backup.Problem) {
	left := excerptTotal
	for _, level := range []backup.Level{backup.Error, backup.Warning} {
		for i := range problems {
			if p := &problems[i]; p.Level == level {
				e := s.excerpt(p.Line)
				if left -= len(e.Text); left < 0 {
					return
				}
				p.Excerpt = e
			}
		}
	}
}

// excerpt is the text around a line; without such a line it is zero.
func (s source) excerpt(number int) backup.Excerpt {
	if number < 1 || number > len(s.lines) {
		return backup.Excerpt{}
	}
	first, last := max(1, number-excerptAround), min(len(s.lines), number+excerptAround)
	var lines []string
	for n := first; n <= last; n++ {
		lines = append(lines, excerptOf(s.line(n)))
	}
	for len(lines) > number-first+1 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return backup.Excerpt{Line: first, Text: strings.Join(lines, "\n")}
}

// excerptOf is one line as it is shown: without its break and secrets, and cut.
func excerptOf(line string) string {
	line = strings.ToValidUTF8(strings.TrimRightFunc(line, isBreak), "\uFFFD")
	line = secretValue.ReplaceAllString(line, "${1}${2}***${3}")
	if len(line) <= excerptLine {
		return line
	}
	at := excerptLine
	for !utf8.RuneStart(line[at]) {
		at--
	}
	return line[:at] + "…"
}
