package report

import (
	"strings"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// diskName writes a disk with its environment, as people name it.
func diskName(environment, disk string) string { return environment + ":" + disk }

// disk writes what is wrong with a disk, and nothing when all is well.
func (t *table) disk(d *backmonv1.DiskStatus) {
	notes := diskNotes(d)
	if wire.ParseDiskCondition(d).Severity() == backup.SeverityOK && len(notes) == 0 {
		return
	}
	t.printf("\n%s %s\n", t.paint.severity(wire.ParseDiskCondition(d).Severity(), "DISK"), prose.Clean(diskName(d.GetEnvironment(), d.GetDisk())))
	for _, n := range notes {
		t.printf("  %s\n", prose.Clean(n))
	}
}

// diskNotes says in sentences what is wrong with a disk.
func diskNotes(d *backmonv1.DiskStatus) []string {
	var notes []string
	if d.GetError() != "" {
		notes = append(notes, d.GetError())
	}
	for _, f := range d.GetFlags() {
		notes = append(notes, wire.DiskFlagText(d, f))
	}
	for _, p := range wire.ParseProblems(d.GetProblems()) {
		notes = append(notes, p.Error())
	}
	for _, a := range d.GetAmbiguousSamples() {
		notes = append(notes, "warning: "+string(a.GetKey())+" is matched by several rules: "+strings.Join(a.GetRules(), ", "))
	}
	return notes
}

// maxSamples is how many of the files that no rule matches are named.
const maxSamples = 3

// unmatched tells who tries out definitions for a disk which files they leave
// out. It is no trouble: most disks hold other files as well.
func (t *table) unmatched(disks []*backmonv1.DiskStatus) {
	if len(disks) != 1 || disks[0].GetTotals().GetUnmatchedFiles() == 0 {
		return
	}
	n, samples := disks[0].GetTotals().GetUnmatchedFiles(), disks[0].GetTotals().GetUnmatchedSamples()
	var names []string
	for _, key := range samples[:min(maxSamples, len(samples))] {
		names = append(names, prose.Clean(string(key)))
	}
	if int64(len(names)) < n {
		names = append(names, "…")
	}
	t.printf("\n%s\n", t.paint.dim(prose.Count(int(n), "file matches", "files match")+" no rule: "+strings.Join(names, ", ")))
}
