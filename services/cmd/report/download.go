package report

import (
	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// downloaded writes who took a file, and how much of it.
func (l *AuditLog) downloaded(d *backmonv1.FileDownloaded) error {
	severity := backup.SeverityOK
	if !d.GetComplete() {
		severity = backup.SeverityWarning
	}
	head := l.head(d.GetAt(), severity, "TAKEN", d.GetEnvironment(), d.GetDisk())
	return l.write(head + "  " + prose.Clean(seriesText(d.GetSeries())+"  "+string(d.GetKey())+"  "+downloadText(d)) + "\n")
}

// downloadText says how much of a file went to whom.
func downloadText(d *backmonv1.FileDownloaded) string {
	whom := d.GetClient()
	if d.GetUser() != "" {
		whom = d.GetUser() + " at " + whom
	}
	size, sent := backup.FormatSize(d.GetSize()), backup.FormatSize(d.GetSent())
	switch {
	case d.GetMode() == backmonv1.DownloadMode_DOWNLOAD_MODE_LINK:
		return "a link to " + size + " given to " + whom
	case !d.GetComplete():
		return sent + " of " + size + " sent to " + whom + ", then it broke off"
	case d.GetSent() < d.GetSize():
		return sent + " of " + size + " sent to " + whom
	}
	return size + " sent to " + whom
}
