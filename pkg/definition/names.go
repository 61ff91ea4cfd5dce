package definition

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// maxAlias is the greatest length of an alias in bytes.
const maxAlias = 256

// names remembers who is called how, among the directories of a file or the files
// of a directory.
type names struct {
	kind     string         // "directory" or "file", for messages
	aliases  map[string]int // to the line of who has it
	patterns map[string]int // normalised, to the line of who has it
}

func newNames(kind string) *names {
	return &names{kind: kind, aliases: map[string]int{}, patterns: map[string]int{}}
}

// claim returns the name of the entry that stands at key, and reports whether it
// is sound: its alias is one, and neither that nor its pattern belongs to an
// earlier entry. pattern is empty if it is broken.
func (n *names) claim(key, alias document.Node, pattern string) (name string, sound bool) {
	line, _ := key.Position()
	name, at := key.String(), key
	if readAlias(alias) {
		name, at = alias.String(), alias
	}
	sound = !alias.HasErrors()
	if first, taken := n.patterns[pattern]; taken && pattern != "" {
		key.Problem(backup.Error, fmt.Sprintf("%q is the same pattern as the %s on line %d", key.Source(), n.kind, first), "")
		sound = false
	} else {
		n.patterns[pattern] = line
	}
	if first, taken := n.aliases[name]; taken {
		at.Problem(backup.Error, fmt.Sprintf("alias %q belongs to the %s on line %d already", name, n.kind, first), "give it another alias")
		name, sound = n.substitute(key.String(), line), false
	}
	n.aliases[name] = line
	return name, sound
}

// substitute returns a name that nobody has for an entry whose alias is taken.
func (n *names) substitute(text string, line int) string {
	name := fmt.Sprintf("%s (line %d)", text, line)
	for n.aliases[name] > 0 {
		name += "'"
	}
	return name
}

// readAlias reports whether there is a usable alias, and records what is wrong
// with one that is not.
func readAlias(alias document.Node) bool {
	text := alias.String()
	switch {
	case text == "":
		return false
	case len(text) > maxAlias:
		alias.Problem(backup.Error, fmt.Sprintf("the alias has %d bytes, at most %d are allowed", len(text), maxAlias), "")
		return false
	case strings.ContainsFunc(text, unicode.IsControl):
		alias.Problem(backup.Error, "the alias has a control character in it", "")
		return false
	}
	return true
}
