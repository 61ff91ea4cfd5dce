package report

import (
	"fmt"
	"io"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// SeriesLine writes one status in one line, as a log of changes has it.
func SeriesLine(w io.Writer, s backup.Status, colour bool) error {
	state := s.State.String()
	for _, f := range s.Flags {
		state += " " + f.String()
	}
	reason := ""
	if len(s.Reasons) > 0 {
		reason = ": " + s.Reasons[0].Text
	}
	_, err := fmt.Fprintf(w, "%s %s %s%s\n", s.EvaluatedAt.UTC().Format(time.DateTime),
		painter(colour).severity(s.Severity, fmt.Sprintf("%-8s", state)), Clean(name(s.Series)), Clean(reason))
	return err
}

// DiskLine writes a disk's trouble in one line.
func DiskLine(w io.Writer, d *backmonv1.DiskStatus, at time.Time, colour bool) error {
	_, err := fmt.Fprintf(w, "%s %s %s: %s\n", at.UTC().Format(time.DateTime),
		painter(colour).severity(diskSeverity(d), fmt.Sprintf("%-8s", "DISK")), Clean(d.GetEnvironment()+"/"+d.GetDisk()), Clean(d.GetError()))
	return err
}
