package page

import (
	"cmp"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/services/gateway/board"
)

// tile is one disk on the board.
type tile struct {
	ID        board.DiskID
	Path      string
	Badge     badge
	Summary   string
	Shares    shares
	Evaluated moment
	Stale     bool
	Usage     *usage
	// Directories are the first ones, the worst first; Hidden are more.
	Directories []directoryItem
	Hidden      int
}

// directoryItem is one directory of a disk.
type directoryItem struct {
	Name    string
	Path    string
	Badge   badge
	Summary string
}

const directoriesShown = 6

func (p *Page) newTile(d board.DiskOverview, now time.Time) tile {
	t := tile{
		ID: d.ID, Path: link.Disk(d.ID.Environment, d.ID.Disk), Badge: severityBadge(d.Severity),
		Summary: summary(d.Counts), Shares: newShares(d.Counts.States),
	}
	if d.Entry != nil {
		status := d.Entry.Status
		t.Evaluated, t.Stale = moment{status.GetEvaluatedAt().AsTime(), now, time.UTC}, p.stale(status, now)
		t.Usage = newUsage(status.GetTotals())
	}
	all := directories(d)
	t.Directories = all[:min(len(all), directoriesShown)]
	t.Hidden = len(all) - len(t.Directories)
	return t
}

// directories lists a disk's directories, the worst first.
func directories(d board.DiskOverview) []directoryItem {
	var all []directoryItem
	for _, severity := range []backup.Severity{backup.SeverityCritical, backup.SeverityUnknown, backup.SeverityWarning, backup.SeverityOK} {
		for _, dir := range d.Directories {
			if dir.Counts.Worst == severity {
				q := board.Query{Environment: d.ID.Environment, Disk: d.ID.Disk, Directory: dir.Name}
				all = append(all, directoryItem{dir.Name, listLink(q), severityBadge(severity), summary(dir.Counts)})
			}
		}
	}
	return all
}

// summary counts series by state, the worst first: "1 MISSING, 2 LATE, 40 OK".
func summary(c board.Counts) string {
	text := ""
	for _, s := range statesByUrgency() {
		if n := c.States[s]; n > 0 {
			if text != "" {
				text += ", "
			}
			text += thousands(int64(n)) + " " + s.String()
		}
	}
	if flagged := bad(c.Severities) - c.States[backup.Missing] - c.States[backup.Late]; flagged > 0 {
		text += ", " + thousands(int64(flagged)) + " of them flagged"
	}
	return cmp.Or(text, "no backup is defined")
}

// statesByUrgency lists the states that a series on the board can have.
func statesByUrgency() []backup.State {
	return []backup.State{backup.Missing, backup.Unknown, backup.Late, backup.Due, backup.Pending, backup.OK}
}
