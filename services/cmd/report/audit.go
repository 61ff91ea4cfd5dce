package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// AuditLog writes audit records for a person, as they come: each run with its
// totals and files, each refusal, each download and each notice. Of a run with a
// result the intent is not shown; it holds the intents whose result has not come yet.
type AuditLog struct {
	out     io.Writer
	paint   painter
	intents []*backmonv1.FilesPurged
	shown   int
}

// NewAuditLog returns a log that writes to w. colour asks for ANSI colours.
func NewAuditLog(w io.Writer, colour bool) *AuditLog {
	return &AuditLog{out: w, paint: painter(colour)}
}

// Add writes a record.
func (l *AuditLog) Add(r bus.AuditRecord) error {
	switch {
	case r.Refused != nil:
		return l.refused(r.Refused)
	case r.Downloaded != nil:
		return l.downloaded(r.Downloaded)
	case r.Notified != nil:
		return l.notified(r.Notified)
	case r.Unnotified != nil:
		return l.unnotified(r.Unnotified)
	case r.Purged.GetPhase() == backmonv1.PurgePhase_PURGE_PHASE_INTENT:
		l.intents = append(l.intents, r.Purged)
		return nil
	default:
		l.intents = slices.DeleteFunc(l.intents, func(i *backmonv1.FilesPurged) bool { return i.GetRun() == r.Purged.GetRun() })
		return l.purged(r.Purged)
	}
}

// End writes the intents whose result is not there.
func (l *AuditLog) End() error {
	for _, i := range l.intents {
		if err := l.purged(i); err != nil {
			return err
		}
	}
	return nil
}

// Shown is how many records were written.
func (l *AuditLog) Shown() int { return l.shown }

func (l *AuditLog) write(text string) error {
	l.shown++
	_, err := io.WriteString(l.out, text)
	return err
}

// head begins a record's line: when, what and where.
func (l *AuditLog) head(at *timestamppb.Timestamp, severity backup.Severity, what, environment, disk string) string {
	return fmt.Sprintf("%s  %s  %s", at.AsTime().UTC().Format(time.DateTime), l.paint.severity(severity, fmt.Sprintf("%-8s", what)), prose.Clean(placeName(environment, disk)))
}

// placeName is a disk, or what a record about several has instead.
func placeName(environment, disk string) string {
	switch {
	case disk != "":
		return diskName(environment, disk)
	case environment != "":
		return environment
	}
	return "several disks"
}

func (l *AuditLog) refused(r *backmonv1.PurgeRefused) error {
	severity, what, text := backup.SeverityWarning, "REFUSED", r.GetText()
	if r.GetReason() == "" {
		severity, what, text = backup.SeverityOK, "CLEARED", "nothing forbids the purge any more"
	}
	if r.GetFiles() > 0 {
		text += " (" + prose.Count(int(r.GetFiles()), "file waits", "files wait") + ")"
	}
	where := ""
	if s := r.GetSeries(); s != nil {
		where = "  " + prose.Clean(seriesText(s))
	}
	return l.write(l.head(r.GetAt(), severity, what, r.GetEnvironment(), r.GetDisk()) + where + "  " + prose.Clean(text) + "\n")
}

// purged writes one chunk of a run; the first one with the totals.
func (l *AuditLog) purged(p *backmonv1.FilesPurged) error {
	var b strings.Builder
	if p.GetChunk() <= 1 {
		severity, what, text := runText(p)
		fmt.Fprintf(&b, "%s  %s  %s\n", l.head(p.GetAt(), severity, what, p.GetEnvironment(), p.GetDisk()), text, l.paint.dim("run "+prose.Clean(p.GetRun())))
	}
	l.files(&b, p.GetFiles())
	return l.write(b.String())
}

// runText sums up a run.
func runText(p *backmonv1.FilesPurged) (severity backup.Severity, what, text string) {
	t := p.GetTotals()
	planned := sum(t.GetPlanned(), t.GetPlannedBytes())
	switch {
	case p.GetPhase() == backmonv1.PurgePhase_PURGE_PHASE_INTENT:
		return backup.SeverityUnknown, "INTENT", planned + " about to be deleted; no result yet: if the run was interrupted, the disk's next run settles it"
	case p.GetMode() == backmonv1.PurgeMode_PURGE_MODE_DRY_RUN:
		return backup.SeverityOK, "DRY RUN", planned + " would be deleted"
	}
	text = fmt.Sprintf("%d of %s deleted, %s free now", t.GetDeleted(), planned, backup.FormatSize(t.GetFreedBytes()))
	for _, v := range t.GetRefused() {
		text += fmt.Sprintf(", %d %s", v.GetFiles(), wire.VerdictWord(v.GetVerdict()))
	}
	if t.GetDeleted() < t.GetPlanned() {
		return backup.SeverityWarning, "PURGED", text
	}
	return backup.SeverityOK, "PURGED", text
}

func sum(files, bytes int64) string {
	return prose.Count(int(files), "file", "files") + " (" + backup.FormatSize(bytes) + ")"
}

// files writes the files of a chunk, a heading for each series among them.
func (l *AuditLog) files(b *strings.Builder, files []*backmonv1.PurgedFile) {
	g := newGrid(column{}, column{right: true}, column{whole: true}, column{whole: true})
	for _, f := range files {
		g.add(wire.VerdictWord(f.GetVerdict()), backup.FormatSize(f.GetSize()), prose.Clean(string(f.GetKey())), prose.Clean(fileReason(f)))
	}
	series := ""
	for i, f := range files {
		if s := seriesText(f.GetSeries()); s != series {
			series = s
			fmt.Fprintf(b, "  %s\n", prose.Clean(s))
		}
		first, rest := g.line(i)
		fmt.Fprintf(b, "    %s%s\n", l.paint.outcome(f.GetVerdict(), first), rest)
	}
}

// fileReason says why a file may go or stayed, and what else there is to say.
func fileReason(f *backmonv1.PurgedFile) string {
	text := f.GetReason()
	if f.GetUntil() != nil {
		text += " (until " + backup.FormatInstant(f.GetUntil().AsTime()) + ")"
	}
	if f.GetStatDeleted() {
		text += "; its .stat too"
	}
	return text
}

// outcome paints what is gone red, what stayed against the plan yellow.
func (p painter) outcome(v backmonv1.PurgeVerdict, text string) string {
	switch v {
	case backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED, backmonv1.PurgeVerdict_PURGE_VERDICT_ABSENT, backmonv1.PurgeVerdict_PURGE_VERDICT_HIDDEN:
		return p.wrap("31", text)
	case backmonv1.PurgeVerdict_PURGE_VERDICT_PLANNED, backmonv1.PurgeVerdict_PURGE_VERDICT_UNSPECIFIED:
		return text
	default:
		return p.wrap("33", text)
	}
}

// seriesText names a series on a disk that is known.
func seriesText(s *backmonv1.SeriesId) string {
	return fmt.Sprintf("%s / %s  %s", s.GetDirectory(), s.GetFile(), s.GetGroup())
}
