package backup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Level says what a Problem stops.
type Level int

const (
	// Warning leaves the meaning as it is; the text deserves a second look.
	Warning Level = iota + 1
	// Error stops the rule, the directory or the file that it stands in.
	Error
)

// String returns "warning" or "error".
func (l Level) String() string {
	switch l {
	case Warning:
		return "warning"
	case Error:
		return "error"
	default:
		return fmt.Sprintf("level(%d)", int(l))
	}
}

// Problem is one thing that is wrong with a text that a person wrote, with its
// place and what to do about it. It is an error, so it can be returned as one.
type Problem struct {
	Level   Level
	File    string // name of the text, as its author knows it
	Line    int    // 1-based; 0 when the whole file is meant
	Column  int    // 1-based, in bytes; 0 when the whole line is meant
	Path    string // the key's path: directories."db".files."x".schedule
	Message string // what is wrong, with the value
	Hint    string // what to do; may be empty
	Excerpt Excerpt
}

// Excerpt is the text around a problem, for who shows it where the text itself
// is not at hand. It is zero where there is none to show.
type Excerpt struct {
	Line int    // number of the first line, 1-based
	Text string // a few lines without the last one's break; long lines end in "…"
}

// Error says place, message and hint in one line, as compilers do.
func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		b.WriteByte(':')
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "%d:", p.Line)
	}
	if p.Line > 0 && p.Column > 0 {
		fmt.Fprintf(&b, "%d:", p.Column)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if p.Level == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString("; ")
		b.WriteString(p.Hint)
	}
	return b.String()
}

// SortProblems orders problems by file and position, as a reader meets them.
func SortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// HasErrors reports whether at least one problem is an Error.
func HasErrors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Level == Error })
}
