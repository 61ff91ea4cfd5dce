package bus

import (
	"context"
	"errors"
	"sync"
)

// errReconnected ends what waits for an answer that the server has forgotten.
var errReconnected = errors.New("reconnected")

// epoch is the life of one connection to one server. Requests that wait on the
// server die with it, and nobody tells: without the epoch they would be noticed
// by missing heartbeats only, many seconds later.
type epoch struct {
	mu  sync.Mutex
	ctx context.Context
	end context.CancelFunc
}

// current is a context that ends at the next reconnect.
func (e *epoch) current() context.Context {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx == nil {
		e.ctx, e.end = context.WithCancel(context.Background())
	}
	return e.ctx
}

// turn ends the current epoch.
func (e *epoch) turn() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.end != nil {
		e.end()
	}
	e.ctx, e.end = nil, nil
}

// within is ctx, ended as well by the end of an epoch, with errReconnected.
func within(ctx, epoch context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(epoch, func() { cancel(errReconnected) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}
