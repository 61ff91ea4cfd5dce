package wire

import (
	"fmt"
	"slices"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
)

// SeriesObservation reads what a series' status says for incidents. The sequence is
// that of the status in its stream.
func SeriesObservation(m *backmonv1.BackupStatus, sequence uint64) incident.Observation {
	return incident.Observe(ParseStatus(m), sequence)
}

// DiskObservation reads what a disk's status says for incidents: of the disk as a
// whole, whose series have their own. Its definitions are a matter when they have
// errors, warnings alone are none.
func DiskObservation(m *backmonv1.DiskStatus, sequence uint64) incident.Observation {
	o := incident.Observation{
		Subject:  incident.Subject{Environment: m.GetEnvironment(), Disk: m.GetDisk()},
		Sequence: sequence, At: instant(m.GetEvaluatedAt()), State: backup.OK,
	}
	if m.GetGone() {
		o.State, o.Gone = backup.Gone, true
		return o
	}
	if slices.Contains(m.GetFlags(), backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE) {
		addFlag(&o, m, backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE, backup.SeverityCritical)
	}
	if m.GetErrorKind() != backmonv1.ErrorKind_ERROR_KIND_UNSPECIFIED {
		o.State, o.Unseen = backup.Unknown, true
		o.Severity = max(o.Severity, backup.SeverityUnknown)
		o.Reasons = append(o.Reasons, backup.Reason{Code: failureCode(m.GetErrorKind()), Text: failureText(m)})
	}
	for _, f := range m.GetFlags() {
		if f != backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE {
			addFlag(&o, m, f, backup.SeverityWarning)
		}
	}
	addDefinitions(&o, m)
	slices.Sort(o.Flags)
	return o
}

func addFlag(o *incident.Observation, m *backmonv1.DiskStatus, f backmonv1.DiskFlag, severity backup.Severity) {
	name := Name(f)
	o.Flags, o.Severity = append(o.Flags, name), max(o.Severity, severity)
	o.Reasons = append(o.Reasons, backup.Reason{Code: name, Text: DiskFlagText(m, f) + flagAdvice(f)})
}

// DiskFlagText says in words what is odd about a disk as a whole.
func DiskFlagText(m *backmonv1.DiskStatus, f backmonv1.DiskFlag) string {
	switch f {
	case backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA:
		return "over its quota: " + backup.FormatSize(m.GetTotals().GetBytes()) + " of " + backup.FormatSize(m.GetTotals().GetQuotaBytes())
	case backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE:
		return fmt.Sprintf("%s vanished at once by %s without a purge", prose.Count(int(m.GetMassDeleteFiles()), "file", "files"), moment(m.GetMassDeleteAt()))
	default:
		return "flagged " + Name(f)
	}
}

func flagAdvice(f backmonv1.DiskFlag) string {
	switch f {
	case backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA:
		return "; keep fewer backups, or raise the quota in its definitions"
	case backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE:
		return "; find out what deletes backups there before it takes more; the purger deletes nothing of the disk meanwhile"
	default:
		return ""
	}
}

// failureCode names the kind of failure, as ACCESS_DENIED: what is to be done
// depends on it.
func failureCode(kind backmonv1.ErrorKind) string {
	if _, known := backmonv1.ErrorKind_name[int32(kind)]; !known {
		return backup.Unknown.String()
	}
	return Name(kind)
}

// failureText says why a disk can't be judged, since when, and what to do.
func failureText(m *backmonv1.DiskStatus) string {
	text := m.GetError()
	if text == "" {
		text = "the disk can't be evaluated"
	}
	if m.GetFailingSince() != nil {
		text += ", since " + moment(m.GetFailingSince())
	}
	return text + failureAdvice(m.GetErrorKind())
}

func failureAdvice(kind backmonv1.ErrorKind) string {
	switch kind {
	case backmonv1.ErrorKind_ERROR_KIND_UNREACHABLE:
		return "; look whether the storage runs and can be reached from where backmon runs"
	case backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED:
		return "; give its credentials the right to list the disk, or correct them in config.yaml"
	case backmonv1.ErrorKind_ERROR_KIND_NOT_FOUND:
		return "; make the disk again, or take it out of config.yaml"
	case backmonv1.ErrorKind_ERROR_KIND_NO_DEFINITIONS:
		return "; put its definitions there, or an empty file .backmonignore when the disk is not to be watched"
	case backmonv1.ErrorKind_ERROR_KIND_BAD_DEFINITIONS:
		return "; correct the definitions and try them with backmon validate"
	case backmonv1.ErrorKind_ERROR_KIND_DEFINITIONS_UNREADABLE:
		return "; give its credentials the right to read the definitions"
	default:
		return ""
	}
}

// listedProblems is how many problems of definitions are told in full.
const listedProblems = 5

// addDefinitions tells of the errors in the definitions, if they were read.
func addDefinitions(o *incident.Observation, m *backmonv1.DiskStatus) {
	found := slices.DeleteFunc(ParseProblems(m.GetProblems()), func(p backup.Problem) bool { return p.Level != backup.Error })
	if len(found) == 0 && (m.GetDefinitionSound() || o.Unseen) {
		return
	}
	o.Flags, o.Severity = append(o.Flags, incident.BadDefinitions), max(o.Severity, backup.SeverityWarning)
	add := func(text string) {
		o.Reasons = append(o.Reasons, backup.Reason{Code: incident.BadDefinitions, Text: text})
	}
	if len(found) == 0 {
		add("the definitions have an error; look for it with backmon validate")
		return
	}
	for _, p := range found[:min(len(found), listedProblems)] {
		if text := p.Error(); text != m.GetError() { // which is told already
			add(text)
		}
	}
	if more := len(found) - listedProblems; more > 0 {
		add("and " + prose.Count(more, "more error", "more errors") + " in the definitions; backmon validate shows all")
	}
}
