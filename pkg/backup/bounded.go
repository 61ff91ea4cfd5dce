package backup

import "container/heap"

// datedHeap is a heap of files whose root is the one that goes first: the oldest
// when before is older, the newest when before is newer.
type datedHeap struct {
	items  []*Dated
	before func(a, b *Dated) bool
}

func oldestFirst() datedHeap {
	return datedHeap{before: func(a, b *Dated) bool { return newer(b, a) }}
}

func newestFirst() datedHeap { return datedHeap{before: newer} }

func (h *datedHeap) Len() int           { return len(h.items) }
func (h *datedHeap) Less(i, j int) bool { return h.before(h.items[i], h.items[j]) }
func (h *datedHeap) Swap(i, j int)      { h.items[i], h.items[j] = h.items[j], h.items[i] }
func (h *datedHeap) Push(x any)         { h.items = append(h.items, x.(*Dated)) }

// Pop is container/heap's; callers use take.
func (h *datedHeap) Pop() any {
	last := len(h.items) - 1
	item := h.items[last]
	h.items[last] = nil
	h.items = h.items[:last]
	return item
}

func (h *datedHeap) add(d *Dated) { heap.Push(h, d) }
func (h *datedHeap) take() *Dated { return heap.Pop(h).(*Dated) }

// root returns the file that take would, without taking it.
func (h *datedHeap) root() *Dated { return h.items[0] }

// shrink takes files until at most limit are left.
func (h *datedHeap) shrink(limit int) {
	for len(h.items) > limit {
		h.take()
	}
}
