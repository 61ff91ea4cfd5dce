package document

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/spelling"
)

// mapping is a map's entries in document order, merged ones where "<<" stands.
type mapping struct {
	entries []entry
	index   map[string]int
}

type entry struct {
	key, value *yaml.Node
	merged     bool // came by "<<": an explicit key overrides it
}

// Map checks that the value, if there is one, is a map with no other keys than
// the known ones, and tells whether it is a map. Unknown keys are recorded at the
// given level, with the known key that was probably meant. Duplicate keys, and
// keys that aren't text, are errors.
func (n Node) Map(unknown backup.Level, known ...string) bool {
	if !n.AnyMap() {
		return false
	}
	for _, key := range n.Keys() {
		name := key.resolved().Value
		if slices.Contains(known, name) {
			continue
		}
		if n.doc.problems.full() {
			n.doc.record(backup.Problem{}) // only counted: spare looking for hints
			continue
		}
		key.Problem(unknown, "unknown key "+quote(name), spelling.Hint(name, known))
	}
	return true
}

// AnyMap is Map for maps whose keys are names that the author chooses.
func (n Node) AnyMap() bool {
	if !n.Exists() {
		return false
	}
	if !n.IsMap() {
		n.expected("a map")
		return false
	}
	n.mapping()
	return true
}

// Get returns the value of a key, which may be absent. It is absent, too, if the
// node is not a map; Map, AnyMap or Keys record that.
func (n Node) Get(key string) Node {
	child := Node{doc: n.doc, anchor: n.anchor, trail: n.trail.child(key)}
	if !n.IsMap() {
		return child
	}
	m := n.mapping()
	if i, found := m.index[key]; found {
		child.value, child.anchor = m.entries[i].value, m.entries[i].key
	} else if child.anchor == nil {
		child.anchor = n.resolved()
	}
	return child
}

// Keys returns a map's keys in document order. The String of each is the key,
// its Position that of the key; Get gives the values. Keys that came by a merge
// ("<<") stand where that stands.
func (n Node) Keys() []Node {
	if !n.AnyMap() {
		return nil
	}
	m := n.mapping()
	keys := make([]Node, len(m.entries))
	for i, e := range m.entries {
		key := resolve(e.key)
		keys[i] = Node{doc: n.doc, value: key, anchor: key, trail: n.trail.child(key.Value)}
	}
	return keys
}

// mapping returns the entries of a map. The first call for a map records what is
// wrong with its keys.
func (n Node) mapping() *mapping {
	v := n.resolved()
	if m := n.doc.mappings[v]; m != nil {
		return m
	}
	m := &mapping{index: map[string]int{}}
	n.doc.mappings[v] = m
	for i := 0; i+1 < len(v.Content); i += 2 {
		key, value := v.Content[i], v.Content[i+1]
		if isMerge(key) {
			n.merge(m, Node{doc: n.doc, value: value, anchor: key, trail: n.trail})
			continue
		}
		n.put(m, entry{key: key, value: value})
	}
	return m
}

func isMerge(key *yaml.Node) bool { return key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" }

// put adds an entry that stands in the map itself.
func (n Node) put(m *mapping, e entry) {
	key := resolve(e.key)
	at := Node{doc: n.doc, value: key, anchor: key, trail: n.trail}
	if key.Kind != yaml.ScalarNode {
		at.expected("text as a key")
		return
	}
	i, found := m.index[key.Value]
	switch {
	case found && m.entries[i].merged:
		m.entries[i] = e
	case found:
		at.trail = n.trail.child(key.Value)
		at.errorf("", "key %s is given twice, on line %d and on line %d", quote(key.Value), m.entries[i].key.Line, key.Line)
	default:
		m.index[key.Value] = len(m.entries)
		m.entries = append(m.entries, e)
	}
}

// merge adds what "<<" refers to: a map, or a list of maps of which earlier ones
// take precedence. Keys that are there already stay as they are.
func (n Node) merge(m *mapping, from Node) {
	switch {
	case from.IsMap():
		for _, e := range from.mapping().entries {
			key := resolve(e.key).Value
			if _, found := m.index[key]; !found {
				m.index[key] = len(m.entries)
				m.entries = append(m.entries, entry{key: e.key, value: e.value, merged: true})
			}
		}
	case from.IsList():
		for _, item := range from.Items() {
			if item.IsMap() {
				n.merge(m, item)
			} else {
				item.errorf("", "expected a map to merge")
			}
		}
	case from.Exists():
		from.expected("a map to merge, or a list of them")
	}
}

// Items returns a list's items, whose paths end in [0], [1] and so on.
func (n Node) Items() []Node {
	if !n.Exists() {
		return nil
	}
	if !n.IsList() {
		n.expected("a list")
		return nil
	}
	v := n.resolved()
	items := make([]Node, len(v.Content))
	for i, item := range v.Content {
		items[i] = Node{doc: n.doc, value: item, anchor: item, trail: n.trail.item(i)}
	}
	return items
}
