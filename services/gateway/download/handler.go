package download

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/services/gateway/problem"
)

// ServeSeries answers GET and HEAD with the latest file of a series, or with what
// stands in the way, as a problem. That the asker may have it must be settled
// before.
//
// A stream that breaks off ends in a panic with http.ErrAbortHandler, as only that
// tells every client that the file is not whole.
func (h *Handler) ServeSeries(w http.ResponseWriter, r *http.Request, id backup.SeriesID) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem.Write(w, r, http.StatusMethodNotAllowed, "a file can be read only")
		return
	}
	t, refused := h.find(id)
	if refused == nil {
		t.w, t.r = w, r
		refused = t.serve(r.Context())
	}
	if refused == nil {
		return
	}
	if refused.again {
		w.Header().Set("Retry-After", "10")
	}
	problem.Write(w, r, refused.status, refused.text)
}

// transfer is one request for a file that there should be.
type transfer struct {
	*Handler
	series backup.SeriesID
	key    string
	disk   Disk
	w      http.ResponseWriter
	r      *http.Request
}

// find looks a series' file up.
func (h *Handler) find(id backup.SeriesID) (*transfer, *refusal) {
	if !h.config.Enabled {
		return nil, refuse(http.StatusForbidden, "downloads are off: whoever runs backmon can turn them on by downloads.enabled in config.yaml")
	}
	entry, found := h.board.Entry(id)
	switch {
	case !found && !h.board.Current():
		return nil, refuse(http.StatusServiceUnavailable, "the last statuses are still being replayed: try again in a moment")
	case !found:
		return nil, refuse(http.StatusNotFound, "there is no series %q of %q / %q on disk %q in environment %q", id.Group, id.Directory, id.File, id.Disk, id.Environment)
	case entry.Status.Files.Latest == nil:
		return nil, refuse(http.StatusNotFound, "the series has no file: it is %s", entry.Status.State)
	}
	disk, found := h.disk(id.Environment, id.Disk)
	if !found {
		return nil, refuse(http.StatusNotFound, "the environment %q is not in the gateway's configuration", id.Environment)
	}
	return &transfer{Handler: h, series: id, key: entry.Status.Files.Latest.Key, disk: disk}, nil
}

// maxLooks is how often a file is looked at that changes all the time.
const maxLooks = 3

// serve answers with the file as it is now, or tells why it can't.
func (t *transfer) serve(ctx context.Context) *refusal {
	for range maxLooks {
		info, err := t.disk.Stat(ctx, t.key)
		if err != nil {
			return t.failed(err)
		}
		refused, err := t.answer(ctx, info)
		if !errors.Is(err, storage.ErrChanged) {
			return refused
		}
	}
	return refuse(http.StatusServiceUnavailable, "the file is being changed at the moment: try again later")
}

// answer answers with a file of which this is known. When it turns out to be
// another one by now, nothing has been written, and the error is ErrChanged.
func (t *transfer) answer(ctx context.Context, info storage.Info) (*refusal, error) {
	status, part := decide(t.r, info)
	t.headers(info)
	switch status {
	case http.StatusNotModified:
		t.w.WriteHeader(status)
		return nil, nil
	case http.StatusPreconditionFailed:
		return refuse(status, "the file is not the one that the request is about"), nil
	case http.StatusRequestedRangeNotSatisfiable:
		t.w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", info.Size))
		return refuse(status, "the file has %d bytes only", info.Size), nil
	}
	length, err := part.Of(info.Size)
	if err != nil {
		return t.failed(err), nil
	}
	t.w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	if t.r.Method == http.MethodHead {
		t.w.WriteHeader(status)
		return nil, nil
	}
	if err := t.config.Ready(ctx); err != nil {
		t.log.Warn("no download without the audit stream", zap.Error(err))
		return unbooked(), nil
	}
	part.ETag = info.ETag
	return t.hand(ctx, info, part, status)
}

const contentType = "application/octet-stream"

// headers says what is answered with, in full or in part.
func (t *transfer) headers(info storage.Info) {
	header := t.w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Disposition", disposition(t.key))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	header.Set("Accept-Ranges", "bytes")
	header.Del("Content-Range") // of an earlier look
	header.Del("ETag")
	if tag := entityTag(info.ETag); tag != "" {
		header.Set("ETag", tag)
	}
	header.Set("Last-Modified", info.ModifiedAt.UTC().Format(http.TimeFormat))
}

func (t *transfer) fields() []zap.Field {
	return []zap.Field{
		zap.String("env", t.series.Environment), zap.String("disk", t.series.Disk), zap.Stringer("series", t.series), zap.String("key", t.key),
	}
}
