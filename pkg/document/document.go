// Package document reads YAML that people write: strictly, and with the line and
// column of every problem, all problems at once.
//
// Parse gives a Document, whose Root is a Node: a cursor with typed access.
// Access never returns an error. It records a Problem and returns the zero
// value; an absent Node is as usable as one that is there. So a reader is a plain
// list of what it wants, and at the end asks the Document for its Problems.
//
// Anchors, aliases and merge keys work. Documents that are large, deep, or that
// grow by aliases ("billion laughs") are refused before anything is expanded.
//
// The package doesn't write YAML, keeps no comments, and knows no key of any
// file: packages config and definition do.
package document

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/backmon/backmon/pkg/backup"
)

const (
	// DefaultMaxBytes is the size up to which documents are read, 1 MiB.
	DefaultMaxBytes = 1 << 20

	maxNodes    = 100_000 // with aliases expanded
	maxDepth    = 64      // with aliases expanded
	maxProblems = 1_000
	maxLine     = 1_024 // in bytes: of keys, and of text that is parsed
)

// Options says how to read a document.
type Options struct {
	// File is the name that problems carry.
	File string
	// MaxBytes is the largest size that is read; 0 stands for DefaultMaxBytes.
	MaxBytes int
	// Variables gives the values for ${NAME} and __${NAME}__ in scalar values,
	// and whether there is one. If nil, such text is left as it is. Where it is
	// not nil, $${NAME} stands for the text ${NAME}.
	Variables func(name string) (value string, found bool)
	// Excerpts gives problems the lines around them. Not for documents that hold
	// secrets.
	Excerpts bool
}

// Document is a parsed document with the problems that were found in it so far.
// It is not safe for use by several goroutines at once: reading records problems.
type Document struct {
	options  Options
	source   source
	root     *yaml.Node
	mappings map[*yaml.Node]*mapping
	expanded map[*yaml.Node]expansion
	problems problemList
}

// Parse reads one YAML document. The problems that it returns are those that
// make the document unreadable: too large, too deep, not YAML, or more than one
// document. Their Document has an absent root. Problems inside a readable
// document, such as an undefined variable, are in Document.Problems.
//
// An empty document is not a problem; its root is absent.
func Parse(data []byte, options Options) (*Document, []backup.Problem) {
	if options.MaxBytes == 0 {
		options.MaxBytes = DefaultMaxBytes
	}
	d := &Document{
		options:  options,
		mappings: map[*yaml.Node]*mapping{},
		expanded: map[*yaml.Node]expansion{},
		problems: newProblemList(),
	}
	if len(data) > options.MaxBytes {
		d.refuse(0, 0, fmt.Sprintf("the file has %d bytes, at most %d are read", len(data), options.MaxBytes), "")
		return d, d.Problems()
	}
	d.source = newSource(data)
	root := d.parse()
	if root == nil || !d.checkSize(root) {
		return d, d.Problems()
	}
	d.root = root
	d.expandVariables()
	return d, nil
}

// Root returns the document's outermost value.
func (d *Document) Root() Node {
	return Node{doc: d, value: d.root, anchor: d.root}
}

// Problems returns what was found so far, sorted by position. At most 1,000 are
// kept; a last one tells how many there were beyond.
func (d *Document) Problems() []backup.Problem {
	problems := d.problems.sorted(d.options.File)
	if d.options.Excerpts {
		d.source.addExcerpts(problems)
	}
	return problems
}

// refuse records a problem of the document as a whole. The position is yaml's:
// column in characters.
func (d *Document) refuse(line, column int, message, hint string) {
	d.record(backup.Problem{Level: backup.Error, Line: line, Column: d.source.byteColumn(line, column), Message: message, Hint: hint})
}

func (d *Document) record(p backup.Problem) {
	p.File = d.options.File
	d.problems.add(p)
}
