package page

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/services/gateway/board"
)

// diskSeriesShown is how many series a disk's page lists.
const diskSeriesShown = 25

// diskPage is all that is known of one disk.
type diskPage struct {
	Crumbs         []crumb
	ID             board.DiskID
	Badge          badge
	Reasons        []string
	Summary        string
	ListPath       string
	Shares         shares
	Usage          *usage
	Figures        []fact
	Evaluate       evaluateForm
	PutHold        putForm
	PutSilence     putForm
	Problems       []problemView
	Directories    []directoryItem
	Listed         bool
	Unmatched      int64
	UnmatchedText  string // how many, of how many
	Samples        []string
	Shown          int64 // how many samples there are
	AmbiguousCount int64
	Ambiguous      []ambiguousFile
	Label          string // of the table
	Rows           []row
	Series         int
	More           bool
}

// ambiguousFile is a file that several rules match.
type ambiguousFile struct {
	Key   string
	Rules []string
}

func (p *Page) disk(w http.ResponseWriter, r *http.Request) {
	p.showDisk(w, r, http.StatusOK, putProblem{})
}

// showDisk answers with a disk's page; one of its forms may have a problem.
func (p *Page) showDisk(w http.ResponseWriter, r *http.Request, status int, wrong putProblem) {
	id, err := diskOf(r)
	if err != nil {
		p.fail(w, r, http.StatusNotFound, "No such page", err.Error())
		return
	}
	d, ok := p.diskOverview(id)
	if !ok {
		p.noDisk(w, r, id)
		return
	}
	f := p.newFrame(r, prose.Clean(diskName(id)), board.Query{Environment: id.Environment, Disk: id.Disk})
	f.still(r)
	p.render(w, r, status, "disk", view{f, p.newDisk(d, f, wrong)})
}

// diskOverview sums up the disk of exactly that name: to a query an empty one would
// be all.
func (p *Page) diskOverview(id board.DiskID) (board.DiskOverview, bool) {
	all := p.board.Overview(board.Query{Environment: id.Environment, Disk: id.Disk})
	i := slices.IndexFunc(all, func(d board.DiskOverview) bool { return d.ID == id })
	if i < 0 {
		return board.DiskOverview{}, false
	}
	return all[i], true
}

// diskOf reads the names of a disk from a path.
func diskOf(r *http.Request) (id board.DiskID, err error) {
	if id.Environment, err = link.Name(r.PathValue("env")); err == nil {
		id.Disk, err = link.Name(r.PathValue("disk"))
	}
	return id, err
}

func (p *Page) newDisk(d board.DiskOverview, f frame, wrong putProblem) diskPage {
	q := board.Query{Environment: d.ID.Environment, Disk: d.ID.Disk, Limit: diskSeriesShown}
	path := link.Disk(d.ID.Environment, d.ID.Disk)
	found := p.board.Find(q)
	v := diskPage{
		Crumbs: []crumb{{"Overview", "/"}, {diskName(d.ID), ""}}, ID: d.ID, Badge: severityBadge(d.Severity),
		Summary: summary(d.Counts), ListPath: listLink(q), Shares: newShares(d.Counts.States), Directories: directories(d),
		Evaluate: newEvaluate(f, path, path), PutHold: newPutHold(f, path, wrong), PutSilence: newPutSilence(f, path, wrong),
		Label: "Backups of the disk", Series: found.Total, More: found.Pages > 1,
	}
	for _, e := range found.Entries {
		v.Rows = append(v.Rows, p.newRow(e, f.Now.at))
	}
	if d.Entry != nil {
		v.describe(d.Entry.Status, f.Now.at)
	}
	return v
}

// describe adds what the disk's own status says.
func (v *diskPage) describe(d *backmonv1.DiskStatus, now time.Time) {
	if d.GetError() != "" {
		v.Reasons = append(v.Reasons, "It can’t be judged: "+d.GetError())
	}
	v.Reasons = append(v.Reasons, diskReasons(d)...)
	if d.GetPurgeFrozen() != "" {
		v.Reasons = append(v.Reasons, "Nothing of it is purged: "+d.GetPurgeFrozen())
	}
	t := d.GetTotals()
	v.Usage, v.Figures, v.Problems = newUsage(t), diskFigures(d, now), newProblems(d.GetProblems())
	v.Listed, v.Unmatched = d.GetSucceededAt() != nil, t.GetUnmatchedFiles()
	v.UnmatchedText = thousands(t.GetUnmatchedFiles()) + " of " + count(t.GetFiles(), "file", "files")
	for _, key := range t.GetUnmatchedSamples() {
		v.Samples = append(v.Samples, string(key))
	}
	v.Shown, v.AmbiguousCount = int64(len(v.Samples)), d.GetAmbiguousFiles()
	for _, a := range d.GetAmbiguousSamples() {
		v.Ambiguous = append(v.Ambiguous, ambiguousFile{string(a.GetKey()), a.GetRules()})
	}
}

// diskFigures tell when a disk was looked at, what is on it, and what that took.
func diskFigures(d *backmonv1.DiskStatus, now time.Time) []fact {
	t := d.GetTotals()
	at := func(name string, m moment) fact {
		if m.IsZero() || m.at.Unix() == 0 {
			return fact{Name: name, Value: "never"}
		}
		return fact{name, template.HTML(`<time class="t" datetime="` + m.ISO() + `">` + m.Relative() + `</time>`), m.Absolute()} //nolint:gosec // it is ours
	}
	all := []fact{at("Looked at", moment{d.GetEvaluatedAt().AsTime(), now, time.UTC})}
	if d.GetError() != "" {
		all = append(all, at("Seen as a whole", moment{d.GetSucceededAt().AsTime(), now, time.UTC}), at("Failing since", moment{d.GetFailingSince().AsTime(), now, time.UTC}))
	}
	if d.GetNextDeadline() != nil {
		all = append(all, at("Next deadline", moment{d.GetNextDeadline().AsTime(), now, time.UTC}))
	}
	all = append(all, fact{"Files", template.HTML(thousands(t.GetFiles())), backup.FormatSize(t.GetBytes())}) //nolint:gosec // a number
	if c := d.GetCost(); c != nil {
		all = append(all, fact{"Listing took", template.HTML(c.GetElapsed().AsDuration().Round(time.Millisecond).String()), //nolint:gosec // a number
			fmt.Sprintf("%s, %s", count(c.GetRequests(), "request", "requests"), count(c.GetObjects(), "object", "objects"))})
	}
	if n := t.GetOrphanedStats(); n > 0 {
		all = append(all, fact{"Orphaned .stat files", template.HTML(thousands(n)), "their files are gone"}) //nolint:gosec // a number
	}
	return all
}
