package page

import (
	"html/template"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/services/gateway/board"
)

// row is one series in a list.
type row struct {
	ID     backup.SeriesID
	Path   string
	State  badge
	Flags  []badge
	Reason []string
	Since  moment
	// Newest is the time of the newest file; zero when there is none.
	Newest moment
	Size   string
	// Deadline is when the state gets worse by itself, or that of the slot that is
	// not filled. Missed says that it was.
	Deadline moment
	Missed   bool
	Strip    template.HTML
	// Blank says that nothing is known but the state.
	Blank bool
}

// unjudged reports whether a series can't be seen and never could: that it has no
// file or schedule would say too much.
func unjudged(s *backup.Status) bool {
	return s.State == backup.Unknown && s.SeenAt.IsZero() && s.Policy.Sort == ""
}

func (p *Page) newRow(e *board.Entry, now time.Time) row {
	s := &e.Status
	zone := p.zone(s.Policy.Timezone)
	r := row{
		ID: s.Series, Path: link.Series(s.Series), State: stateBadge(s.State), Since: moment{s.Since, now, zone},
		Deadline: moment{s.Slot.Deadline, now, zone}, Missed: s.Slot.Missed > 0, Strip: p.strip(e, now),
	}
	r.Blank = unjudged(s)
	for _, f := range s.Flags {
		r.Flags = append(r.Flags, flagBadge(f))
	}
	r.Reason = reasonsOf(s)
	if l := s.Files.Latest; l != nil {
		r.Newest, r.Size = moment{l.Time, now, zone}, backup.FormatSize(l.Size)
	}
	return r
}

// Disk is the name of the row's disk.
func (r row) Disk() board.DiskID { return board.DiskID{Environment: r.ID.Environment, Disk: r.ID.Disk} }

// diskName writes a disk as one text.
func diskName(id board.DiskID) string { return id.Environment + ":" + id.Disk }

// listLink is the path of the list that a query chooses.
func listLink(q board.Query) string {
	q.Limit = 0
	if text := q.String(); text != "" {
		return "/series?" + text
	}
	return "/series"
}
