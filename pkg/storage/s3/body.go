package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/backmon/backmon/pkg/storage"
)

// body is what comes of an answer. Each piece has to come within the time allowed;
// the time that the reader takes between two pieces doesn't count.
type body struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	data    io.ReadCloser
	timeout time.Duration
	timer   *time.Timer // runs during Read only
}

func newBody(ctx context.Context, cancel context.CancelCauseFunc, data io.ReadCloser, timeout time.Duration) *body {
	timer := time.AfterFunc(timeout, func() { cancel(errSlowServer) })
	timer.Stop()
	return &body{ctx: ctx, cancel: cancel, data: data, timeout: timeout, timer: timer}
}

// Read gives the next piece. A connection that breaks is storage.ErrCut.
func (b *body) Read(p []byte) (int, error) {
	if cause := context.Cause(b.ctx); cause != nil && !errors.Is(cause, errSlowServer) {
		return 0, cause // what is on its way is not waited for, nor taken
	}
	b.timer.Reset(b.timeout)
	n, err := b.data.Read(p)
	b.timer.Stop()
	switch cause := context.Cause(b.ctx); {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case errors.Is(cause, errSlowServer):
		return n, slowServer(b.timeout)
	case cause != nil:
		return n, cause
	}
	return n, fmt.Errorf("%w: %w", storage.ErrCut, toldByNetwork(err))
}

// Close ends the connection if the body was not read to its end.
func (b *body) Close() error {
	b.cancel(nil)
	return b.data.Close()
}
