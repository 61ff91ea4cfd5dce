package bus

import "strings"

// The beginnings of all subjects.
const (
	diskFoundPrefix    = "backmon.v1.disk.found"
	statusPrefix       = "backmon.v1.status"
	diskStatusPrefix   = statusPrefix + ".disk"
	backupStatusPrefix = statusPrefix + ".backup"
	livePrefix         = "backmon.v1.live"
	auditPrefix        = "backmon.v1.audit"
	deadLetterPrefix   = "backmon.v1.deadletter"
	holdPrefix         = "$KV.BACKMON_HOLDS"
	incidentPrefix     = "$KV.BACKMON_INCIDENTS"
	noticePrefix       = "$KV.BACKMON_NOTICES"
	silencePrefix      = "$KV.BACKMON_SILENCES"
)

func join(prefix string, names ...string) string {
	var b strings.Builder
	b.WriteString(prefix)
	for _, name := range names {
		b.WriteByte('.')
		b.WriteString(EncodeToken(name))
	}
	return b.String()
}

// DiskFoundSubject is the subject of the requests to evaluate a disk.
func DiskFoundSubject(env, disk string) string {
	return join(diskFoundPrefix, env, disk)
}

// DiskStatusSubject is the subject of a disk's DiskStatus.
func DiskStatusSubject(env, disk string) string {
	return join(diskStatusPrefix, env, disk)
}

// BackupStatusSubject is the subject of a series' BackupStatus.
func BackupStatusSubject(env, disk, directory, file, group string) string {
	return join(backupStatusPrefix, env, disk, directory, file, group)
}

// BackupStatusesOfDisk matches the subjects of all series of a disk.
func BackupStatusesOfDisk(env, disk string) string {
	return join(backupStatusPrefix, env, disk) + ".>"
}

// AllStatuses matches the subjects of every status.
func AllStatuses() string { return statusPrefix + ".>" }

// DeadLetterSubject is the subject of what a service could not handle.
func DeadLetterSubject(service string) string {
	return join(deadLetterPrefix, service)
}

// AuditSubject is the subject of an audit record of a kind, as "purged".
func AuditSubject(kind, env, disk string) string {
	return join(auditPrefix, kind, env, disk)
}

// HoldSubject is the subject of a hold: its key in the bucket BACKMON_HOLDS.
func HoldSubject(id string) string { return join(holdPrefix, id) }

// LiveSubject is where the stream repeats a status to plain subscribers, who
// need no right on the stream: "backmon.v1.status.X" becomes
// "backmon.v1.live.X". Any other subject is returned as it is.
func LiveSubject(subject string) string {
	rest, ok := strings.CutPrefix(subject, statusPrefix+".")
	if !ok {
		return subject
	}
	return livePrefix + "." + rest
}
