package pattern

import "strings"

// enter moves the matcher from its path to another: back to the last directory
// that both have, and on from there.
func (m *Matcher) enter(path string) {
	if !m.started {
		m.start()
	}
	m.leave(common(m.path, path))
	m.path = path
	for end := m.levels[len(m.levels)-1].end; end < len(path); {
		size := strings.IndexByte(path[end:], '/')
		m.push(path[end : end+size])
		end += size + 1
	}
}

// start enters the disk's root, which every rule reaches.
func (m *Matcher) start() {
	m.started = true
	m.levels = append(m.levels, level{})
	for r := range m.set.rules {
		m.alive = append(m.alive, r)
		m.reach(r)
	}
}

// leave drops the directories that end behind the first shared bytes.
func (m *Matcher) leave(shared int) {
	top := len(m.levels) - 1
	for m.levels[top].end > shared {
		m.alive = m.alive[:m.levels[top].first]
		top--
	}
	m.levels = m.levels[:top+1]
}

// push enters one more directory, with the rules that its name matches.
func (m *Matcher) push(name string) {
	depth := len(m.levels) - 1
	above := m.levels[depth]
	first := len(m.alive)
	m.levels = append(m.levels, level{end: above.end + len(name) + 1, first: first})
	for _, r := range m.alive[above.first:first] {
		if depth < len(m.set.rules[r].layers) && m.step(r, depth, name) {
			m.alive = append(m.alive, r)
			m.reach(r)
		}
	}
}

// step matches a name against one layer of a directory rule, and keeps what the
// layers below, the files and the label need of it.
func (m *Matcher) step(r, depth int, name string) bool {
	rule, t := &m.set.rules[r], &m.tracks[r]
	if !m.scan.match(rule.layers[depth], name, t.values) {
		return false
	}
	rule.remember(&m.scan, t.values)
	t.extend(&m.scan, depth)
	return true
}

// extend adds the scan's last match to the label and the time parts.
func (t *track) extend(s *scan, depth int) {
	t.label = t.label[:t.cuts[depth]]
	if depth > 0 {
		t.label = append(t.label, '/')
	}
	stamp := t.stamps[depth]
	for i := range s.seg.tokens {
		tok := &s.seg.tokens[i]
		if tok.fused {
			t.label = append(t.label, tok.text...)
		} else {
			t.label = append(t.label, s.text(i)...)
		}
		if p := tok.place; p != nil && p.part != 0 && !stamp.Parts().Has(p.part) {
			stamp.set(p.part, p.number(s.text(i)))
		}
	}
	t.cuts[depth+1], t.stamps[depth+1] = len(t.label), stamp
}

// reach makes a group of the current directory if it is one of the rule.
func (m *Matcher) reach(r int) {
	depth := len(m.levels) - 1
	if depth != len(m.set.rules[r].layers) {
		return
	}
	t := &m.tracks[r]
	t.group = &Group{Directory: r, Name: string(t.label), Parts: t.stamps[depth]}
	if depth == 0 {
		t.group.Name = "."
	}
	m.groups = append(m.groups, t.group)
}

// common returns the length of the longest common prefix.
func common(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
