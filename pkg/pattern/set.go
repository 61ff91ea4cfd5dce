package pattern

// Rules is one directory rule of a definition with its file rules. The Files
// must have been parsed by the Directory's ParseFile.
type Rules struct {
	Directory *Directory
	Files     []*File
}

// Set is the compiled rules of one disk. It is immutable and safe for
// concurrent use; each goroutine that matches keys has a Matcher of its own.
type Set struct {
	rules []compiled
	depth int // of the deepest directory
}

// compiled is one directory rule.
type compiled struct {
	layers []*segment
	files  []*segment
	needed []bool // which slots of the captured values anything refers to
}

// NewSet compiles the rules. The indexes in Group, Hit and Near are those of
// the rules given here. The directories must not be fused further.
func NewSet(rules []Rules) *Set {
	s := &Set{rules: make([]compiled, len(rules))}
	for i, r := range rules {
		s.rules[i] = compile(r)
		s.depth = max(s.depth, len(r.Directory.layers))
	}
	return s
}

// compile prepares one directory rule.
func compile(r Rules) compiled {
	c := compiled{
		layers: r.Directory.layers,
		needed: make([]bool, slot(len(r.Directory.variables), asIs)),
	}
	for _, f := range r.Files {
		c.files = append(c.files, f.segment)
	}
	for _, list := range [][]*segment{c.layers, c.files} {
		for _, seg := range list {
			c.need(seg)
		}
	}
	return c
}

// need marks the values that a segment refers to.
func (c *compiled) need(seg *segment) {
	for i := range seg.tokens {
		if t := &seg.tokens[i]; t.kind == reference {
			c.needed[t.slot()] = true
		}
	}
}

// remember keeps the values that a layer has captured in the scan's last match.
func (c *compiled) remember(s *scan, values []string) {
	for i := range s.seg.tokens {
		t := &s.seg.tokens[i]
		if t.kind != capture {
			continue
		}
		for op := asIs; op < operations; op++ {
			if at := slot(t.variable, op); c.needed[at] {
				values[at] = op.apply(s.text(i))
			}
		}
	}
}
