package page

import (
	"net/http"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/gateway/board"
)

// Bounds of the overview: it is to be taken in at one look.
const (
	troublesShown = 12
	awaitedShown  = 6
	tilesShown    = 60
)

// overviewPage is what the first page shows.
type overviewPage struct {
	Badge    badge
	Sentence string
	More     []string
	Shares   shares
	// Troubles need somebody, the worst first; Hidden are more of them.
	Troubles []trouble
	Hidden   int
	// Unseen can't be judged, one entry for each disk.
	Unseen []unseen
	// Awaited come next.
	Awaited []row
	Disks   []tile
	// DisksHidden is how many disks are not among the tiles.
	DisksHidden int
	Start       *start
}

func (p *Page) overview(w http.ResponseWriter, r *http.Request) {
	f := p.newFrame(r, "Overview", board.Query{})
	p.render(w, r, http.StatusOK, "overview", view{f, p.newOverview(f)})
}

func (p *Page) newOverview(f frame) overviewPage {
	now := f.Now.at
	disks, total := p.board.Overview(board.Query{}), p.total()
	s := p.standing(total, disks, now)
	s.cutOff = f.cutOff()
	o := overviewPage{
		Badge: severityBadge(s.severity()), Sentence: s.sentence(), More: s.more(), Shares: newShares(total.States),
		Unseen: p.unseen(disks, total, now), Awaited: p.awaited(now), Start: newStart(s, disks),
	}
	o.Troubles, o.Hidden = p.troubles(disks, now)
	if o.Start != nil && total.All == 0 {
		o.Badge = badge{Class: "info", Icon: "info"}
	}
	slices.SortStableFunc(disks, board.WorstDisksFirst)
	for _, d := range disks[:min(len(disks), tilesShown)] {
		o.Disks = append(o.Disks, p.newTile(d, now))
	}
	o.DisksHidden = len(disks) - len(o.Disks)
	return o
}

func (p *Page) standing(total board.Page, disks []board.DiskOverview, now time.Time) standing {
	s := standing{
		total: total.All, severities: total.Severities, states: total.States, disks: len(disks), current: p.board.Current(),
		due: p.board.Find(board.Query{States: []backup.State{backup.Due}, Severities: []backup.Severity{backup.SeverityOK}, Limit: 1}).Total,
	}
	for _, d := range disks {
		if d.Entry == nil {
			continue
		}
		switch wire.ParseDiskCondition(d.Entry.Status).Severity() {
		case backup.SeverityWarning, backup.SeverityCritical:
			s.badDisks++
		case backup.SeverityUnknown:
			s.unseenDisks++
		case backup.SeverityOK:
		}
		if p.stale(d.Entry.Status, now) {
			s.stale++
		}
	}
	return s
}

// awaited are the series whose deadlines come next.
func (p *Page) awaited(now time.Time) []row {
	q := board.Query{States: []backup.State{backup.OK, backup.Due, backup.Pending}, Sort: board.SortDeadline, Limit: awaitedShown}
	var rows []row
	for _, e := range p.board.Find(q).Entries {
		if !e.Status.Slot.Deadline.IsZero() {
			rows = append(rows, p.newRow(e, now))
		}
	}
	return rows
}

// unseen is a disk of which some series can't be judged.
type unseen struct {
	Disk    board.DiskID
	Path    string // of its series that can't be seen
	Badge   badge
	Series  int
	Of      int
	Reason  string
	Since   moment
	DiskURL string
}

// unseen lists the disks with series that can't be judged, each with the reason of
// one of them.
func (p *Page) unseen(disks []board.DiskOverview, total board.Page, now time.Time) []unseen {
	if total.Severities[backup.SeverityUnknown] == 0 && !slices.ContainsFunc(disks, func(d board.DiskOverview) bool { return d.Severity == backup.SeverityUnknown }) {
		return nil
	}
	var all []unseen
	for _, d := range disks {
		n := d.Counts.Severities[backup.SeverityUnknown]
		failed := d.Entry != nil && wire.ParseDiskCondition(d.Entry.Status).Severity() == backup.SeverityUnknown
		if n == 0 && !failed {
			continue
		}
		q := board.Query{Environment: d.ID.Environment, Disk: d.ID.Disk, Severities: []backup.Severity{backup.SeverityUnknown}, Limit: 1}
		u := unseen{Disk: d.ID, Badge: stateBadge(backup.Unknown), Path: listLink(q), Series: n, Of: d.Counts.Series, DiskURL: link.Disk(d.ID.Environment, d.ID.Disk)}
		if found := p.board.Find(q).Entries; len(found) > 0 {
			u.Reason, u.Since = reasonOf(&found[0].Status), moment{found[0].Status.Since, now, time.UTC}
		}
		if failed {
			u.Reason = d.Entry.Status.GetError()
			u.Since = moment{d.Entry.Status.GetFailingSince().AsTime(), now, time.UTC}
		}
		all = append(all, u)
	}
	return all
}

func reasonOf(s *backup.Status) string {
	if len(s.Reasons) == 0 {
		return ""
	}
	return s.Reasons[0].Text
}

// reasonsOf are the sentences of a status that is not in order: that a backup is
// due or awaited is said by its state and deadline.
func reasonsOf(s *backup.Status) []string {
	var texts []string
	for _, r := range s.Reasons {
		if r.Code != backup.Due.String() && r.Code != backup.Pending.String() {
			texts = append(texts, r.Text)
		}
	}
	return texts
}
