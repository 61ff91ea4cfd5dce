package api

import (
	"net/http"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/gate"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/view"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
)

// previewFiles is how many of a series' files a preview names.
const previewFiles = 20

// Purging are the purger's settings that a preview needs.
type Purging struct {
	// Mode is off, dry-run or enforce.
	Mode string
	// MaxShare is the share of a series' files that one run may delete.
	MaxShare float64
	// Interval is how often disks are evaluated.
	Interval time.Duration
}

// purgeItem is what purging would do with one series.
type purgeItem struct {
	view.SeriesID
	State        string `json:"state"`
	Severity     string `json:"severity"`
	Files        int    `json:"files"`
	Bytes        int64  `json:"bytes"`
	ExpiredFiles int    `json:"expired_files"`
	ExpiredBytes int64  `json:"expired_bytes"`
	// Blocked are the reasons why nothing of it goes now; none when it may.
	Blocked []view.Reason `json:"blocked"`
	// NextFiles is how many the next run may delete, when nothing blocks it.
	NextFiles int `json:"next_files"`
	// Next are the first of them.
	Next []view.ExpiringFile `json:"next"`
	links
}

// purge answers with what purging would do, by the last statuses.
func (a *API) purge(w http.ResponseWriter, r *request) error {
	p, err := r.parameters()
	if err != nil {
		return err
	}
	q, err := p.query(board.Parameters()...)
	if err == nil {
		err = a.ready()
	}
	if err != nil {
		return err
	}
	holds, err := a.bus.Holds(r.Context())
	if err != nil {
		return err
	}
	q.Only = func(s *backup.Status) bool { return s.Policy.Purge }
	page := a.board.Find(q)
	answer := struct {
		paging
		Mode     string      `json:"mode"`
		MaxShare float64     `json:"max_share"`
		Series   []purgeItem `json:"series"`
	}{newPaging("/purge", q, page), a.config.Purging.Mode, a.config.Purging.MaxShare, make([]purgeItem, len(page.Entries))}
	now := time.Now()
	for i, e := range page.Entries {
		answer.Series[i] = a.newPurgeItem(&e.Status, holds, now)
	}
	return writeJSON(w, http.StatusOK, answer)
}

func (a *API) newPurgeItem(s *backup.Status, holds []*backmonv1.Hold, now time.Time) purgeItem {
	item := purgeItem{
		SeriesID: view.NewSeriesID(s.Series), State: s.State.String(), Severity: s.Severity.String(), Files: s.Files.Count, Bytes: s.Files.Bytes,
		ExpiredFiles: s.Expired.Count, ExpiredBytes: s.Expired.Bytes, Blocked: []view.Reason{}, links: links{seriesPathOf(s.Series), link.Series(s.Series)},
	}
	disk, known := a.board.Disk(board.DiskID{Environment: s.Series.Environment, Disk: s.Series.Disk})
	refusals := []*gate.Refusal{gate.Series(*s), gate.Holds(s.Series, holds, now)}
	if known {
		refusals = append(refusals, gate.Disk(disk.Status, a.config.Purging.Interval, now))
	}
	for _, refusal := range refusals {
		if refusal != nil {
			item.Blocked = append(item.Blocked, view.Reason{Code: refusal.Reason, Text: refusal.Text})
		}
	}
	item.NextFiles = min(len(s.Expired.Files), backup.PurgeShare(s.Files.Count, a.config.Purging.MaxShare))
	item.Next = view.NewExpiringFiles(s.Expired.Files[:min(item.NextFiles, previewFiles)])
	return item
}
