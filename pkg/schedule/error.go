package schedule

import "strings"

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
