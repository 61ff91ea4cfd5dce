package download

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/guard"
)

// outcome is how a file was handed out.
type outcome struct {
	mode     backmonv1.DownloadMode
	sent     int64
	complete bool
}

func streamed(sent int64, complete bool) outcome {
	return outcome{backmonv1.DownloadMode_DOWNLOAD_MODE_STREAM, sent, complete}
}

// lent is complete: the client has the link, which is what it asked for.
func lent() outcome { return outcome{backmonv1.DownloadMode_DOWNLOAD_MODE_LINK, 0, true} }

// book writes a download down. What can't be is logged in full.
func (t *transfer) book(ctx context.Context, info storage.Info, o outcome) error {
	ctx, cancel := context.WithTimeout(ctx, bookTimeout)
	defer cancel()
	record := &backmonv1.FileDownloaded{
		Environment: t.series.Environment, Disk: t.series.Disk, Series: wire.SeriesID(t.series), Key: []byte(t.key),
		Size: info.Size, Sent: o.sent, Mode: o.mode, Complete: o.complete,
		User: strings.ToValidUTF8(guard.User(t.r.Context()).Name, "\uFFFD"), Client: address(t.r), At: timestamppb.New(time.Now()),
	}
	err := t.books.PublishAudit(ctx, record, rand.Text())
	if err != nil {
		t.log.Error("a download is not on the audit stream", append(t.fields(), zap.String("user", record.GetUser()),
			zap.String("client", record.GetClient()), zap.Int64("sent", o.sent), zap.Bool("complete", o.complete), zap.Error(err))...)
	}
	return err
}

// address is the client's; that of the connection where nobody looked for it.
func address(r *http.Request) string {
	if client := guard.Client(r.Context()); client.IsValid() {
		return client.String()
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
