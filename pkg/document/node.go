package document

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/backmon/backmon/pkg/backup"
)

// Node is a place in a document: a map, a list or a scalar, or a place where
// there is nothing. Only Nodes from a Document are usable.
type Node struct {
	doc    *Document
	value  *yaml.Node // nil if absent
	anchor *yaml.Node // where problems point if there is no value; may be nil
	trail  *trail
}

// Exists tells whether there is a value. A null ("key:", "key: ~") is none.
func (n Node) Exists() bool {
	v := n.resolved()
	return v != nil && v.ShortTag() != "!!null"
}

// IsMap tells whether the value is a map.
func (n Node) IsMap() bool { return n.is(yaml.MappingNode) }

// IsList tells whether the value is a list.
func (n Node) IsList() bool { return n.is(yaml.SequenceNode) }

// IsScalar tells whether the value is text, a number, true or false.
func (n Node) IsScalar() bool { return n.is(yaml.ScalarNode) }

func (n Node) is(kind yaml.Kind) bool { return n.Exists() && n.resolved().Kind == kind }

// resolved returns the value behind any alias.
func (n Node) resolved() *yaml.Node { return resolve(n.value) }

func resolve(v *yaml.Node) *yaml.Node {
	for v != nil && v.Kind == yaml.AliasNode {
		v = v.Alias
	}
	return v
}

// Path returns the keys and, from 0, indices that lead here from the root, such
// as directories.db.files[2]. Keys with other characters than letters, digits,
// "_" and "-" are quoted. The root's path is empty.
func (n Node) Path() string { return n.trail.String() }

// Position returns the line and the column, in bytes, both from 1. For a value
// that is an alias, that is where the anchor stands. For an absent value it is
// the key, or the key of the map that it is missing from; 0 if there is none.
func (n Node) Position() (line, column int) {
	at := n.resolved()
	if !n.Exists() {
		at = n.anchor
	}
	if at == nil {
		return 0, 0
	}
	return at.Line, n.doc.source.byteColumn(at.Line, at.Column)
}

// Problem records a problem at the node's position. Message and hint must not
// hold the value of a variable: quote Source instead of String.
func (n Node) Problem(level backup.Level, message, hint string) {
	line, column := n.Position()
	n.record(level, line, column, message, hint)
}

// ProblemAt is Problem with a column, in bytes from 1, in the text that String
// returns, such as the column that a parser of the text reports. Where that has
// no place in the document (escapes, several lines, variables) the problem
// points to where the value begins.
func (n Node) ProblemAt(level backup.Level, column int, message, hint string) {
	line, start := n.Position()
	if n.IsScalar() && column > 0 {
		start += n.within(column)
	}
	n.record(level, line, start, message, hint)
}

// ProblemOn is Problem at a line and column that Begins makes known.
func (n Node) ProblemOn(level backup.Level, line, column int, message, hint string) {
	n.record(level, line, column, message, hint)
}

// within returns how far to the right of its beginning a scalar's column stands
// in the document: 0 if its text doesn't stand there as it is.
func (n Node) within(column int) int {
	v := n.resolved()
	e, expanded := n.doc.expanded[v]
	if column > len(v.Value)+1 || len(v.Value) > maxLine || expanded && e.text != v.Value {
		return 0
	}
	offset := n.doc.source.offset(v.Line, v.Column)
	switch {
	case n.doc.source.has(offset, v.Value):
		return column - 1
	case (n.doc.source.has(offset, `"`) || n.doc.source.has(offset, `'`)) && n.doc.source.has(offset+1, v.Value):
		return column
	}
	return 0
}

// Begins returns where the text of a scalar begins, if it stands in the document as
// String returns it: in one line, or as a literal block ("|"), of which every line
// begins at the same column. Else line and column are 0.
func (n Node) Begins() (line, column int) {
	v := n.resolved()
	if e, expanded := n.doc.expanded[v]; !n.IsScalar() || expanded && e.text != v.Value {
		return 0, 0
	}
	if v.Style&yaml.LiteralStyle != 0 {
		return n.doc.source.block(v.Line+1, v.Value)
	}
	offset := n.doc.source.offset(v.Line, v.Column)
	quoted := 0
	if n.doc.source.has(offset, `"`) || n.doc.source.has(offset, `'`) {
		quoted = 1
	}
	if strings.ContainsFunc(v.Value, isBreak) || !n.doc.source.has(offset+quoted, v.Value) {
		return 0, 0
	}
	line, column = n.Position()
	return line, column + quoted
}

func (n Node) record(level backup.Level, line, column int, message, hint string) {
	p := backup.Problem{Level: level, Line: line, Column: column, Message: message, Hint: hint}
	if !n.doc.problems.full() {
		p.Path = n.Path()
	}
	n.doc.record(p)
}

// HasErrors tells whether a problem of level backup.Error was recorded here or
// anywhere below, so far.
func (n Node) HasErrors() bool { return n.doc.problems.errorsUnder(n.Path()) }

func (n Node) errorf(hint, format string, args ...any) {
	n.Problem(backup.Error, fmt.Sprintf(format, args...), hint)
}

// expected records that the value is of the wrong type. It doesn't quote the
// value: what stands in the wrong place may be a secret.
func (n Node) expected(what string) {
	v := n.resolved()
	hint := ""
	if v.Kind == yaml.MappingNode && n.doc.source.has(n.doc.source.offset(v.Line, v.Column), "{{") {
		hint = quoteHint("{")
	}
	n.errorf(hint, "expected %s, found %s", what, kindName(v))
}

func quoteHint(start string) string {
	return fmt.Sprintf("text that begins with %q needs quotes around it", start)
}

func kindName(v *yaml.Node) string {
	switch v.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	default:
	}
	switch v.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	}
	return "text"
}
