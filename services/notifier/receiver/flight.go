package receiver

import (
	"sync"
	"time"
)

// flights are attempts that can't be interrupted, by the notice that they carry.
type flights struct {
	mu       sync.Mutex
	underway map[string]*flight
}

// flight is one attempt. Its err may be read once it has landed.
type flight struct {
	landed chan struct{}
	begun  time.Time
	err    error
}

// lost is after which nothing is hoped of an attempt any more.
const lost = time.Hour

func newFlights() *flights { return &flights{underway: map[string]*flight{}} }

// board returns the attempt that is under way for a notice, or begins one.
func (f *flights) board(id string, attempt func() error) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	for other, old := range f.underway {
		if time.Since(old.begun) > lost {
			delete(f.underway, other)
		}
	}
	if current := f.underway[id]; current != nil {
		return current
	}
	current := &flight{landed: make(chan struct{}), begun: time.Now()}
	f.underway[id] = current
	go func() {
		defer close(current.landed)
		current.err = attempt()
	}()
	return current
}

// leave forgets an attempt whose end is known.
func (f *flights) leave(id string, landed *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.underway[id] == landed {
		delete(f.underway, id)
	}
}
