package download

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/storage"
)

// stream sends a part of the file. Until the storage has begun to answer nothing is
// written.
func (t *transfer) stream(ctx context.Context, part storage.Part, status int) (*refusal, error) {
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	default:
		return refuse(http.StatusServiceUnavailable, "%d downloads are under way: try again when one of them has ended", maxStreams), nil
	}
	l, err := newLine(ctx, t.w, t.stall)
	if err != nil {
		return t.failed(fmt.Errorf("lift the server's limits: %w", err)), nil
	}
	defer l.close()
	content, err := t.disk.Open(ctx, t.key, part)
	if errors.Is(err, storage.ErrChanged) {
		return nil, err
	}
	if err != nil {
		return t.failed(err), nil
	}
	defer content.Close()
	if status == http.StatusPartialContent {
		t.w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.Offset, part.Offset+content.Length-1, content.Size))
	}
	return t.send(ctx, l, status, content)
}

// send sends the content, writes down how far it came, and breaks the connection
// when that was not the end.
func (t *transfer) send(ctx context.Context, l *line, status int, content *storage.Content) (*refusal, error) {
	sent, err := l.copy(status, content)
	switch {
	case err != nil && !l.begun && errors.Is(err, storage.ErrChanged):
		return nil, err
	case err != nil && !l.begun:
		return t.failed(err), nil
	}
	if err != nil {
		t.log.Info("a download broke off", append(t.fields(), zap.Int64("sent", sent), zap.Int64("of", content.Length), zap.Error(err))...)
	}
	// The client may have left, the service may be about to stop: the books still
	// want to know. What they can't take is in the log.
	_ = t.book(context.WithoutCancel(ctx), content.Info, streamed(sent, err == nil))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil, nil
}
