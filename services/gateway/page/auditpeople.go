package page

import (
	"cmp"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func downloadedItem(d *backmonv1.FileDownloaded, now time.Time) auditItem {
	item := newAuditHead(d.GetEnvironment(), d.GetDisk(), d.GetAt(), now)
	item.Badge = badge{"downloaded", "info", "download"}
	id := wire.ParseSeriesID(d.GetSeries())
	item.Series = &seriesRef{id, link.Series(id)}
	who := cmp.Or(d.GetUser(), "somebody")
	item.Text = who + " at " + d.GetClient() + " took " + string(d.GetKey()) + ", " + backup.FormatSize(d.GetSize())
	switch {
	case d.GetMode() == backmonv1.DownloadMode_DOWNLOAD_MODE_LINK:
		item.Text += ", by a link to the storage"
	case !d.GetComplete():
		item.Text += ", of which " + backup.FormatSize(d.GetSent()) + " were sent before it broke off"
	case d.GetSent() < d.GetSize():
		item.Text += ", of which " + backup.FormatSize(d.GetSent()) + " were asked for"
	}
	return item
}

func notifiedItem(n *backmonv1.NoticeSent, now time.Time) auditItem {
	item := newAuditHead(n.GetEnvironment(), n.GetDisk(), n.GetAt(), now)
	item.Badge = badge{"notified", "ok", "ok"}
	item.Text = n.GetReceiver() + " was told: " + n.GetTitle() + triedText(n.GetAttempts())
	return item
}

func unnotifiedItem(n *backmonv1.NoticeFailed, now time.Time) auditItem {
	item := newAuditHead(n.GetEnvironment(), n.GetDisk(), n.GetAt(), now)
	item.Badge = badge{"not told", "critical", "critical"}
	item.Text = n.GetReceiver() + " could not be told: " + n.GetTitle() + triedText(n.GetAttempts()) + ": " + strings.TrimSuffix(n.GetError(), ".")
	return item
}

func triedText(attempts int32) string {
	if attempts <= 1 {
		return ""
	}
	return ", after " + count(attempts, "attempt", "attempts")
}
