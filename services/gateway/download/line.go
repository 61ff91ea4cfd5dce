package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/backmon/backmon/services/gateway/guard"
)

// line is the connection to a client. The server's limits for a whole request and
// answer don't hold for it, as a large file takes its time: instead each piece has
// to be taken in time.
type line struct {
	ctx     context.Context
	w       http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
	unhook  func() bool

	mu    sync.Mutex
	ended bool // no deadline may be set any more
}

// newLine lifts the server's limits. It must be closed.
func newLine(ctx context.Context, w http.ResponseWriter, stall time.Duration) (*line, error) {
	l := &line{ctx: ctx, w: w, control: http.NewResponseController(w), stall: stall}
	if err := guard.LiftDeadlines(w); err != nil {
		return nil, err
	}
	if err := l.extend(); err != nil {
		return nil, err
	}
	l.unhook = context.AfterFunc(ctx, l.hangUp)
	return l, nil
}

// hangUp ends a write that waits for the client.
func (l *line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		_ = l.control.SetWriteDeadline(time.Unix(1, 0)) // it could be set before
	}
	l.ended = true
}

// extend gives the client its time for the next piece.
func (l *line) extend() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return context.Cause(l.ctx)
	}
	return l.control.SetWriteDeadline(time.Now().Add(l.stall))
}

// copy sends piece by piece, and returns how much it has handed over to the
// connection.
func (l *line) copy(content io.Reader) (sent int64, err error) {
	buffer := make([]byte, bufferSize)
	for {
		n, errRead := content.Read(buffer)
		if n > 0 {
			written, err := l.write(buffer[:n])
			sent += int64(written)
			if err != nil {
				return sent, err
			}
		}
		if errors.Is(errRead, io.EOF) {
			return sent, l.flush()
		}
		if errRead != nil {
			return sent, errRead
		}
	}
}

func (l *line) write(data []byte) (int, error) {
	if err := l.extend(); err != nil {
		return 0, err
	}
	n, err := l.w.Write(data)
	return n, l.told(err)
}

// flush hands over what the server still holds.
func (l *line) flush() error {
	if err := l.extend(); err != nil {
		return err
	}
	return l.told(l.control.Flush())
}

func (l *line) told(err error) error {
	switch {
	case err == nil:
		return nil
	case l.ctx.Err() != nil:
		return context.Cause(l.ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the client took nothing for %v", l.stall)
	}
	return err
}

func (l *line) close() {
	l.unhook()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
}
