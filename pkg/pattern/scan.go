package pattern

import "strings"

// patience bounds the steps spent on one name by a segment that refers to what
// it captures itself ("{{a}}-${a}"): there a failure can't be remembered, and
// hostile patterns would take exponential time. A name that exhausts it doesn't
// match.
const patience = 1 << 16

// scan matches names against segments. It is the working memory of one
// goroutine, reused from name to name.
//
// A match is the one that a backtracking regular expression finds: leftmost,
// {{var}}, %v and %A as short as possible, the others as long as possible. That
// a repeated token failed after it had reached some position is remembered, so
// that a name costs at most tokens times bytes steps.
type scan struct {
	seg    *segment
	name   string
	values []string // what references stand for, by slot
	ends   []int    // where each token ended

	stop, limit int      // the last token before the tail, and where the tail starts
	failed      []uint64 // bit set of (token, position)
	steps       int      // left of patience
}

// match reports whether the whole name matches. If so, text tells what each
// token matched, until the next call.
func (s *scan) match(seg *segment, name string, values []string) bool {
	if len(name) < seg.least || !strings.HasPrefix(name, seg.prefix) || !strings.HasSuffix(name, seg.suffix) {
		return false
	}
	s.load(seg, name, values)
	pos, ok := s.fixed(0, seg.head, 0)
	if !ok {
		return false
	}
	if seg.head == len(seg.tokens) {
		return pos == len(name)
	}
	return s.trailing(pos) && s.middle(pos)
}

// load prepares the scan for a name.
func (s *scan) load(seg *segment, name string, values []string) {
	s.seg, s.name, s.values, s.steps = seg, name, values, patience
	if cap(s.ends) < len(seg.tokens) {
		s.ends = make([]int, len(seg.tokens))
	}
	s.ends = s.ends[:len(seg.tokens)]
}

// text returns what a token matched.
func (s *scan) text(t int) string { return s.name[s.begin(t):s.ends[t]] }

// begin returns where a token's match begins.
func (s *scan) begin(t int) int {
	if t == 0 {
		return 0
	}
	return s.ends[t-1]
}

// fixed matches the tokens [from, to), none of which repeats, at pos, and
// returns where they end.
func (s *scan) fixed(from, to, pos int) (int, bool) {
	for t := from; t < to; t++ {
		if pos = s.one(t, pos); pos < 0 {
			return 0, false
		}
	}
	return pos, true
}

// one matches a token that doesn't repeat, at pos, and returns where it ends, or
// -1.
func (s *scan) one(t, pos int) int {
	tok, rest := &s.seg.tokens[t], s.name[pos:]
	if tok.place != nil {
		if !tok.place.fits(rest) {
			return -1
		}
		pos += tok.place.width
	} else {
		want := s.wanted(tok)
		if !strings.HasPrefix(rest, want) {
			return -1
		}
		pos += len(want)
	}
	s.ends[t] = pos
	return pos
}

// wanted returns the text that a literal or a reference stands for.
func (s *scan) wanted(tok *token) string {
	switch {
	case tok.kind == literal:
		return tok.text
	case tok.source >= 0:
		return tok.op.apply(s.text(tok.source))
	default:
		return s.values[tok.slot()]
	}
}

// trailing matches the tokens behind the last repeated one, from the name's end,
// and sets limit to where they start. pos is where the first repeated token
// starts.
func (s *scan) trailing(pos int) bool {
	s.stop = s.seg.tail
	s.limit = len(s.name)
	for t := s.stop; t < len(s.seg.tokens); t++ {
		if tok := &s.seg.tokens[t]; tok.place != nil {
			s.limit -= tok.place.width
		} else {
			s.limit -= len(s.wanted(tok))
		}
	}
	if s.limit <= pos {
		return false
	}
	_, ok := s.fixed(s.stop, len(s.seg.tokens), s.limit)
	return ok
}

// middle matches the tokens from the first to the last repeated one.
func (s *scan) middle(pos int) bool {
	if s.stop == s.seg.head+1 {
		return s.alone(pos)
	}
	s.forget()
	return s.from(s.seg.head, pos)
}

// alone matches the only repeated token: it must accept all up to the limit.
func (s *scan) alone(pos int) bool {
	place := s.seg.tokens[s.seg.head].place
	if place.natural && s.name[pos] == '0' && s.limit > pos+1 {
		return false
	}
	for i := pos; i < s.limit; i++ {
		if !place.class.has(s.name[i]) {
			return false
		}
	}
	s.ends[s.seg.head] = s.limit
	return place.class.endsAt(s.name, s.limit)
}

// from matches the tokens from t on at pos, up to the limit.
func (s *scan) from(t, pos int) bool {
	for ; t < s.stop; t++ {
		if s.seg.tokens[t].repeats() {
			return s.repeat(t, pos)
		}
		if pos = s.one(t, pos); pos < 0 {
			return false
		}
	}
	return pos == s.limit
}

// repeat matches a repeated token at pos, and all behind it.
func (s *scan) repeat(t, pos int) bool {
	place := s.seg.tokens[t].place
	switch {
	case pos >= s.limit:
		return false
	case place.natural && s.name[pos] == '0':
		return s.leave(t, pos+1)
	case place.lazy:
		return s.shortest(t, pos)
	default:
		return s.longest(t, pos)
	}
}

// shortest tries the ends of a repeated token from the nearest to the farthest.
func (s *scan) shortest(t, pos int) bool {
	for end := pos + 1; s.inside(t, end); end++ {
		if s.leave(t, end) {
			return true
		}
		s.fail(t, end)
	}
	return false
}

// longest tries the ends of a repeated token from the farthest to the nearest.
func (s *scan) longest(t, pos int) bool {
	end := pos + 1
	for s.inside(t, end) {
		end++
	}
	for end--; end > pos; end-- {
		if s.leave(t, end) {
			return true
		}
		s.fail(t, end)
	}
	return false
}

// inside reports whether a repeated token can reach end, and it isn't known yet
// that this leads nowhere. What follows such a position leads nowhere either.
func (s *scan) inside(t, end int) bool {
	return end <= s.limit && s.seg.tokens[t].place.class.has(s.name[end-1]) && !s.hasFailed(t, end)
}

// leave ends a repeated token and matches what is behind it.
func (s *scan) leave(t, end int) bool {
	if s.steps--; s.seg.internal && s.steps < 0 {
		return false
	}
	s.ends[t] = end
	return s.seg.tokens[t].place.class.endsAt(s.name, end) && s.from(t+1, end)
}

// forget clears what is known of failures.
func (s *scan) forget() {
	words := (s.stop-s.seg.head)*(s.limit+1)/64 + 1
	if cap(s.failed) < words {
		s.failed = make([]uint64, words)
	}
	s.failed = s.failed[:words]
	clear(s.failed)
}

// bit returns the place of a token's position in the set of failures.
func (s *scan) bit(t, end int) (word int, mask uint64) {
	i := (t-s.seg.head)*(s.limit+1) + end
	return i / 64, 1 << (i % 64)
}

// fail remembers that a repeated token that reaches end leads nowhere.
func (s *scan) fail(t, end int) {
	if s.seg.tokens[t].memo {
		word, mask := s.bit(t, end)
		s.failed[word] |= mask
	}
}

// hasFailed reports whether a repeated token that reaches end leads nowhere.
func (s *scan) hasFailed(t, end int) bool {
	word, mask := s.bit(t, end)
	return s.failed[word]&mask != 0
}
