package page

import (
	"html/template"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/link"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/services/gateway/board"
)

// seriesPage is all that is known of one series.
type seriesPage struct {
	Crumbs         []crumb
	Class          string
	Row            row
	Well           string // said where nothing is wrong
	Held, Silenced bool
	// Incident says that the notifier knows; Told are those whom it told.
	Incident      bool
	Told          incident.Listeners
	DeadlineTitle string
	Deadline      moment
	NoDeadline    string // why there is none
	Files         int
	Bytes         int64
	Evaluate      evaluateForm
	Download      string
	PutHold       putForm
	PutSilence    putForm
	Slots         slotsView
	Chart         chart
	Rule, Latest  []fact
	Labels        []labelLink
	Retention     retentionView
	History       []historyItem
	HistoryError  string
	AuditPath     string
}

// crumb is one step of the way from the overview; the last has no path.
type crumb struct{ Name, Path string }

// fact is a name and what is known.
type fact struct {
	Name  string
	Value template.HTML
	Small string
}

// labelLink is a label of a rule, with the list of all series that have it.
type labelLink struct{ Name, Value, Path string }

func (p *Page) series(w http.ResponseWriter, r *http.Request) {
	p.showSeries(w, r, http.StatusOK, putProblem{})
}

// showSeries answers with a series' page; one of its forms may have a problem.
func (p *Page) showSeries(w http.ResponseWriter, r *http.Request, status int, wrong putProblem) {
	id, err := seriesOf(r)
	if err != nil {
		p.fail(w, r, http.StatusNotFound, "No such page", err.Error())
		return
	}
	e, ok := p.board.Entry(id)
	if !ok {
		p.noSeries(w, r, id)
		return
	}
	f := p.newFrame(r, titleOf(id), namesOf(id))
	f.still(r)
	p.render(w, r, status, "series", view{f, p.newSeries(r, e, f, wrong)})
}

// titleOf names a series in a title.
func titleOf(id backup.SeriesID) string { return prose.Clean(id.Group + " " + id.File) }

// namesOf is the query for just one series.
func namesOf(id backup.SeriesID) board.Query {
	return board.Query{Environment: id.Environment, Disk: id.Disk, Directory: id.Directory, File: id.File, Group: id.Group}
}

// seriesOf reads the names of a series from a path.
func seriesOf(r *http.Request) (id backup.SeriesID, err error) {
	for key, to := range map[string]*string{
		"env": &id.Environment, "disk": &id.Disk, "directory": &id.Directory, "file": &id.File, "group": &id.Group,
	} {
		if *to, err = link.Name(r.PathValue(key)); err != nil {
			return id, err
		}
	}
	return id, nil
}

func (p *Page) newSeries(r *http.Request, e *board.Entry, f frame, wrong putProblem) seriesPage {
	s, now := &e.Status, f.Now.at
	zone := p.zone(s.Policy.Timezone)
	v := seriesPage{
		Crumbs: seriesCrumbs(s.Series), Class: severityBadge(s.Severity).Class, Row: p.newRow(e, now),
		Well: wellText(s), Files: s.Files.Count, Bytes: s.Files.Bytes, Chart: newChart(s, zone), Rule: p.ruleFacts(s, now), Latest: latestFacts(s, zone, now),
		Labels: labelLinks(s), Retention: newRetention(s, zone, now), AuditPath: auditLink(s.Series.Environment, s.Series.Disk),
		Evaluate: newEvaluate(f, link.Disk(s.Series.Environment, s.Series.Disk), link.Series(s.Series)), Download: p.downloadLink(s),
		PutHold: newPutHold(f, link.Series(s.Series), wrong), PutSilence: newPutSilence(f, link.Series(s.Series), wrong),
	}
	v.DeadlineTitle, v.Deadline, v.NoDeadline = deadline(s, zone, now)
	past, err := p.past.Read(r.Context(), s.Series)
	if err != nil {
		v.HistoryError = err.Error()
	}
	v.Slots, v.History = newSlots(p.slots(past, e, now), zone, now), newHistory(append(past.Statuses, *s), zone, now)
	v.Held, v.Silenced = p.held(r.Context(), s.Series), p.troubled.Silenced(s, now)
	if i, ok := p.troubled.Incident(s.Series); ok && i.Open() {
		v.Told = incident.ListenersOf(p.troubled.Groups(), i)
		v.Incident = true
	}
	return v
}

func seriesCrumbs(id backup.SeriesID) []crumb {
	directory := board.Query{Environment: id.Environment, Disk: id.Disk, Directory: id.Directory}
	return []crumb{
		{"Overview", "/"},
		{id.Environment + ":" + id.Disk, link.Disk(id.Environment, id.Disk)},
		{id.Directory, listLink(directory)},
		{id.Group + " " + id.File, ""},
	}
}

// deadline is what a reader wants to count down to: when the state gets worse by
// itself, or else the deadline that was missed.
func deadline(s *backup.Status, zone *time.Location, now time.Time) (title string, at moment, none string) {
	switch {
	case s.Policy.Schedule == "":
		return "Deadline", moment{}, "the rule has no schedule"
	case !s.Slot.NextDeadline.IsZero() && s.Slot.Missed > 0:
		return "Gets worse", moment{s.Slot.NextDeadline, now, zone}, ""
	case !s.Slot.NextDeadline.IsZero():
		return "Next deadline", moment{s.Slot.NextDeadline, now, zone}, ""
	case !s.Slot.Deadline.IsZero():
		return "Deadline missed", moment{s.Slot.Deadline, now, zone}, ""
	default:
		return "Deadline", moment{}, "nothing is expected now"
	}
}

// wellText says how a series is that nothing is wrong with.
func wellText(s *backup.Status) string {
	switch {
	case len(s.Reasons) > 0:
		return s.Reasons[0].Text
	case s.Policy.Schedule == "":
		return "There is a backup, and it is plausible; no times are expected."
	default:
		return "The newest backup is there, on time and plausible."
	}
}

func labelLinks(s *backup.Status) []labelLink {
	var all []labelLink
	for _, key := range slices.Sorted(maps.Keys(s.Policy.Labels)) {
		q := board.Query{Labels: map[string]string{key: s.Policy.Labels[key]}}
		all = append(all, labelLink{key, s.Policy.Labels[key], listLink(q)})
	}
	return all
}

// downloadLink is where the newest file is fetched; empty where that can't be.
func (p *Page) downloadLink(s *backup.Status) string {
	if !p.config.Downloads || s.Files.Latest == nil {
		return ""
	}
	return "/api/v1" + link.Series(s.Series) + "/download"
}
