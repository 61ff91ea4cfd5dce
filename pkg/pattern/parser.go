package pattern

import (
	"strings"

	"github.com/backmon/backmon/pkg/spelling"
)

// Limits of one pattern. They are far above what a definition needs and keep
// the work that a hostile one can cause small.
const (
	// MaxLength is the greatest length of a pattern in bytes: that of an S3 key.
	MaxLength = 1024
	// MaxVariables is the greatest number of variables in a directory pattern.
	MaxVariables = 32
)

// parser gives the tokens of one pattern their meaning.
type parser struct {
	problems  Errors
	variables []string // those captured so far, in order
	later     map[string]bool
}

// err returns the problems in the order of their columns.
func (p *parser) err() error {
	p.problems.sort()
	return p.problems.err()
}

// tooLong reports a pattern that exceeds MaxLength. Nothing else is said about
// it: its problems could be as long.
func (p *parser) tooLong(text string) bool {
	if len(text) > MaxLength {
		p.problems.add(MaxLength+1, "shorten it", "pattern of %d bytes is longer than %d", len(text), MaxLength)
		return true
	}
	return false
}

// layers parses the components of a directory pattern that starts at offset.
func (p *parser) layers(text string, offset int) []*segment {
	parts := strings.Split(text, "/")
	lexed := make([][]token, len(parts))
	p.later = map[string]bool{}
	for i, part := range parts {
		lexed[i] = p.layer(part, offset)
		p.foresee(lexed[i])
		offset += len(part) + 1
	}
	segments := make([]*segment, len(parts))
	for i, tokens := range lexed {
		p.bind(tokens, true)
		segments[i] = newSegment(tokens)
	}
	return segments
}

// layer lexes one component of a directory pattern.
func (p *parser) layer(part string, offset int) []token {
	switch part {
	case "":
		p.problems.add(offset+1, "remove one of the slashes", "empty folder name")
	case ".", "..":
		p.problems.add(offset+1, "write the path from the disk's root without it", "folder name %q", part)
	}
	return lex(part, offset, &p.problems)
}

// foresee notes which variables the pattern captures anywhere.
func (p *parser) foresee(tokens []token) {
	for _, t := range tokens {
		if t.kind == capture {
			p.later[t.name] = true
		}
	}
}

// bind resolves the variables of one component.
func (p *parser) bind(tokens []token, directory bool) {
	for i := range tokens {
		switch t := &tokens[i]; {
		case t.kind == capture && directory:
			p.define(t)
		case t.kind == capture:
			p.problems.add(t.column, "use ${"+t.name+"}: variables are captured in directory names",
				"{{%s}} in a file pattern", t.name)
		case t.kind == reference:
			p.refer(t, tokens[:i])
		}
	}
}

// define registers a captured variable.
func (p *parser) define(t *token) {
	if p.find(t.name) >= 0 {
		p.problems.add(t.column, "use ${"+t.name+"} to ask for the same value again", "variable %q is captured twice", t.name)
		return
	}
	if len(p.variables) == MaxVariables {
		p.problems.add(t.column, "use placeholders such as %v for values that are not referred to",
			"more than %d variables", MaxVariables)
	}
	t.variable = len(p.variables)
	p.variables = append(p.variables, t.name)
}

// refer resolves a reference; before are the tokens of its component that
// precede it.
func (p *parser) refer(t *token, before []token) {
	t.op = p.operation(t)
	t.variable = p.find(t.name)
	if t.variable < 0 {
		p.problems.add(t.column, p.undefinedHint(t.name), "undefined variable %q", t.name)
		return
	}
	for i, b := range before {
		if b.kind == capture && b.name == t.name {
			t.source = i
		}
	}
}

// operation returns what the reference asks to do with the value.
func (p *parser) operation(t *token) operation {
	switch t.suffix {
	case "":
		return asIs
	case ":lower":
		return lower
	case ":upper":
		return upper
	}
	p.problems.add(t.column, "did you mean lower or upper?", "unknown operation %q", t.suffix[1:])
	return asIs
}

// find returns the index of a variable captured so far, or -1.
func (p *parser) find(name string) int {
	for i, v := range p.variables {
		if v == name {
			return i
		}
	}
	return -1
}

// undefinedHint says what may have been meant by an undefined variable.
func (p *parser) undefinedHint(name string) string {
	if p.later[name] {
		return "{{" + name + "}} must come before it"
	}
	if near, ok := spelling.Nearest(name, p.variables); ok {
		return "did you mean ${" + near + "}?"
	}
	if len(p.variables) == 0 {
		return "no variables are defined: capture one with {{" + name + "}} in the directory pattern"
	}
	return "defined are " + strings.Join(p.variables, ", ")
}
