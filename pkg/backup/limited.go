package backup

import "math"

// MaxExpiredFiles is how many expired files one status carries at the most. With
// the purger's own caps it bounds what one evaluation can lead to.
const MaxExpiredFiles = 1000

// maxCandidates bounds the expired files that one evaluation holds for all its
// series together once it has settled; between two settlements it may hold twice
// as many. When there are more, every series keeps fewer of its oldest; the next
// evaluation brings the next ones.
const maxCandidates = 50_000

// limited holds the oldest of any number of files, and the totals of all.
type limited struct {
	files  datedHeap // the newest of those held goes first
	newest *Dated    // of all, held or not
	count  int
	bytes  int64
}

func newLimited() limited { return limited{files: newestFirst()} }

func (l *limited) add(d *Dated) {
	l.count++
	l.bytes += d.Size
	l.files.add(d)
	l.notice(d)
}

func (l *limited) notice(d *Dated) {
	if d != nil && (l.newest == nil || newer(d, l.newest)) {
		l.newest = d
	}
}

func (l *limited) merge(o *limited) {
	l.count += o.count
	l.bytes += o.bytes
	for _, d := range o.files.items {
		l.files.add(d)
	}
	l.notice(o.newest)
}

// budget is the limit for each series that keeps the candidates of an evaluation
// together within maxCandidates.
//
// The limit is lowered only when the series, each cut to it, still hold too many
// together. What they would hold only grows as files come in, so that after the
// last settlement the limit, and with it the outcome, depends on the files alone
// and not on their order or on how a listing was split.
type budget struct {
	limit int
	total int // maxCandidates, less in tests
	held  int // candidates of all series
	next  int // settle when more than so many are held
}

func newBudget() budget {
	b := budget{limit: math.MaxInt}
	b.bound(maxCandidates)
	return b
}

func (b *budget) bound(total int) { b.total, b.next = total, 2*total }

// settle shrinks the tallies until they fit together, or hold one candidate each.
// The distance to the next settlement makes up for the cost of visiting them all.
func (b *budget) settle(tallies func(yield func(*tally) bool)) {
	for {
		b.held = 0
		for t := range tallies {
			t.shrink(b.limit)
			b.held += t.held()
		}
		if b.held <= b.total || b.limit == 1 {
			b.next = 2 * max(b.held, b.total)
			return
		}
		b.limit = min(b.limit/2, MaxExpiredFiles)
	}
}
