package backup

import "time"

// A holder is one clause of a retention policy. It holds the files that the
// clause keeps and gives back those that it can never keep again: a file that a
// clause has let go stays let go, whatever comes after it. That makes retention
// a stream, in any order, and lets two streams be merged.
type holder interface {
	// offer takes a file in and appends to released what the clause does not keep:
	// this file, or others that it held until now.
	offer(d *Dated, released []*Dated) []*Dated
}

// keeper applies all clauses of a policy to the good files of one series.
type keeper struct {
	holders []holder
	oldest  *oldestHolder
	held    map[*Dated]int // by how many clauses
	// Buffers of offer, so that it allocates nothing.
	released, free []*Dated
}

func newKeeper(r Retention, zone *time.Location) *keeper {
	k := &keeper{held: map[*Dated]int{}}
	if r.Count > 0 {
		k.holders = append(k.holders, newCountHolder(r.Count))
	}
	if r.Keep.Last > 0 {
		k.holders = append(k.holders, newCountHolder(r.Keep.Last))
	}
	var periods []*periodHolder
	for _, clause := range periodClauses(r.Keep) {
		if clause.count > 0 {
			p := newPeriodHolder(clause, zone)
			periods, k.holders = append(periods, p), append(k.holders, p)
		}
	}
	if len(periods) > 0 {
		k.oldest = &oldestHolder{periods: periods}
		k.holders = append(k.holders, k.oldest)
	}
	if r.Keep.Within > 0 {
		k.holders = append(k.holders, &withinHolder{window: r.Keep.Within, files: oldestFirst()})
	}
	if len(k.holders) == 0 {
		k.holders = append(k.holders, newCountHolder(r.floor()))
	}
	return k
}

// offer passes a good file to every clause and returns the files that none of
// them keeps any more; the slice is valid until the next offer.
func (k *keeper) offer(d *Dated) []*Dated {
	k.held[d] = len(k.holders)
	k.free = k.free[:0]
	for _, h := range k.holders {
		k.released = h.offer(d, k.released[:0])
		for _, r := range k.released {
			if k.release(r) {
				k.free = append(k.free, r)
			}
		}
	}
	return k.free
}

func (k *keeper) release(d *Dated) (free bool) {
	k.held[d]--
	if k.held[d] > 0 {
		return false
	}
	delete(k.held, d)
	return true
}

// finish lets go of the oldest file when no period clause has places left.
func (k *keeper) finish() []*Dated {
	if k.oldest == nil || k.oldest.file == nil || k.oldest.placesLeft() {
		return nil
	}
	d := k.oldest.file
	k.oldest.file = nil
	if k.release(d) {
		return []*Dated{d}
	}
	return nil
}

// oldestKept returns the oldest file that a clause keeps, nil when none.
func (k *keeper) oldestKept() *Dated {
	var oldest *Dated
	for d := range k.held {
		if oldest == nil || newer(oldest, d) {
			oldest = d
		}
	}
	return oldest
}

// countHolder keeps the n newest files.
type countHolder struct {
	count int
	files datedHeap
}

func newCountHolder(count int) *countHolder {
	return &countHolder{count: count, files: oldestFirst()}
}

func (h *countHolder) offer(d *Dated, released []*Dated) []*Dated {
	h.files.add(d)
	if h.files.Len() <= h.count {
		return released
	}
	return append(released, h.files.take())
}

// withinHolder keeps the files of a span before the newest.
type withinHolder struct {
	window time.Duration
	newest time.Time
	files  datedHeap
}

func (h *withinHolder) offer(d *Dated, released []*Dated) []*Dated {
	h.files.add(d)
	if d.Time.After(h.newest) {
		h.newest = d.Time
	}
	limit := h.newest.Add(-h.window)
	for h.files.Len() > 0 && !h.files.root().Time.After(limit) {
		released = append(released, h.files.take())
	}
	return released
}

// oldestHolder keeps the oldest file while a period clause has places left, as
// restic does: history then reaches as far back as it can.
type oldestHolder struct {
	periods []*periodHolder
	file    *Dated
}

func (h *oldestHolder) placesLeft() bool {
	for _, p := range h.periods {
		if len(p.newest) < p.count {
			return true
		}
	}
	return false
}

func (h *oldestHolder) offer(d *Dated, released []*Dated) []*Dated {
	if h.file == nil {
		h.file = d
		return released
	}
	if newer(d, h.file) {
		return append(released, d)
	}
	released = append(released, h.file)
	h.file = d
	return released
}
