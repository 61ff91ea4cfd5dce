// Package message puts notices into words: a title in one line and a text, by
// templates that a person may replace, and the same facts as JSON for programs. It
// says what is wrong, what was expected and seen, since when, and what to do.
//
// It neither decides what is news (package incident does) nor sends anything.
package message
