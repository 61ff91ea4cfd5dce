package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/scan"
)

// Purge is what purging would do: now, or day by day until At.
type Purge struct {
	Now   time.Time
	At    time.Time // zero: now
	Disks []PurgeDisk
}

// PurgeDisk is one disk of it.
type PurgeDisk struct {
	Environment, Disk string
	Err               error // why it could not be looked at; the preview is then empty
	Preview           scan.Preview
}

// Failed counts the disks that could not be looked at.
func (p *Purge) Failed() int {
	n := 0
	for _, d := range p.Disks {
		if d.Err != nil {
			n++
		}
	}
	return n
}

// PurgeTable writes for each series what goes, the oldest first, and why each
// other file stays. colour asks for ANSI colours.
func PurgeTable(w io.Writer, p *Purge, colour bool) error {
	t := purgeTable{paint: painter(colour), file: (*purgeTable).verdicts}
	for i := range p.Disks {
		t.disk(&p.Disks[i])
	}
	t.note("Nothing is deleted by this command. It does not look at holds, and not at how much one run may delete.")
	_, err := io.WriteString(w, t.out.String())
	return err
}

type purgeTable struct {
	out   strings.Builder
	paint painter
	file  func(*purgeTable, *scan.SeriesPreview) // writes the files of a series
	// frozen says that nothing of the disk that is being written goes now.
	frozen bool
}

func (t *purgeTable) printf(format string, args ...any) { fmt.Fprintf(&t.out, format, args...) }

func (t *purgeTable) note(text string) { t.printf("%s\n", t.paint.dim(text)) }

func (t *purgeTable) disk(d *PurgeDisk) {
	name := prose.Clean(diskName(d.Environment, d.Disk))
	if d.Err != nil {
		t.printf("%s: %s\n\n", name, t.paint.severity(backup.SeverityUnknown, "can't be looked at: "+prose.Clean(d.Err.Error())))
		return
	}
	t.printf("%s: %s\n", name, diskSum(&d.Preview))
	if t.frozen = d.Preview.Blocked != ""; t.frozen {
		t.blocked(d.Preview.Blocked)
	}
	t.printf("\n")
	for i := range d.Preview.Series {
		t.series(&d.Preview.Series[i])
		t.printf("\n")
	}
}

func (t *purgeTable) blocked(text string) {
	t.printf("  %s\n", t.paint.severity(backup.SeverityWarning, "blocked: "+prose.Clean(text)))
}

// diskSum says how much of a disk goes now, and how much is let go of but waits.
func diskSum(p *scan.Preview) string {
	if len(p.Series) == 0 {
		return "nothing is ever purged, as no rule says purge: true"
	}
	var goes, waits scan.Sum
	blocked := 0
	for _, s := range p.Series {
		sum := &goes
		if p.Blocked != "" || s.Blocked != "" {
			sum = &waits
			blocked++
		}
		sum.Files += s.Expired.Files
		sum.Bytes += s.Expired.Bytes
	}
	text := "nothing goes now"
	if goes.Files > 0 {
		text = sumText(goes) + " may go now"
	}
	if blocked > 0 {
		text += fmt.Sprintf("; %d of %d series blocked, where %s", blocked, len(p.Series), waitText(waits))
	}
	return text
}

func waitText(waits scan.Sum) string {
	if waits.Files == 0 {
		return "nothing waits to go"
	}
	return sumVerb(waits, "wait") + " to go"
}

// sumVerb writes "3 files (141.0 MiB) stay", or "1 file (1 B) stays".
func sumVerb(s scan.Sum, verb string) string {
	if s.Files == 1 {
		verb = map[string]string{"go": "goes", "stay": "stays", "wait": "waits"}[verb]
	}
	return sumText(s) + " " + verb
}

// sumText writes "3 files (141.0 MiB)".
func sumText(s scan.Sum) string {
	return fmt.Sprintf("%s (%s)", prose.Count(s.Files, "file", "files"), backup.FormatSize(s.Bytes))
}

func (t *purgeTable) series(s *scan.SeriesPreview) {
	id := s.Status.Series
	t.printf("%s / %s  %s  %s%s\n", prose.Clean(id.Directory), prose.Clean(id.File), prose.Clean(id.Group), t.paint.severity(s.Status.Severity, stateAndFlags(s.Status)), zoneNote(s))
	if s.Blocked != "" {
		t.blocked(s.Blocked)
	}
	if len(s.Files) == 0 {
		t.printf("  no files\n")
		return
	}
	t.file(t, s)
}

// zoneNote names the zone that a series' times are shown in, unless it is UTC.
func zoneNote(s *scan.SeriesPreview) string {
	if s.Rule == nil || s.Rule.Location.String() == time.UTC.String() {
		return ""
	}
	return "  (times in " + s.Rule.Location.String() + ")"
}

// verdicts lists what goes and then what stays, both the oldest first.
func (t *purgeTable) verdicts(s *scan.SeriesPreview) {
	files := slices.Clone(s.Files)
	slices.SortStableFunc(files, func(a, b backup.Decision) int { return cmp.Or(-compareBool(a.Expired, b.Expired), b.Rank-a.Rank) })
	g := newGrid(column{title: "VERDICT"}, column{title: "TIME"}, column{title: "SIZE", right: true}, column{title: "FILE", whole: true}, column{title: "WHY", whole: true})
	for _, f := range files {
		g.add(verdict(f, t.frozen || s.Blocked != ""), f.Time.In(s.Rule.Location).Format("2006-01-02 15:04"), backup.FormatSize(f.Size), prose.Clean(f.Key), prose.Clean(strings.Join(f.Reasons, "; ")))
	}
	first, rest := g.header()
	t.printf("  %s\n", t.paint.dim(first+rest))
	for i, f := range files {
		first, rest := g.line(i)
		t.printf("  %s%s\n", t.paint.verdict(f.Expired, first), rest)
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// verdict is what becomes of a file: one that retention lets go of waits while
// its series or disk is blocked.
func verdict(f backup.Decision, blocked bool) string {
	switch {
	case !f.Expired:
		return "stays"
	case blocked:
		return "waits"
	default:
		return "goes"
	}
}

// verdict paints what goes red and what stays green.
func (p painter) verdict(goes bool, text string) string {
	if goes {
		return p.wrap("31", text)
	}
	return p.wrap("32", text)
}
