package message

import (
	"slices"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
)

// Item is one incident of a notice, as templates see it.
type Item struct {
	// Name is the backup as people call it, "directory/file (group)"; of a disk as a
	// whole it is the disk.
	Name string
	// Place is the disk with its environment, as "prod:db".
	Place                                     string
	Environment, Disk, Directory, File, Group string
	OfDisk                                    bool // a disk as a whole: Directory, File and Group are empty
	// Change is what is new: opened, changed, closed, continues or flapping.
	Change string
	State  string   // as LATE; when it is over: the last bad one
	Flags  []string // as EMPTY
	// Severity is how bad it is: warning, unknown or critical; Before what the
	// receiver was told last, empty when nothing; Worst the worst since it began.
	Severity, Before, Worst string
	Reasons                 []Reason // of the evaluation, the worst first
	// What says in a few words what is wrong: "backup late". Of what is over it
	// says what was wrong.
	What     string
	Expected string // which backup until when; empty where that is not the trouble
	Seen     string // what there is instead
	// NextDeadline is when it gets worse by itself.
	OpenedAt, ChangedAt, ClosedAt time.Time
	Slot, Deadline, NextDeadline  time.Time
	Missed                        int // deadlines
	Schedule, Timezone            string
	Latest                        *Latest   // the newest file; nil when there is none
	SeenAt                        time.Time // when there last was a file; zero when never
	Lasted                        time.Duration
	Open, Closed, Gone, Flapping  bool
	Turns                         int // how often it began or ended lately
	Labels                        map[string]string
	Advice                        []string
	Details                       []Detail
	Link                          string

	code         string // of the worst reason
	rule, folder string // "directory/file", and where its files are
	at           time.Time
	firstTurn    time.Time
}

// Reason is one sentence of why.
type Reason struct{ Code, Text string }

// Latest is the newest file of a series.
type Latest struct {
	Key  string
	Size int64
	At   time.Time
}

// Detail is a fact with its name.
type Detail struct{ Name, Text string }

// item puts an incident into words.
func (w *Writer) item(x incident.Item, now time.Time) Item {
	i := x.Incident
	out := Item{
		Place:       diskName(w.name(i.Subject.Environment), w.name(i.Subject.Disk)),
		Environment: w.name(i.Subject.Environment), Disk: w.name(i.Subject.Disk), Directory: w.name(i.Subject.Directory),
		File: w.name(i.Subject.File), Group: w.name(i.Subject.Group), OfDisk: incident.OfDisk(i.Subject),
		Change: x.Change.String(), State: i.State.String(), Flags: slices.Clone(i.Flags), Severity: i.Severity.String(),
		Before: severityName(x.Told), Worst: i.Worst.String(),
		OpenedAt: w.zoned(i.OpenedAt), ChangedAt: w.zoned(i.ChangedAt), ClosedAt: w.zoned(i.ClosedAt),
		Slot: w.zoned(i.Facts.Expected), Deadline: w.zoned(i.Facts.Deadline), NextDeadline: w.zoned(i.Facts.NextDeadline),
		Missed: i.Facts.Missed, Schedule: w.name(i.Facts.Schedule), Timezone: w.name(i.Facts.Timezone), SeenAt: w.zoned(i.Facts.SeenAt),
		Open: i.Open(), Closed: x.Change == incident.Closed, Gone: i.Gone, Flapping: i.Flapping, Turns: len(i.Turns),
		Labels: w.names(i.Labels), at: now,
	}
	if i.Facts.LatestKey != "" {
		out.Latest = &Latest{Key: w.name(i.Facts.LatestKey), Size: i.Facts.LatestSize, At: w.zoned(i.Facts.LatestAt)}
	}
	for _, r := range i.Reasons {
		out.Reasons = append(out.Reasons, Reason{r.Code, w.name(r.Text)})
	}
	if len(i.Turns) > 0 {
		out.firstTurn = w.zoned(i.Turns[0])
	}
	out.Lasted = lasted(i, now)
	out.Name, out.rule, out.folder = names(out)
	out.code = worst(i)
	out.Link = w.linkTo(i.Subject)
	out.describe()
	return out
}

// lasted is for how long the incident has been, or was, open.
func lasted(i incident.Incident, now time.Time) time.Duration {
	end := now
	if !i.ClosedAt.IsZero() {
		end = i.ClosedAt
	}
	if i.OpenedAt.IsZero() || end.Before(i.OpenedAt) {
		return 0
	}
	return end.Sub(i.OpenedAt)
}

// describe fills in the words, which rest on everything else.
func (i *Item) describe() {
	words := wordsFor(i, i.code)
	i.What = i.fill(words.what)
	switch {
	case i.Closed:
		i.What = words.was
	case !i.Open:
		i.What = "Well at the moment, last " + words.was
	}
	i.Expected, i.Seen = expected(i), seen(i)
	i.Details = details(i)
	i.Advice = adviceFor(i)
}

// maxName bounds one name in a sentence: the middle of a longer one is cut out.
const maxName = 80

// names are the item's name, its rule, and the folder that its files are in.
func names(i Item) (name, rule, folder string) {
	if i.OfDisk {
		return i.Place, "", ""
	}
	rule = short(i.Directory) + "/" + short(i.File)
	folder = short(i.Group)
	name = rule
	if i.Group != i.Directory {
		name += " (" + folder + ")"
	}
	if i.Group == "." {
		folder = "its top folder"
	}
	return name, rule, folder
}

// short cuts the middle out of a long name: both ends of a path tell more.
func short(name string) string {
	runes := []rune(name)
	if len(runes) <= maxName {
		return name
	}
	return string(runes[:maxName/2]) + "…" + string(runes[len(runes)-maxName/2+1:])
}

// worst is the code of the incident's worst reason.
func worst(i incident.Incident) string {
	switch {
	case len(i.Reasons) > 0:
		return i.Reasons[0].Code
	case i.State.Severity() > backup.SeverityOK || len(i.Flags) == 0:
		return i.State.String()
	default:
		return i.Flags[0]
	}
}

// full names the item within a sentence or title, with its place.
func (i *Item) full() string {
	if i.OfDisk {
		return i.Place
	}
	return i.Name + " on " + i.Place
}

// status is the state with flags and severity, as `backmon status` shows them.
func (i *Item) status() string {
	codes := slices.Clone(i.Flags)
	for _, r := range i.Reasons {
		if i.OfDisk && !slices.Contains(codes, r.Code) { // it tells more than UNKNOWN
			codes = append(codes, r.Code)
		}
	}
	if !i.OfDisk && i.State != "OK" || len(codes) == 0 {
		codes = append([]string{i.State}, codes...)
	}
	text := strings.Join(codes, " ") + ", " + i.Severity
	if i.Before != "" && i.Before != i.Severity {
		text += " (before: " + i.Before + ")"
	}
	return text
}

// file writes the newest file.
func (l *Latest) text(now time.Time) string {
	return short(l.Key) + ", " + backup.FormatSize(l.Size) + ", of " + both(l.At, now)
}

func (i *Item) lastedText() string { return prose.Duration(i.Lasted) }
