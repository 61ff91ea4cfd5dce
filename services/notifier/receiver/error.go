package receiver

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/prose"
)

// Error is why a notice was not delivered. It holds no secret, and no error of a
// library that might.
type Error struct {
	text      string
	permanent bool
	after     time.Duration
}

// Error says what went wrong, in one line of at most 600 characters.
func (e *Error) Error() string { return e.text }

// Permanent reports whether another attempt would end the same.
func (e *Error) Permanent() bool { return e.permanent }

// RetryAfter is what the receiver asked to wait before another attempt; 0 when it
// said nothing.
func (e *Error) RetryAfter() time.Duration { return e.after }

// maxError bounds an error's text, in characters.
const maxError = 600

// temporary makes an error of a text; another attempt may succeed.
func temporary(format string, args ...any) *Error {
	return &Error{text: prose.Cut(prose.Clean(fmt.Sprintf(format, args...)), maxError)}
}

// permanent makes an error of a text that it makes no sense to try again after.
func permanent(format string, args ...any) *Error {
	e := temporary(format, args...)
	e.permanent = true
	return e
}
