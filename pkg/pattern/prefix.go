package pattern

import (
	"slices"
	"strings"
)

// Prefixes returns the shortest set of literal key prefixes under which
// something can match: a file of any file rule, or a group of any directory rule
// that has file rules and isn't literal. It is sorted, none is the prefix of
// another; [""] means anywhere, none at all that nothing can match.
func (s *Set) Prefixes() []string {
	var all []string
	for i := range s.rules {
		all = append(all, s.rules[i].prefixes()...)
	}
	slices.Sort(all)
	var kept []string
	for _, prefix := range all {
		if n := len(kept); n == 0 || !strings.HasPrefix(prefix, kept[n-1]) {
			kept = append(kept, prefix)
		}
	}
	return kept
}

// prefixes returns the literal prefixes of one directory rule.
func (c *compiled) prefixes() []string {
	if len(c.files) == 0 {
		return nil
	}
	var path strings.Builder
	for _, layer := range c.layers {
		path.WriteString(layer.prefix)
		if !layer.fixed() {
			return []string{path.String()}
		}
		path.WriteByte('/')
	}
	list := make([]string, len(c.files))
	for i, file := range c.files {
		list[i] = path.String() + file.prefix
	}
	return list
}
