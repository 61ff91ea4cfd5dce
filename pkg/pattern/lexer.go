package pattern

import (
	"strings"
	"unicode/utf8"
)

// lexer cuts one path component of a pattern into tokens. It reports what is
// wrong with the spelling of one token; the parser reports what is wrong with
// their meaning.
type lexer struct {
	text     string
	offset   int // of text in the whole pattern
	pos      int
	pending  strings.Builder // literal text not yet made a token
	start    int             // where pending began
	tokens   []token
	problems *Errors
}

// lex returns the tokens of text, which starts at offset in the pattern.
func lex(text string, offset int, problems *Errors) []token {
	l := &lexer{text: text, offset: offset, problems: problems}
	for l.pos < len(l.text) {
		l.next()
	}
	l.flush()
	return l.tokens
}

// next consumes one token, or one character of a literal. Of three opening
// braces the first is a literal, so that "{{{a}}" is a brace and a variable.
func (l *lexer) next() {
	rest := l.text[l.pos:]
	switch {
	case rest[0] == '%':
		l.percent(rest[1:])
	case strings.HasPrefix(rest, "{{") && !strings.HasPrefix(rest, "{{{"):
		l.capture(rest)
	case strings.HasPrefix(rest, "${"):
		l.reference(rest)
	default:
		l.character(rest)
	}
}

// column returns the 1-based column of the lexer's position in the pattern.
func (l *lexer) column() int { return l.offset + l.pos + 1 }

// keep adds text to the pending literal and consumes size bytes.
func (l *lexer) keep(text string, size int) {
	if l.pending.Len() == 0 {
		l.start = l.pos
	}
	l.pending.WriteString(text)
	l.pos += size
}

// flush makes the pending literal a token.
func (l *lexer) flush() {
	if l.pending.Len() == 0 {
		return
	}
	l.tokens = append(l.tokens, token{kind: literal, column: l.offset + l.start + 1, text: l.pending.String(), source: -1})
	l.pending.Reset()
}

// emit appends a token that was written as text, and consumes it.
func (l *lexer) emit(t token, text string) {
	l.flush()
	t.column, t.text, t.source = l.column(), text, -1
	l.tokens = append(l.tokens, t)
	l.pos += len(text)
}

// reject reports a problem at the lexer's position and consumes size bytes.
func (l *lexer) reject(size int, hint, format string, args ...any) {
	l.problems.add(l.column(), hint, format, args...)
	l.pos += size
}

// percent consumes a '%' and, if it belongs to it, the character after it.
func (l *lexer) percent(rest string) {
	switch {
	case rest == "" || rest[0] == '{' || rest[0] == '$':
		l.reject(1, "write %% for a percent sign", "single %%")
	case rest[0] == '%':
		l.keep("%", 2)
	default:
		l.placeholder(rest)
	}
}

// placeholder consumes a '%' and the character in front of rest.
func (l *lexer) placeholder(rest string) {
	letter, size := utf8.DecodeRuneInString(rest)
	if p := placeholderFor(rest[0]); p != nil {
		l.emit(token{kind: holder, place: p}, p.name())
		return
	}
	l.reject(1+size, placeholderHint(letter), "unknown placeholder %q", "%"+string(letter))
}

// capture consumes "{{name}}".
func (l *lexer) capture(rest string) {
	body, _, closed := strings.Cut(rest[2:], "}}")
	if !closed {
		l.reject(2, `close it with "}}" in the same folder name`, `unclosed "{{"`)
		return
	}
	if !l.named(body, len(body)+4, "{{", "}}") {
		return
	}
	l.emit(token{kind: capture, name: body, place: placeholderFor('v')}, "{{"+body+"}}")
}

// reference consumes "${name}" or "${name:operation}".
func (l *lexer) reference(rest string) {
	body, _, closed := strings.Cut(rest[2:], "}")
	if !closed {
		l.reject(2, `close it with "}"`, `unclosed "${"`)
		return
	}
	name, _, _ := strings.Cut(body, ":")
	if !l.named(name, len(body)+3, "${", "}") {
		return
	}
	l.emit(token{kind: reference, name: name, suffix: body[len(name):]}, "${"+body+"}")
}

// named reports whether name can be a variable's, and rejects size bytes if not.
func (l *lexer) named(name string, size int, open, end string) bool {
	switch trimmed := strings.TrimSpace(name); {
	case isName(name):
		return true
	case name == "":
		l.reject(size, "write "+open+"name"+end, "empty variable name")
	case isName(trimmed):
		l.reject(size, "did you mean "+open+trimmed+end+"?", "bad variable name %q", name)
	default:
		l.reject(size, "names consist of letters a-z, A-Z, digits and _", "bad variable name %q", name)
	}
	return false
}

// isName reports whether text can be a variable's name.
func isName(text string) bool {
	for i := 0; i < len(text); i++ {
		if !classWord.has(text[i]) {
			return false
		}
	}
	return text != ""
}

// character consumes one character of a literal.
func (l *lexer) character(rest string) {
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case r == utf8.RuneError && size == 1:
		l.reject(1, "save the definition as UTF-8", "byte %#02x is not UTF-8", rest[0])
	case r < ' ' || r == 0x7f:
		l.reject(1, "remove it", "control character %q", r)
	default:
		l.keep(rest[:size], size)
	}
}
