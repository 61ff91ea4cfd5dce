package backup

// MaxExpiredFiles is how many expired files one status carries at the most. With
// the purger's own caps it bounds what one evaluation can lead to.
const MaxExpiredFiles = 1000

// maxCandidates bounds the expired files that one evaluation holds for all its
// series together. When there are more, every series keeps fewer of its oldest;
// the next evaluation brings the next ones.
const maxCandidates = 50_000

// limited holds the oldest of any number of files, and the totals of all.
type limited struct {
	files datedHeap // the newest of those held goes first
	count int
	bytes int64
}

func newLimited() limited { return limited{files: newestFirst()} }

func (l *limited) add(d *Dated) {
	l.count++
	l.bytes += d.Size
	l.files.add(d)
}

func (l *limited) merge(o *limited) {
	l.count += o.count
	l.bytes += o.bytes
	for _, d := range o.files.items {
		l.files.add(d)
	}
}

// budget is the limit for each series that keeps the candidates of an evaluation
// together below maxCandidates. It halves when they grow over it. Since each
// series always holds its oldest, the outcome does not depend on the order in
// which files come.
type budget struct {
	limit int
	total int // maxCandidates, less in tests
}

func newBudget() budget { return budget{limit: MaxExpiredFiles, total: maxCandidates} }

// settle shrinks the tallies until they fit together.
func (b *budget) settle(tallies func(yield func(*tally) bool)) (held int) {
	for {
		held = 0
		for t := range tallies {
			t.shrink(b.limit)
			held += t.held()
		}
		if held <= b.total || b.limit == 1 {
			return held
		}
		b.limit /= 2
	}
}
