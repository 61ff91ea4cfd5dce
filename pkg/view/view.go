// Package view is how backmon shows what it knows to programs: the documents that
// the API answers with, that receivers of notices get, and that the commands print
// with `-o json`. Names of fields stay as they are; new ones may come. Times are
// RFC 3339 in UTC, sizes bytes, durations seconds; what does not apply is left out.
//
// Names of files need not be UTF-8, while JSON must be. One that is not comes
// quoted with \x escapes, for people, and beside it, in a field that ends in
// _base64, as it is. The package decides nothing, and reads from nowhere.
package view

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// Instant is a time, nil for the zero one.
func Instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// stamp is what a timestamp of a message is.
type stamp interface {
	AsTime() time.Time
	CheckValid() error
}

// moment is Instant of a message's time, nil for an absent one.
func moment(t stamp) *time.Time {
	if t.CheckValid() != nil {
		return nil
	}
	return Instant(t.AsTime())
}

// Name returns a name as it is when it is UTF-8, else quoted.
func Name(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return strconv.Quote(name)
}

// raw returns the bytes of a name that is not UTF-8, nil for any other.
func raw(name string) []byte {
	if utf8.ValidString(name) {
		return nil
	}
	return []byte(name)
}

// texts writes values as they call themselves; no value is an empty list.
func texts[T interface{ String() string }](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.String()
	}
	return out
}

// each maps a list; no value is an empty list.
func each[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = f(a)
	}
	return out
}
