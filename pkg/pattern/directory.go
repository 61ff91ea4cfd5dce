package pattern

import (
	"slices"
	"strings"

	"github.com/backmon/backmon/pkg/spelling"
)

// Directory is a parsed directory pattern: it says which directories of a disk
// a directory rule is about, and into which groups they fall. It is safe for
// concurrent use, except for Fuse.
type Directory struct {
	layers    []*segment
	variables []string
	parts     Parts
}

// ParseDirectory parses a directory pattern. Slashes around it and one leading
// "./" are ignored; "", "." and "/" mean the disk's root. The error is Errors
// with every problem of the pattern.
func ParseDirectory(text string) (*Directory, error) {
	var p parser
	if p.tooLong(text) {
		return nil, p.problems
	}
	body, offset := trimDirectory(text)
	d := &Directory{}
	if body != "" {
		d.layers = p.layers(body, offset)
	}
	d.variables = p.variables
	for _, layer := range d.layers {
		d.parts |= layer.parts
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return d, nil
}

// trimDirectory removes what is ignored around a directory pattern, and returns
// the rest and where in text it starts.
func trimDirectory(text string) (body string, offset int) {
	body = strings.TrimLeft(text, "/")
	offset = len(text) - len(body)
	body = strings.TrimRight(body, "/")
	if body == "." {
		return "", offset
	}
	if rest, ok := strings.CutPrefix(body, "./"); ok {
		return rest, offset + len("./")
	}
	return body, offset
}

// String returns the normalised pattern: "." for the disk's root, else the
// layers joined by slashes. Parsing it gives an equal pattern.
func (d *Directory) String() string {
	if len(d.layers) == 0 {
		return "."
	}
	names := make([]string, len(d.layers))
	for i, layer := range d.layers {
		names[i] = layer.String()
	}
	return strings.Join(names, "/")
}

// Depth returns the number of layers: how many directories lie between the
// disk's root and the files of the rule, 0 for the root itself.
func (d *Directory) Depth() int { return len(d.layers) }

// Variables returns the names of the {{variables}} in the order in which they
// are captured.
func (d *Directory) Variables() []string { return slices.Clone(d.variables) }

// TimeParts returns the time parts that the directory's name gives.
func (d *Directory) TimeParts() Parts { return d.parts }

// Literal reports whether the pattern has neither variables nor placeholders.
// It then has one group, which is known without looking at the disk: Label.
func (d *Directory) Literal() bool {
	for _, layer := range d.layers {
		if !layer.fixed() {
			return false
		}
	}
	return true
}

// Label returns the group label under which a rule without any group can be
// reported: the path itself if the pattern is literal ("100%", where String has
// "100%%"), else the pattern.
func (d *Directory) Label() string {
	if !d.Literal() || len(d.layers) == 0 {
		return d.String()
	}
	names := make([]string, len(d.layers))
	for i, layer := range d.layers {
		names[i] = layer.prefix
	}
	return strings.Join(names, "/")
}

// Fuse makes groups that differ only in the named variables ("shard") or
// placeholders ("%Y") one group: they stay as they are written in its label. A
// name applies to every occurrence, references included. The error is Errors
// with every name that the pattern doesn't have; the others are fused.
// Call it before NewSet.
func (d *Directory) Fuse(names []string) error {
	var problems Errors
	for _, name := range names {
		if !d.fuse(name) {
			problems.add(0, d.fuseHint(name), "nothing to fuse is called %q", name)
		}
	}
	return problems.err()
}

// fuse marks the tokens of one name, and reports whether there are any.
func (d *Directory) fuse(name string) bool {
	found := false
	for _, layer := range d.layers {
		for i := range layer.tokens {
			t := &layer.tokens[i]
			if t.fuseName() == name && name != "" {
				t.fused, found = true, true
			}
		}
	}
	return found
}

// fuseName is how a token is called in a list of names to fuse.
func (t *token) fuseName() string {
	if t.kind == holder {
		return t.text
	}
	return t.name
}

// fuseHint lists what could be fused.
func (d *Directory) fuseHint(name string) string {
	var names []string
	for _, layer := range d.layers {
		for i := range layer.tokens {
			if n := layer.tokens[i].fuseName(); n != "" && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	if hint := spelling.Hint(strings.Trim(name, "{}$ "), names); hint != "" {
		return hint
	}
	if len(names) == 0 {
		return "the directory pattern has no variables or placeholders"
	}
	return "what can be fused: " + strings.Join(names, ", ")
}
