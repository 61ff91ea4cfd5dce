package pattern

import "strings"

// Group is a directory on the way of a key that matches a directory rule. Its
// address stays the same as long as the keys given to the Matcher stay below
// that directory, so that callers can keep what they know of a group by
// address. Different directories of a rule may have the same Name, if variables
// are fused.
type Group struct {
	// Directory is the index of the directory rule in the Set.
	Directory int
	// Name is the group label: the directory's path, with what is fused left as
	// written; "." for the disk's root.
	Name string
	// Parts are the time parts that the directory's path gives.
	Parts Timestamp
}

// Hit is a file rule that a key is a file of.
type Hit struct {
	// Directory and File are the indexes of the rules in the Set.
	Directory, File int
	// Group is the group of the key's directory.
	Group *Group
	// Parts are the time parts that directory and file name give together. Those
	// of the file name have precedence.
	Parts Timestamp
}

// Result says what a key belongs to. Its slices are valid until the Matcher's
// next call.
type Result struct {
	// Groups are those whose directory this key's path newly enters. A group may
	// be reported again when keys return to its directory: take repeats in stride.
	Groups []*Group
	// Hits are the file rules that the key is a file of, in the order of the Set.
	Hits []Hit
	// InGroup reports whether the key's own directory is a group of some rule,
	// whether or not a file rule wants the key.
	InGroup bool
}

// Matcher matches keys against a Set. It is fastest on a sorted listing: it
// keeps what it knows of the last key's directories. It is not safe for
// concurrent use.
type Matcher struct {
	set    *Set
	tracks []track // by directory rule
	scan   scan

	path    string  // directory of the last key, with its final slash; "" for the root
	levels  []level // of the path's components; the first is the root
	alive   []int   // directory rules that match up to a level, level after level
	groups  []*Group
	hits    []Hit
	started bool
}

// level is one directory of the current path.
type level struct {
	end   int // in path, behind its slash
	first int // where the level's rules begin in alive
}

// track is how far the current path matches one directory rule.
type track struct {
	values []string    // captured values, by slot
	label  []byte      // the group label so far
	cuts   []int       // the label's length up to each level
	stamps []Timestamp // the time parts up to each level
	group  *Group      // of the directory, once it is reached
}

// Matcher returns a new Matcher.
func (s *Set) Matcher() *Matcher {
	m := &Matcher{set: s, tracks: make([]track, len(s.rules))}
	for i := range s.rules {
		depth := len(s.rules[i].layers)
		m.tracks[i] = track{
			values: make([]string, len(s.rules[i].needed)),
			cuts:   make([]int, depth+1),
			stamps: make([]Timestamp, depth+1),
		}
	}
	return m
}

// Match says what a key belongs to: a path relative to the disk's root, with
// slashes, as S3 keys are. A key that ends in a slash is a directory marker: it
// enters directories and hits nothing. Nor does a key with an empty component.
func (m *Matcher) Match(key string) Result {
	cut := strings.LastIndexByte(key, '/') + 1
	m.groups, m.hits = m.groups[:0], m.hits[:0]
	if !m.started || key[:cut] != m.path {
		m.enter(key[:cut])
	}
	top := m.levels[len(m.levels)-1]
	inGroup := false
	for _, r := range m.alive[top.first:] {
		if len(m.set.rules[r].layers) == len(m.levels)-1 {
			inGroup = true
			m.files(r, key[cut:])
		}
	}
	return Result{Groups: m.groups, Hits: m.hits, InGroup: inGroup}
}

// files compares a name with the file rules of a directory rule.
func (m *Matcher) files(r int, name string) {
	t := &m.tracks[r]
	for f, seg := range m.set.rules[r].files {
		if !m.scan.match(seg, name, t.values) {
			continue
		}
		parts := t.group.Parts
		if seg.parts != 0 {
			parts = m.scan.stamp().under(parts)
		}
		m.hits = append(m.hits, Hit{Directory: r, File: f, Group: t.group, Parts: parts})
	}
}

// stamp returns the time parts of the last match; later ones win.
func (s *scan) stamp() (stamp Timestamp) {
	for i := range s.seg.tokens {
		if p := s.seg.tokens[i].place; p != nil && p.part != 0 {
			stamp.set(p.part, p.number(s.text(i)))
		}
	}
	return stamp
}
