package report

import (
	"fmt"
	"io"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// SeriesLine writes one status in one line, as a log of changes has it.
func SeriesLine(w io.Writer, s backup.Status, colour bool) error {
	reason := ""
	if len(s.Reasons) > 0 {
		reason = ": " + s.Reasons[0].Text
	}
	_, err := fmt.Fprintf(w, "%s %s %s%s\n", s.EvaluatedAt.UTC().Format(time.DateTime),
		painter(colour).severity(s.Severity, fmt.Sprintf("%-8s", stateAndFlags(s))), prose.Clean(name(s.Series)), prose.Clean(reason))
	return err
}

// DiskLine writes a disk's trouble in one line.
func DiskLine(w io.Writer, d *backmonv1.DiskStatus, at time.Time, colour bool) error {
	_, err := fmt.Fprintf(w, "%s %s %s: %s\n", at.UTC().Format(time.DateTime),
		painter(colour).severity(wire.ParseDiskCondition(d).Severity(), fmt.Sprintf("%-8s", "DISK")), prose.Clean(diskName(d.GetEnvironment(), d.GetDisk())), prose.Clean(d.GetError()))
	return err
}

// name writes a series so that its parts can be told apart.
func name(id backup.SeriesID) string {
	return fmt.Sprintf("%s %s / %s %s", diskName(id.Environment, id.Disk), id.Directory, id.File, id.Group)
}
