package download

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/storage"
)

// refusal is an answer without a file.
type refusal struct {
	status int
	text   string
	again  bool // it may work in a moment
}

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status: status, text: fmt.Sprintf(format, args...), again: status == http.StatusServiceUnavailable}
}

// unbooked is why nothing is handed out that can't be written down.
func unbooked() *refusal {
	return refuse(http.StatusServiceUnavailable, "who takes a file is written down, and that is not possible at the moment")
}

// failed logs what the storage did, and says it to the asker.
func (t *transfer) failed(err error) *refusal {
	if errors.Is(err, context.Canceled) {
		return refuse(http.StatusServiceUnavailable, "the request has ended")
	}
	t.log.Warn("a file could not be handed out", append(t.fields(), zap.Error(err))...)
	name := t.key
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return refuse(http.StatusNotFound, "the file %q is no longer there: the next evaluation of the disk will notice", name)
	case errors.Is(err, storage.ErrArchived):
		return refuse(http.StatusConflict, "the file %q lies in an archive: the storage has to restore it before it can be read", name)
	case errors.Is(err, storage.ErrAccessDenied):
		return refuse(http.StatusBadGateway, "the gateway may not read the file %q: it needs the right to (s3:GetObject, or that of the folder)", name)
	case errors.Is(err, storage.ErrTimeout):
		return refuse(http.StatusGatewayTimeout, "the storage does not answer in time")
	case errors.Is(err, storage.ErrSlowDown):
		return refuse(http.StatusServiceUnavailable, "the storage asks to slow down: try again in a moment")
	}
	return refuse(http.StatusBadGateway, "the file %q can't be read: the gateway's log says why", name)
}
