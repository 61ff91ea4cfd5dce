package storage

import (
	"container/list"
	"sync"
)

// lru keeps the values used last, up to a number of them. It may be used
// concurrently.
type lru[K comparable, V any] struct {
	limit int

	mu    sync.Mutex
	items map[K]*list.Element // of *lruItem[K, V]
	order *list.List          // the one used last in front
}

type lruItem[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](limit int) *lru[K, V] {
	return &lru[K, V]{limit: limit, items: make(map[K]*list.Element), order: list.New()}
}

func (c *lru[K, V]) find(key K) (value V, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, found := c.items[key]
	if !found {
		return value, false
	}
	c.order.MoveToFront(element)
	return element.Value.(*lruItem[K, V]).value, true
}

func (c *lru[K, V]) put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, found := c.items[key]; found {
		element.Value.(*lruItem[K, V]).value = value
		c.order.MoveToFront(element)
		return
	}
	c.items[key] = c.order.PushFront(&lruItem[K, V]{key: key, value: value})
	for len(c.items) > c.limit {
		oldest := c.order.Back()
		c.order.Remove(oldest)
		delete(c.items, oldest.Value.(*lruItem[K, V]).key)
	}
}
