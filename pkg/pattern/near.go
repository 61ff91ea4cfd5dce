package pattern

import (
	"slices"
	"strings"
)

// Near says how far a key follows the rule that it comes nearest to.
type Near struct {
	// Directory is the index of the directory rule in the Set, File that of the
	// file rule; -1 if the key leaves the rule in the directory part.
	Directory, File int
	// Offset is the byte of the key at which it leaves the rule: everything
	// before it is the beginning of some key that the rule accepts. For a key
	// that the rule accepts, or that is only too short, it is the key's length.
	Offset int
	// Expected says what the rule accepts at Offset, such as "%M (01-12)". It is
	// empty for a key that the rule accepts.
	Expected string
}

// Nearest returns the rule that accepts the longest beginning of the key; of
// several the first, but one that accepts the whole key before all others. It is
// false if the set has no file rules. It is meant for explanations: it costs far
// more than Match.
func (s *Set) Nearest(key string) (n Near, ok bool) {
	var p probe
	for r := range s.rules {
		if len(s.rules[r].files) == 0 {
			continue
		}
		t := trace{probe: &p, rule: &s.rules[r], key: key, values: make([]string, len(s.rules[r].needed))}
		t.near = Near{Directory: r, File: -1}
		t.follow()
		if !ok || better(t.near, n) {
			n, ok = t.near, true
		}
	}
	return n, ok
}

// better reports whether a comes nearer than b.
func better(a, b Near) bool {
	if a.Offset != b.Offset {
		return a.Offset > b.Offset
	}
	return a.Expected == "" && b.Expected != ""
}

// DeadPrefix returns the shortest prefix of key with which no key begins that is
// a file of any file rule. It is false if there is none, because key is such a
// file or the beginning of one. A listing may skip all keys with a dead prefix
// without missing a hit; groups that only directory markers or unwanted files
// make known may be missed. It errs on the safe side, towards keys that are
// alive, in two corners: where a name exhausts the patience for patterns that
// refer to a variable within one folder name, and where a value is not UTF-8.
func (s *Set) DeadPrefix(key string) (prefix string, ok bool) {
	n, found := s.Nearest(key)
	switch {
	case !found:
		return "", true
	case n.Offset == len(key):
		return "", false
	default:
		return key[:n.Offset+1], true
	}
}

// trace follows one key through one directory rule and its files.
type trace struct {
	*probe
	rule   *compiled
	key    string
	values []string
	pos    int // where the current component begins
	near   Near
}

// follow sets near.
func (t *trace) follow() {
	for _, layer := range t.rule.layers {
		name, _, more := strings.Cut(t.key[t.pos:], "/")
		matched := t.probe.follow(layer, name, t.values)
		if !matched || !more {
			t.near.Offset, t.near.Expected = t.offset(), t.expected(`"/"`)
			return
		}
		t.rule.remember(&t.scan, t.values)
		t.pos += len(name) + 1
	}
	t.files()
}

// files looks for the file rule that the rest of the key comes nearest to.
func (t *trace) files() {
	name, _, more := strings.Cut(t.key[t.pos:], "/")
	for f, seg := range t.rule.files {
		matched := t.probe.follow(seg, name, t.values)
		n := Near{Directory: t.near.Directory, File: f, Offset: t.offset(), Expected: t.expected("the end of the name")}
		if matched && !more {
			n.Expected = ""
		}
		if f == 0 || better(n, t.near) {
			t.near = n
		}
	}
}

// offset returns how far the key follows the rule. Where patience was exhausted
// the rest of the key counts as followed: better one key looked at too many than
// one missed.
func (t *trace) offset() int {
	if t.exhausted {
		return len(t.key)
	}
	return t.pos + t.far
}

// expected says what could come where the key leaves the rule; end is what
// comes behind the component. Where patience was exhausted that isn't known, and
// the component's pattern must do.
func (t *trace) expected(end string) string {
	if t.exhausted {
		return t.seg.String()
	}
	var list []string
	for _, i := range t.waiting {
		text := end
		if i < len(t.seg.tokens) {
			text = t.seg.tokens[i].describe()
		}
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, " or ")
}
