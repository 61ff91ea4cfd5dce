package download

import (
	"context"
	"errors"
	"net/http"

	"github.com/backmon/backmon/pkg/storage"
)

// hand hands the file out, as the configuration says.
func (t *transfer) hand(ctx context.Context, info storage.Info, part storage.Part, status int) (*refusal, error) {
	if t.config.Presign {
		url, err := t.disk.Presign(ctx, t.key, storage.Loan{Expiry: t.config.Expiry, Disposition: disposition(t.key), Type: contentType})
		switch {
		case err == nil:
			return t.lend(ctx, url, info), nil
		case !errors.Is(err, storage.ErrNoPresign):
			return t.failed(err), nil
		}
	}
	return t.stream(ctx, part, status)
}

// lend sends the client to the storage. The loan is written down first: what
// becomes of it nobody here sees.
func (t *transfer) lend(ctx context.Context, url string, info storage.Info) *refusal {
	if err := t.book(ctx, info, lent()); err != nil {
		return unbooked()
	}
	header := t.w.Header()
	for _, name := range []string{"Content-Type", "Content-Disposition", "Content-Length", "ETag", "Last-Modified", "Accept-Ranges"} {
		header.Del(name) // the storage's answer has its own
	}
	header.Set("Location", url)
	header.Set("Referrer-Policy", "no-referrer")
	t.w.WriteHeader(http.StatusFound)
	return nil
}
