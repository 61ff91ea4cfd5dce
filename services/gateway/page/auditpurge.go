package page

import (
	"fmt"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/wire"
)

func refusedItem(r *backmonv1.PurgeRefused, now time.Time) auditItem {
	item := newAuditHead(r.GetEnvironment(), r.GetDisk(), r.GetAt(), now)
	item.Badge, item.Text = badge{"refused", "warning", "warning"}, r.GetText()
	if r.GetReason() == "" {
		item.Badge, item.Text = badge{"cleared", "ok", "ok"}, "nothing forbids the purge any more"
	}
	if r.GetFiles() > 0 {
		item.Text += " (" + count(r.GetFiles(), "file waits", "files wait") + ")"
	}
	if r.GetSeries() != nil {
		id := wire.ParseSeriesID(r.GetSeries())
		item.Series = &seriesRef{id, link.Series(id)}
	}
	return item
}

func purgedItem(r *backmonv1.FilesPurged, now time.Time) auditItem {
	item := newAuditHead(r.GetEnvironment(), r.GetDisk(), r.GetAt(), now)
	item.Badge, item.Text = purgedText(r)
	if r.GetChunks() > 1 {
		item.Text += fmt.Sprintf(" (part %d of %d)", r.GetChunk(), r.GetChunks())
	}
	files := r.GetFiles()
	for _, f := range files[:min(len(files), auditFiles)] {
		why := f.GetReason()
		if f.GetUntil() != nil {
			why += " (until " + backup.FormatInstant(f.GetUntil().AsTime()) + ")"
		}
		item.Files = append(item.Files, auditFile{wire.VerdictWord(f.GetVerdict()), string(f.GetKey()), backup.FormatSize(f.GetSize()), why})
	}
	item.More = len(files) - len(item.Files)
	return item
}

func purgedText(r *backmonv1.FilesPurged) (badge, string) {
	t := r.GetTotals()
	planned := count(t.GetPlanned(), "file", "files") + ", " + backup.FormatSize(t.GetPlannedBytes())
	switch {
	case r.GetPhase() == backmonv1.PurgePhase_PURGE_PHASE_INTENT:
		return badge{"intent", "unknown", "unknown"}, planned + ", about to be deleted; no result yet: if the run was interrupted, the disk’s next run settles it"
	case r.GetMode() == backmonv1.PurgeMode_PURGE_MODE_DRY_RUN:
		return badge{"dry run", "info", "info"}, planned + ", would be deleted"
	}
	text := fmt.Sprintf("%s of %s deleted, %s free now", thousands(t.GetDeleted()), planned, backup.FormatSize(t.GetFreedBytes()))
	for _, v := range t.GetRefused() {
		text += fmt.Sprintf(", %d %s", v.GetFiles(), wire.VerdictWord(v.GetVerdict()))
	}
	if t.GetDeleted() < t.GetPlanned() {
		return badge{"purged", "warning", "warning"}, text
	}
	return badge{"purged", "ok", "ok"}, text
}
