package document

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// expansion is a scalar's text with its variables replaced.
type expansion struct {
	text   string
	usable bool // false if a variable is undefined
}

// reference finds $${...} (an escape), __${...}__ and ${...}.
var reference = regexp.MustCompile(`\$?\$\{[^{}]*\}`)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expandVariables replaces the variables in all scalar values, each once however
// many aliases lead to it.
func (d *Document) expandVariables() {
	if d.options.Variables == nil {
		return
	}
	d.expandNode(Node{doc: d, value: d.root, anchor: d.root})
}

func (d *Document) expandNode(n Node) {
	v := n.value
	switch v.Kind {
	case yaml.ScalarNode:
		if strings.Contains(v.Value, "${") {
			d.expanded[v] = n.expand(v.Value)
		}
	case yaml.SequenceNode:
		for _, item := range n.Items() {
			d.expandNode(item)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(v.Content); i += 2 {
			key := v.Content[i]
			d.expandNode(Node{doc: d, value: v.Content[i+1], anchor: key, trail: n.trail.child(key.Value)})
		}
	default: // what an alias leads to is visited where it stands
	}
}

func (n Node) expand(text string) expansion {
	e := expansion{usable: true}
	var b strings.Builder
	for {
		at := reference.FindStringIndex(text)
		if at == nil {
			b.WriteString(text)
			e.text = b.String()
			return e
		}
		before, match, after := text[:at[0]], text[at[0]:at[1]], text[at[1]:]
		if escaped, found := strings.CutPrefix(match, "$$"); found {
			b.WriteString(before + "$" + escaped)
			text = after
			continue
		}
		if strings.HasSuffix(before, "__") && strings.HasPrefix(after, "__") {
			before, after = before[:len(before)-2], after[2:]
		}
		value, ok := n.lookup(match)
		e.usable = e.usable && ok
		b.WriteString(before + value)
		text = after
	}
}

// lookup returns the value of ${NAME}.
func (n Node) lookup(reference string) (string, bool) {
	name := reference[len("${") : len(reference)-len("}")]
	if !variableName.MatchString(name) {
		n.errorf("write $${...} for the text itself", "%s is not a variable's name", quote(name))
		return "", false
	}
	value, found := n.doc.options.Variables(name)
	if !found {
		n.errorf("set it, or write $"+reference+" for the text itself", "variable %s is not defined", name)
	}
	return value, found
}
