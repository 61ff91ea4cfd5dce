package pattern

import "strings"

// kind tells the tokens of the language apart.
type kind uint8

const (
	literal   kind = iota // text that must be there as it is
	holder                // %Y and the like
	capture               // {{var}}
	reference             // ${var}, ${var:lower}, ${var:upper}
)

// operation is how a reference converts the captured value.
type operation uint8

const (
	asIs operation = iota
	lower
	upper
	operations // how many there are
)

// apply converts a captured value.
func (o operation) apply(value string) string {
	switch o {
	case lower:
		return strings.ToLower(value)
	case upper:
		return strings.ToUpper(value)
	default:
		return value
	}
}

// token is one element of a pattern.
type token struct {
	kind   kind
	column int    // 1-based, in the pattern as given
	text   string // of a literal: what it matches; of others: how it is written
	name   string // of a capture and a reference: the variable's
	suffix string // of a reference: the operation as written, with its colon

	place    *placeholder // of a holder and a capture: what it matches
	variable int          // of a capture and a reference: index in Directory.variables
	op       operation
	source   int  // of a reference to a capture in the same segment: that token's index, else -1
	fused    bool // stays as written in group labels
	memo     bool // what follows doesn't depend on how the tokens before matched
}

// repeats reports whether the token has no fixed length.
func (t *token) repeats() bool { return t.place != nil && t.place.width == 0 }

// slot is the index of a reference's text in the captured values.
func (t *token) slot() int { return slot(t.variable, t.op) }

// slot is the index of a variable's converted value in the captured values.
func slot(variable int, op operation) int { return variable*int(operations) + int(op) }

// String returns the token as it is written in a pattern.
func (t *token) String() string {
	if t.kind == literal {
		return strings.ReplaceAll(t.text, "%", "%%")
	}
	return t.text
}

// describe says what the token accepts, for people.
func (t *token) describe() string {
	switch t.kind {
	case literal:
		return `"` + t.text + `"`
	case reference:
		return t.text
	default:
		return t.text + " (" + t.place.accepts + ")"
	}
}
