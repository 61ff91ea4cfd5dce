package config

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// DownloadMode says how the gateway hands out a file.
type DownloadMode string

// The modes.
const (
	DownloadStream  DownloadMode = "stream"  // through the gateway
	DownloadPresign DownloadMode = "presign" // by a link to the storage, where it has such
)

// Bounds of how long a link is good; the longest is S3's own.
const (
	DefaultPresignExpiry = 5 * time.Minute
	maxPresignExpiry     = 7 * backup.Day
)

// Downloads says whether and how files can be fetched through the gateway.
type Downloads struct {
	Enabled bool
	Mode    DownloadMode
	// PresignExpiry is how long a link to the storage is good.
	PresignExpiry time.Duration
}

func (d *Downloads) read(node document.Node) {
	node.Map(backup.Error, "enabled", "mode", "presign-expiry")
	d.Enabled = node.Get("enabled").Bool()
	if mode := node.Get("mode"); mode.Exists() {
		d.Mode = DownloadMode(mode.OneOf(backup.Error, string(DownloadStream), string(DownloadPresign)))
	}
	expiry := node.Get("presign-expiry")
	d.PresignExpiry = readDuration(expiry, d.PresignExpiry)
	if d.PresignExpiry > maxPresignExpiry && !expiry.HasErrors() {
		expiry.Problem(backup.Error, fmt.Sprintf("%q is more than 7d, the longest that S3 allows", expiry.Source()), "")
	}
}
