package message

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
)

// Digest sums up a period, as templates see it.
type Digest struct {
	From, To  time.Time
	Series    int // backups that are watched
	Open      int // incidents that are open now
	Recovered int // incidents that ended in the period
	Disks     []DigestDisk
	Bad       []Item // incidents that are open, the worst first; not all when many
	Ended     []Item // incidents that ended in the period, likewise
}

// DigestDisk sums up a disk.
type DigestDisk struct {
	Place        string // as "prod:db"
	Series, Open int
	// Slots are the backups that were due in the period, and Met those in time.
	Slots, Met  int
	PurgedFiles int
	PurgedBytes int64
	Link        string
}

func (w *Writer) digest(d *incident.Digest) *Digest {
	if d == nil {
		return &Digest{}
	}
	out := &Digest{From: w.zoned(d.From), To: w.zoned(d.To), Series: d.Series, Open: d.Open, Recovered: d.Recovered}
	for _, x := range d.Disks {
		out.Disks = append(out.Disks, DigestDisk{
			Place: diskName(w.name(x.Environment), w.name(x.Disk)), Series: x.Series, Open: x.Open, Slots: x.Slots, Met: x.Met,
			PurgedFiles: x.PurgedFiles, PurgedBytes: x.PurgedBytes, Link: w.linkTo(incident.Subject{Environment: x.Environment, Disk: x.Disk}),
		})
	}
	for _, i := range d.Bad {
		out.Bad = append(out.Bad, w.item(incident.Item{Incident: i, Change: incident.Continues}, out.To))
	}
	for _, i := range d.Closed {
		out.Ended = append(out.Ended, w.item(incident.Item{Incident: i, Change: incident.Closed}, out.To))
	}
	return out
}

// Period is daily or weekly, or empty for other ones.
func (d *Digest) Period() string {
	const slack = 2 * time.Hour // the clock may have been put forward or back
	switch length := d.To.Sub(d.From); {
	case length > backup.Day-slack && length < backup.Day+slack:
		return "daily"
	case length > 7*backup.Day-slack && length < 7*backup.Day+slack:
		return "weekly"
	default:
		return ""
	}
}

func (d *Digest) title() string {
	text := "Backup digest"
	switch d.Period() {
	case "daily":
		text = "Daily backup digest"
	case "weekly":
		text = "Weekly backup digest"
	}
	switch {
	case d.Series == 0 && d.Open == 0:
		return text + ": nothing is watched"
	case d.Open == 0:
		text += ": all well"
	default:
		text += fmt.Sprintf(": %d in trouble", d.Open)
	}
	if d.Recovered > 0 {
		text += fmt.Sprintf(", %d recovered", d.Recovered)
	}
	return text + " (" + backups(d.Series) + ")"
}

func (d *Digest) summary() string {
	text := fmt.Sprintf("From %s to %s: %s watched on %s", moment(d.From), moment(d.To), backups(d.Series)+are(d.Series), prose.Count(len(d.Disks), "disk", "disks"))
	switch {
	case d.Series == 0 && d.Open == 0:
		return text + ". Where nothing is watched nothing is known to be well."
	case d.Open == 0:
		text += ", and all are well"
	default:
		text += fmt.Sprintf("; %d%s in trouble", d.Open, are(d.Open))
	}
	if d.Recovered > 0 {
		text += fmt.Sprintf(", %d recovered", d.Recovered)
	}
	return text + "."
}

func (d *Digest) sections() []Section {
	var out []Section
	if len(d.Bad) > 0 {
		out = append(out, rest(Section{"In trouble now:", lines(pointers(d.Bad), "")}, d.Open-len(d.Bad)))
	}
	if len(d.Ended) > 0 {
		out = append(out, rest(Section{"Recovered:", lines(pointers(d.Ended), "")}, d.Recovered-len(d.Ended)))
	}
	disks := Section{Head: "By disk:"}
	for _, x := range d.Disks {
		disks.Lines = append(disks.Lines, x.line())
	}
	if len(disks.Lines) > 0 {
		out = append(out, disks)
	}
	return out
}

func pointers(items []Item) []*Item {
	var out []*Item
	for k := range items {
		out = append(out, &items[k])
	}
	return out
}

// rest adds how many are not listed.
func rest(s Section, n int) Section {
	if n > 0 {
		s.Lines = append(s.Lines, fmt.Sprintf("and %d more", n))
	}
	return s
}

func (x DigestDisk) line() string {
	text := x.Place + ": " + backups(x.Series)
	if x.Open > 0 {
		text += fmt.Sprintf(", %d in trouble", x.Open)
	} else {
		text += ", all well"
	}
	if x.Slots > 0 {
		text += fmt.Sprintf("; %d of %d due came in time (%s)", x.Met, x.Slots, share(x.Met, x.Slots))
	}
	if x.PurgedFiles > 0 {
		text += fmt.Sprintf("; %s purged, %s", prose.Count(x.PurgedFiles, "file", "files"), backup.FormatSize(x.PurgedBytes))
	}
	return text
}

// share writes a part in percent, rounded so that only all is 100 %.
func share(part, whole int) string {
	if part >= whole {
		return "100 %"
	}
	return fmt.Sprintf("%.1f %%", min(99.9, 100*float64(part)/float64(whole)))
}
