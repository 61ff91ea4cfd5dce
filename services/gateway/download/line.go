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
	begun   bool // something was written

	mu    sync.Mutex
	until time.Time // the client's, for the piece under way
	ended bool      // no deadline may be set any more
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
	l.until = time.Now().Add(l.stall)
	return l.control.SetWriteDeadline(l.until)
}

// copy sends piece by piece, and returns how much it has handed over to the
// connection. The status is written with the first piece.
func (l *line) copy(status int, content io.Reader) (sent int64, err error) {
	buffer := make([]byte, bufferSize)
	for {
		n, errRead := content.Read(buffer)
		ended := errors.Is(errRead, io.EOF)
		if n > 0 || ended {
			written, err := l.write(status, buffer[:n])
			sent += int64(written)
			if err != nil {
				return sent, err
			}
		}
		if ended {
			return sent, l.told(l.control.Flush())
		}
		if errRead != nil {
			return sent, errRead
		}
	}
}

func (l *line) write(status int, data []byte) (int, error) {
	if err := l.extend(); err != nil {
		return 0, err
	}
	if !l.begun {
		l.begun = true
		l.w.WriteHeader(status)
	}
	n, err := l.w.Write(data)
	return n, l.told(err)
}

// told says why a write failed. The server ends the context with the first error.
func (l *line) told(err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	if time.Now().Before(l.until) { // it was hung up
		return context.Cause(l.ctx)
	}
	return fmt.Errorf("the client took nothing for %v", l.stall)
}

func (l *line) close() {
	l.unhook()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
}
