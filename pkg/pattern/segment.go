package pattern

import "strings"

// segment is one compiled path component: what is known of it before a name is
// seen, so that most names are refused with a comparison or two.
type segment struct {
	tokens []token

	least          int    // the shortest name that can match, in bytes
	prefix, suffix string // literal text that every match begins and ends with
	head, tail     int    // tokens[head:tail] reaches from the first repeated token to the last
	internal       bool   // refers to a variable that it captures itself
	parts          Parts
}

// newSegment compiles the tokens of one component.
func newSegment(tokens []token) *segment {
	s := &segment{tokens: tokens, head: len(tokens), tail: 0}
	for i := range tokens {
		s.observe(i, &tokens[i])
	}
	if s.internal {
		// How long the references are is only known once the variable is captured.
		s.tail = len(tokens)
	}
	s.tail = max(s.tail, s.head)
	s.remember()
	s.literals()
	return s
}

// observe accounts for one token.
func (s *segment) observe(i int, t *token) {
	switch {
	case t.kind == literal:
		s.least += len(t.text)
	case t.place != nil && t.place.width > 0:
		s.least += t.place.width
		s.parts |= t.place.part
	default:
		s.least++
	}
	if t.repeats() {
		s.head, s.tail = min(s.head, i), i+1
	}
	s.internal = s.internal || t.source >= 0
}

// remember marks the tokens after which the rest of a match depends on the
// position only: no later reference looks back to what they or earlier tokens
// of this segment have captured.
func (s *segment) remember() {
	free := len(s.tokens)
	for i := len(s.tokens) - 1; i >= 0; i-- {
		t := &s.tokens[i]
		t.memo = i < free
		if t.source >= 0 {
			free = min(free, t.source)
		}
	}
}

// literals finds the text that every match begins and ends with.
func (s *segment) literals() {
	if len(s.tokens) == 0 {
		return
	}
	if first := s.tokens[0]; first.kind == literal {
		s.prefix = first.text
	}
	if last := s.tokens[len(s.tokens)-1]; last.kind == literal {
		s.suffix = last.text
	}
}

// fixed reports whether the segment matches one name only.
func (s *segment) fixed() bool {
	return len(s.tokens) == 1 && s.tokens[0].kind == literal
}

// String returns the segment as it is written in a pattern.
func (s *segment) String() string {
	var b strings.Builder
	for i := range s.tokens {
		b.WriteString(s.tokens[i].String())
	}
	return b.String()
}
