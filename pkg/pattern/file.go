package pattern

import "strings"

// File is a parsed file pattern: it says which names in the directories of one
// Directory are files of a file rule. It is safe for concurrent use.
type File struct {
	segment *segment
	parts   Parts
}

// ParseFile parses a file pattern, which may refer to the variables of d. The
// error is Errors with every problem of the pattern.
func (d *Directory) ParseFile(text string) (*File, error) {
	p := parser{variables: d.variables}
	if p.tooLong(text) {
		return nil, p.problems
	}
	switch i := strings.IndexByte(text, '/'); {
	case text == "":
		p.problems.add(1, "write the name of a file", "empty file pattern")
	case i >= 0:
		p.problems.add(i+1, "put folders into the directory pattern", "file pattern with a slash")
	}
	tokens := lex(text, 0, &p.problems)
	p.bind(tokens, false)
	if err := p.err(); err != nil {
		return nil, err
	}
	s := newSegment(tokens)
	return &File{segment: s, parts: d.parts | s.parts}, nil
}

// String returns the pattern. Parsing it again, with the same directory, gives
// an equal pattern.
func (f *File) String() string { return f.segment.String() }

// TimeParts returns the time parts that the names of a file and its directories
// give together. If it is AllParts, the modification time has no influence on
// the file's interpolated time.
func (f *File) TimeParts() Parts { return f.parts }
