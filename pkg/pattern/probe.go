package pattern

import "slices"

// probe finds how far a name follows a segment, when it doesn't match it. It
// takes every way that scan would take, and none of its short cuts.
type probe struct {
	scan
	far       int   // bytes of the name that the beginning of some match shares
	waiting   []int // the tokens that could come at far; len(tokens) is the end
	exhausted bool  // patience was, far may be too small
}

// follow reports whether the whole name matches, and sets far and waiting.
func (p *probe) follow(seg *segment, name string, values []string) bool {
	p.load(seg, name, values)
	p.stop, p.limit = len(seg.tokens), len(name)
	p.far, p.waiting, p.exhausted = 0, p.waiting[:0], false
	p.failed = make([]uint64, (len(seg.tokens)+1)*(len(name)+1)/64+1)
	ok := p.try(0, 0)
	slices.Sort(p.waiting)
	return ok
}

// reach notes that some way has come to far.
func (p *probe) reach(far int) {
	if far > p.far {
		p.far, p.waiting = far, p.waiting[:0]
	}
}

// await notes that some way needs token t from far on.
func (p *probe) await(t, far int) {
	p.reach(far)
	if far == p.far && !slices.Contains(p.waiting, t) {
		p.waiting = append(p.waiting, t)
	}
}

// try follows the tokens from t on at pos.
func (p *probe) try(t, pos int) bool {
	for ; t < p.stop; t++ {
		if p.seg.tokens[t].repeats() {
			return p.run(t, pos)
		}
		next := p.one(t, pos)
		if next < 0 {
			p.await(t, pos+p.partial(t, pos))
			return false
		}
		pos = next
	}
	p.await(t, pos)
	return pos == p.limit
}

// partial returns how many bytes at pos fit the beginning of a token that
// doesn't repeat.
func (p *probe) partial(t, pos int) int {
	tok, rest := &p.seg.tokens[t], p.name[pos:]
	if tok.place != nil {
		return tok.place.partial(rest)
	}
	return common(rest, p.wanted(tok))
}

// run follows a repeated token at pos, and all behind it.
func (p *probe) run(t, pos int) bool {
	place := p.seg.tokens[t].place
	if pos == p.limit || !place.class.has(p.name[pos]) {
		p.await(t, pos)
		return false
	}
	if place.natural && p.name[pos] == '0' {
		return p.behind(t, pos+1)
	}
	for end := pos + 1; end <= p.limit && place.class.has(p.name[end-1]) && !p.known(t, end); end++ {
		if p.behind(t, end) {
			return true
		}
		p.learn(t, end)
	}
	return false
}

// behind ends a repeated token and follows what is behind it.
func (p *probe) behind(t, end int) bool {
	p.reach(end)
	if p.steps--; p.seg.internal && p.steps < 0 {
		p.exhausted = true
		return false
	}
	p.ends[t] = end
	return p.seg.tokens[t].place.class.endsAt(p.name, end) && p.try(t+1, end)
}

// known reports whether a repeated token that reaches end was followed before.
func (p *probe) known(t, end int) bool {
	i := t*(p.limit+1) + end
	return p.failed[i/64]&(1<<(i%64)) != 0
}

// learn remembers that a repeated token that reaches end was followed.
func (p *probe) learn(t, end int) {
	if p.seg.tokens[t].memo {
		i := t*(p.limit+1) + end
		p.failed[i/64] |= 1 << (i % 64)
	}
}
