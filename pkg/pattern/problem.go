package pattern

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a pattern.
type Problem struct {
	// Column is where it is: the 1-based byte position in the pattern as it was
	// given, or 0 if the problem has no place in the pattern.
	Column int
	// Message says what is wrong, in lower case.
	Message string
	// Hint says what to write instead. It may be empty.
	Hint string
}

// Error returns column, message and hint in one line, such as
// `column 3: unknown placeholder "%q"; known are %Y, %y, ...`.
func (p Problem) Error() string {
	text := p.Message
	if p.Column > 0 {
		text = fmt.Sprintf("column %d: %s", p.Column, text)
	}
	if p.Hint != "" {
		text += "; " + p.Hint
	}
	return text
}

// Errors holds every problem of one pattern, in the order of their columns. As
// an error it is never empty.
type Errors []Problem

// Error joins the problems' texts with line breaks.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the problems as separate errors, for errors.As.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, p := range e {
		list[i] = p
	}
	return list
}

// add appends a problem; column is 1-based.
func (e *Errors) add(column int, hint, format string, args ...any) {
	*e = append(*e, Problem{Column: column, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// sort puts the problems in the order of their columns.
func (e Errors) sort() {
	slices.SortStableFunc(e, func(a, b Problem) int { return cmp.Compare(a.Column, b.Column) })
}

// err returns the problems as an error, nil if there are none: an empty Errors
// in an error interface would not be nil.
func (e Errors) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
