package page

import (
	"slices"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/gateway/board"
)

// Bounds of the troubles.
const (
	// alike is how many series of one rule in one state are listed one by one.
	alike = 3
	// troublesRead is how many series are looked at for the list.
	troublesRead = board.MaxLimit
)

// trouble is something that needs somebody: a disk, a series, or many series of
// one rule that are in the same state.
type trouble struct {
	Key      string
	Severity backup.Severity
	Class    string // of the severity
	State    badge
	Flags    []badge
	// Disk is set where a disk itself is in trouble.
	Disk *board.DiskID
	// Row is one series, of Group alike ones.
	Row   row
	Group int
	Names []string // of the first ones in a group
	// Path leads to the page about it.
	Path    string
	Reasons []string
}

// troubles lists what needs somebody, the worst first, and how many series are
// left out.
func (p *Page) troubles(disks []board.DiskOverview, now time.Time) (all []trouble, hidden int) {
	for _, d := range disks {
		if t, ok := p.diskTrouble(d); ok {
			all = append(all, t)
		}
	}
	q := board.Query{Severities: []backup.Severity{backup.SeverityCritical, backup.SeverityWarning}, Limit: troublesRead}
	found := p.board.Find(q)
	all = append(all, p.grouped(found.Entries, now)...)
	slices.SortStableFunc(all, func(a, b trouble) int { return int(b.Severity - a.Severity) })
	shown := all[:min(len(all), troublesShown)]
	for i := range shown {
		shown[i].Class = severityBadge(shown[i].Severity).Class
	}
	hidden = found.Total
	for _, t := range shown {
		hidden -= t.Group
	}
	return shown, hidden
}

// ruleState is what alike series have in common.
type ruleState struct {
	environment, disk, directory, file string
	state                              backup.State
	severity                           backup.Severity
}

// grouped makes troubles of series, one of all that are alike when there are many.
func (p *Page) grouped(entries []*board.Entry, now time.Time) []trouble {
	members, order := map[ruleState][]*board.Entry{}, []ruleState{}
	for _, e := range entries {
		id := e.Status.Series
		key := ruleState{id.Environment, id.Disk, id.Directory, id.File, e.Status.State, e.Status.Severity}
		if members[key] == nil {
			order = append(order, key)
		}
		members[key] = append(members[key], e)
	}
	var all []trouble
	for _, key := range order {
		if len(all) > troublesShown { // no more are shown
			break
		}
		if of := members[key]; len(of) > alike {
			all = append(all, p.groupTrouble(of, now))
			continue
		}
		for _, e := range members[key] {
			all = append(all, p.seriesTrouble(e, now))
		}
	}
	return all
}

func (p *Page) seriesTrouble(e *board.Entry, now time.Time) trouble {
	r := p.newRow(e, now)
	return trouble{Key: r.Path, Severity: e.Status.Severity, State: r.State, Flags: r.Flags, Row: r, Group: 1, Path: r.Path, Reasons: r.Reason}
}

// groupTrouble is one of many alike series.
func (p *Page) groupTrouble(of []*board.Entry, now time.Time) trouble {
	t := p.seriesTrouble(of[0], now)
	id := t.Row.ID
	q := board.Query{Environment: id.Environment, Disk: id.Disk, Directory: id.Directory, File: id.File}
	q.States = []backup.State{of[0].Status.State}
	t.Path, t.Key, t.Group = listLink(q), listLink(q)+t.Severity.String(), len(of)
	if t.Severity != of[0].Status.State.Severity() {
		q.Severities = []backup.Severity{t.Severity}
		t.Path = listLink(q)
	}
	for _, e := range of[:alike] {
		t.Names = append(t.Names, e.Status.Series.Group)
	}
	return t
}

// diskTrouble is what is wrong with a disk itself, if it is not just out of sight.
func (p *Page) diskTrouble(d board.DiskOverview) (trouble, bool) {
	if d.Entry == nil {
		return trouble{}, false
	}
	severity := wire.ParseDiskCondition(d.Entry.Status).Severity()
	if severity != backup.SeverityWarning && severity != backup.SeverityCritical {
		return trouble{}, false
	}
	path := link.Disk(d.ID.Environment, d.ID.Disk)
	state := severityBadge(severity)
	state.Text = "DISK"
	return trouble{Key: path, Severity: severity, State: state, Disk: &d.ID, Path: path, Reasons: diskReasons(d.Entry.Status)}, true
}

// diskReasons says what is wrong with a disk.
func diskReasons(d *backmonv1.DiskStatus) []string {
	var reasons []string
	for _, f := range d.GetFlags() {
		reasons = append(reasons, wire.DiskFlagText(d, f))
	}
	if text := problemsText(d); text != "" {
		reasons = append(reasons, text)
	}
	return reasons
}

// problemsText counts the problems of a disk's definitions and files.
func problemsText(d *backmonv1.DiskStatus) string {
	errors := 0
	for _, p := range d.GetProblems() {
		if p.GetLevel() == backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR {
			errors++
		}
	}
	warnings := len(d.GetProblems()) - errors
	switch {
	case errors > 0 && warnings > 0:
		return count(errors, "error", "errors") + " and " + count(warnings, "warning", "warnings") + " in its definitions"
	case errors > 0:
		return count(errors, "error", "errors") + " in its definitions"
	case warnings > 0:
		return count(warnings, "warning", "warnings") + " about its definitions"
	default:
		return ""
	}
}
