package purger

import (
	"context"
	"sync"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// memory is what keeps a purger from saying or trying the same again and again.
// It may be lost: then things are said and tried once more.
type memory struct {
	refused words // by series, or disk: the reason last published
	planned words // by series: fingerprint of the last dry run

	busy turns // by disk: two of its statuses may come at once

	mu   sync.Mutex
	held map[backup.SeriesID]map[string]time.Time          // files that the storage locks, until when
	told map[backup.SeriesID]map[string]backup.ExpiredFile // files that went, by the storage's words
}

// turns lets one at a time work on a disk.
type turns struct {
	mu    sync.Mutex
	taken map[backup.SeriesID]chan struct{}
}

// take waits for the turn on a disk and returns how to end it; an error is that of
// the context.
func (t *turns) take(ctx context.Context, disk backup.SeriesID) (func(), error) {
	t.mu.Lock()
	if t.taken == nil {
		t.taken = map[backup.SeriesID]chan struct{}{}
	}
	turn := t.taken[disk]
	if turn == nil {
		turn = make(chan struct{}, 1)
		t.taken[disk] = turn
	}
	t.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// words is the last that was said of each series.
type words struct {
	mu   sync.Mutex
	last map[backup.SeriesID]string
}

// of returns the last word on a series; empty for none.
func (w *words) of(id backup.SeriesID) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last[id]
}

// once says a word unless it is the last one said already. A word that could not
// be said is not remembered, so that it is tried again.
func (w *words) once(id backup.SeriesID, word string, say func() error) error {
	if w.of(id) == word {
		return nil
	}
	if err := say(); err != nil {
		return err
	}
	w.set(id, word)
	return nil
}

// set notes the last word on a series.
func (w *words) set(id backup.SeriesID, word string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == nil {
		w.last = map[backup.SeriesID]string{}
	}
	if word == "" {
		delete(w.last, id)
	} else {
		w.last[id] = word
	}
}

// hold notes that the storage locks a file until then.
func (m *memory) hold(id backup.SeriesID, key string, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil {
		m.held = map[backup.SeriesID]map[string]time.Time{}
	}
	if m.held[id] == nil {
		m.held[id] = map[string]time.Time{}
	}
	m.held[id][key] = until
}

// holds reports whether a file is known to be locked at the instant now.
func (m *memory) holds(id backup.SeriesID, key string, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	until, known := m.held[id][key]
	if known && !now.Before(until) {
		delete(m.held[id], key)
		return false
	}
	return known
}

// gone notes the files of a series that went, in place of those of the run before.
func (m *memory) gone(id backup.SeriesID, files map[string]backup.ExpiredFile) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.told == nil {
		m.told = map[backup.SeriesID]map[string]backup.ExpiredFile{}
	}
	if len(files) == 0 {
		delete(m.told, id)
	} else {
		m.told[id] = files
	}
}

// isGone reports whether the storage said of this very file that it went.
func (m *memory) isGone(id backup.SeriesID, file backup.ExpiredFile) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	told, known := m.told[id][file.Key]
	return known && same(told, file)
}
