package document

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// extent is how much a value holds with all aliases expanded.
type extent struct {
	nodes, depth int
}

// checkSize refuses documents that are too large or too deep, without expanding
// anything: each value is visited once, however many aliases lead to it.
func (d *Document) checkSize(root *yaml.Node) bool {
	m := measurer{doc: d, known: map[*yaml.Node]extent{}, open: map[*yaml.Node]bool{}}
	_, ok := m.measure(root, 1)
	return ok
}

type measurer struct {
	doc   *Document
	known map[*yaml.Node]extent
	open  map[*yaml.Node]bool // being measured: an alias to one of them never ends
}

func (m measurer) measure(v *yaml.Node, level int) (extent, bool) {
	if e, found := m.known[v]; found {
		return e, m.allowed(v, e, level)
	}
	if m.open[v] {
		return extent{}, m.refuse(v, "the value contains itself")
	}
	m.open[v] = true
	defer delete(m.open, v)
	e := extent{nodes: 1, depth: 1}
	if !m.allowed(v, e, level) {
		return e, false
	}
	if !m.keysAllowed(v) {
		return e, false
	}
	below, children := level+1, v.Content
	if v.Kind == yaml.AliasNode {
		below, children = level, []*yaml.Node{v.Alias}
		e.depth = 0
	}
	for _, child := range children {
		c, ok := m.measure(child, below)
		if !ok {
			return e, false
		}
		e.nodes += c.nodes
		e.depth = max(e.depth, c.depth+below-level)
		if !m.allowed(v, e, level) {
			return e, false
		}
	}
	m.known[v] = e
	return e, true
}

func (m measurer) allowed(v *yaml.Node, e extent, level int) bool {
	if e.nodes > maxNodes {
		return m.refuse(v, fmt.Sprintf("more than %d values, with aliases expanded", maxNodes))
	}
	if level+e.depth-1 > maxDepth {
		return m.refuse(v, fmt.Sprintf("more than %d levels deep", maxDepth))
	}
	return true
}

// keysAllowed refuses long keys, which would make the problems' paths long.
func (m measurer) keysAllowed(v *yaml.Node) bool {
	for i := 0; v.Kind == yaml.MappingNode && i < len(v.Content); i += 2 {
		if key := resolve(v.Content[i]); len(key.Value) > maxLine {
			return m.refuse(key, fmt.Sprintf("the key has %d bytes, at most %d are allowed", len(key.Value), maxLine))
		}
	}
	return true
}

func (m measurer) refuse(v *yaml.Node, message string) bool {
	m.doc.refuse(v.Line, v.Column, message, "")
	return false
}
