package page

import (
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
)

// tardiness is how much longer than two intervals an evaluation may take to come.
const tardiness = 10 * time.Minute

// stale reports whether a disk should have been looked at again long ago: what
// is known of it may be true no more.
func (p *Page) stale(d *backmonv1.DiskStatus, now time.Time) bool {
	if p.config.Interval <= 0 || d.GetEvaluatedAt() == nil {
		return false
	}
	return now.Sub(d.GetEvaluatedAt().AsTime()) > 2*p.config.Interval+tardiness
}

// staleNotice says which disks are stale.
func (p *Page) staleNotice(now time.Time) (notice, bool) {
	var names []string
	var oldest time.Time
	disks := p.board.DiskEntries()
	for _, d := range disks {
		if at := d.Status.GetEvaluatedAt().AsTime(); p.stale(d.Status, now) {
			names = append(names, diskName(d.ID()))
			if oldest.IsZero() || at.Before(oldest) {
				oldest = at
			}
		}
	}
	if len(names) == 0 {
		return notice{}, false
	}
	where := count(len(names), "disk was", "disks were")
	if len(names) == 1 {
		where = names[0] + " was"
	}
	return notice{
		Class: "unknown", Icon: "unknown", Key: "stale", Head: "Stale.",
		Text: where + " last looked at " + backup.FormatDuration(now.Sub(oldest).Truncate(time.Second)) +
			" ago, although it is due every " + backup.FormatDuration(p.config.Interval) + ": are the discoverer and the evaluators at work?",
	}, true
}
