package config

import (
	"fmt"
	"io"
)

// hidden is what every Secret prints.
const hidden = "***"

// Secret is a text that doesn't print: not with fmt, whatever the verb, and not
// as JSON or text. Reveal gives it to the one place that needs it.
//
// Keep it in exported fields and not as a map's key: in an unexported field fmt
// can't call its methods, and encoding/json doesn't call them for keys.
type Secret string

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }

// String returns "***".
func (Secret) String() string { return hidden }

// GoString returns "***".
func (Secret) GoString() string { return hidden }

// Format writes "***" for every verb.
func (Secret) Format(f fmt.State, _ rune) {
	// A fmt.State has nowhere to return an error to.
	_, _ = io.WriteString(f, hidden)
}

// MarshalText returns "***".
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON returns "***" as a JSON string.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
