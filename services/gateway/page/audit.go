package page

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/services/gateway/board"
)

// Bounds of the audit log.
const (
	auditShown = 200
	auditFiles = 20
)

// auditPeriods are how far back the log can reach.
func auditPeriods() []option {
	return []option{{Value: "1d", Text: "the last day"}, {Value: "7d", Text: "the last 7 days"}, {Value: "30d", Text: "the last 30 days"}, {Value: "400d", Text: "all that is kept"}}
}

// auditPage is the log of what was purged, refused, downloaded and told.
type auditPage struct {
	Environments, Disks, Periods []option
	Environment, Disk            string
	Records                      []auditItem
	Cut                          bool // there are older ones
	Error                        string
}

// auditItem is one record.
type auditItem struct {
	At       moment
	Badge    badge
	Disk     board.DiskID
	DiskPath string
	Series   *seriesRef
	Text     string
	Files    []auditFile
	More     int
}

// seriesRef names a series and leads to it.
type seriesRef struct {
	ID   backup.SeriesID
	Path string
}

// auditFile is one file of a record.
type auditFile struct {
	Verdict, Key, Size, Why string
}

// FileCount is how many files the record is of.
func (i auditItem) FileCount() int { return len(i.Files) + i.More }

func auditLink(environment, disk string) string {
	return "/audit?" + url.Values{"env": {environment}, "disk": {disk}}.Encode()
}

func (p *Page) audit(w http.ResponseWriter, r *http.Request) {
	f := p.newFrame(r, "Audit", board.Query{})
	f.Live = ""
	p.render(w, r, http.StatusOK, "audit", view{f, p.newAudit(r, f.Now.at)})
}

func (p *Page) newAudit(r *http.Request, now time.Time) auditPage {
	q := r.URL.Query()
	v := auditPage{Environment: q.Get("env"), Disk: q.Get("disk"), Periods: auditPeriods()}
	v.Environments, v.Disks = p.diskOptions(board.Query{Environment: v.Environment, Disk: v.Disk})
	period := cmp.Or(q.Get("since"), "7d")
	for i := range v.Periods {
		v.Periods[i].Chosen = v.Periods[i].Value == period
	}
	filter := bus.AuditFilter{Environment: v.Environment, Disk: v.Disk}
	if v.Environment == "" {
		filter.Disk = ""
	}
	reach, err := backup.ParseDuration(period)
	if err != nil || !slices.ContainsFunc(v.Periods, func(o option) bool { return o.Chosen }) {
		v.Error = "since: choose one of the periods"
		return v
	}
	filter.Since = now.Add(-reach)
	v.read(p, r, filter, now)
	return v
}

// read keeps the newest records. The stream gives the oldest first.
func (v *auditPage) read(p *Page, r *http.Request, filter bus.AuditFilter, now time.Time) {
	results := map[string]bool{}
	var records []bus.AuditRecord
	for record, err := range p.bus.ReadAudit(r.Context(), filter) {
		if err != nil {
			v.Error = err.Error()
			continue
		}
		if record.Purged.GetPhase() == backmonv1.PurgePhase_PURGE_PHASE_RESULT {
			results[record.Purged.GetRun()] = true
		}
		if records = append(records, record); len(records) > 2*auditShown {
			records, v.Cut = slices.Delete(records, 0, auditShown), true
		}
	}
	for _, record := range slices.Backward(records) {
		if record.Purged.GetPhase() == backmonv1.PurgePhase_PURGE_PHASE_INTENT && results[record.Purged.GetRun()] {
			continue
		}
		if len(v.Records) == auditShown {
			v.Cut = true
			return
		}
		v.Records = append(v.Records, newAuditItem(record, now))
	}
}

func newAuditItem(record bus.AuditRecord, now time.Time) auditItem {
	switch {
	case record.Refused != nil:
		return refusedItem(record.Refused, now)
	case record.Downloaded != nil:
		return downloadedItem(record.Downloaded, now)
	case record.Notified != nil:
		return notifiedItem(record.Notified, now)
	case record.Unnotified != nil:
		return unnotifiedItem(record.Unnotified, now)
	default:
		return purgedItem(record.Purged, now)
	}
}

func newAuditHead(environment, disk string, at *timestamppb.Timestamp, now time.Time) auditItem {
	item := auditItem{At: moment{at.AsTime(), now, time.UTC}}
	if environment != "" || disk != "" { // a notice may be about several
		item.Disk, item.DiskPath = board.DiskID{Environment: environment, Disk: disk}, link.Disk(environment, disk)
	}
	return item
}
