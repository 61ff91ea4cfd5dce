package metrics

import "github.com/prometheus/client_golang/prometheus"

// Labels of the three levels. Upstream has them without env.
func diskLabels() []string   { return []string{"env", "disk"} }
func ruleLabels() []string   { return append(diskLabels(), "dir", "file") }
func seriesLabels() []string { return append(ruleLabels(), "group") }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("backmon_"+name, help, labels, nil)
}

// Upstream's metrics: names, labels and values are a promise to existing
// dashboards and alerts.
var (
	environmentsTotal = describe("environments_total", "Number of configured environments.")
	disksTotal        = describe("disks_total", "Number of disks that are watched.")
	definitionStatus  = describe("definition_status", "1 when the disk's definitions were read and hold no error, else 0.", diskLabels()...)
	diskUsage         = describe("disk_usage_bytes", "Bytes of all files on the disk.", diskLabels()...)
	diskQuota         = describe("disk_quota_bytes", "Bytes that the disk may hold, by its definitions.", diskLabels()...)
	fileCountTotal    = describe("file_count_total", "Number of all files on the disk, .stat files left out.", diskLabels()...)
	fileCountMax      = describe("backup_file_count_max", "Number of files that retention keeps at least.", ruleLabels()...)
	fileAgeMax        = describe("backup_file_age_max_seconds", "Age up to which retention keeps every file.", ruleLabels()...)
	expectedAt        = describe("backup_latest_file_creation_expected_at_timestamp_seconds", "Unix time of the last slot of the schedule.", ruleLabels()...)
	fileCount         = describe("backup_file_count", "Number of backup files of the series.", seriesLabels()...)
	fileYoung         = describe("backup_file_young_count", "Number of backup files of the series younger than backup_file_age_max_seconds.", seriesLabels()...)
	latestSize        = describe("backup_latest_size_bytes", "Bytes of the newest backup file.", seriesLabels()...)
	latestCreated     = describe("backup_latest_file_created_at_timestamp_seconds", "Unix time that orders the newest file, by the rule's sort.", seriesLabels()...)
	latestBorn        = describe("backup_latest_file_born_at_timestamp_seconds", "Unix time at which the newest backup was begun.", seriesLabels()...)
	latestModified    = describe("backup_latest_file_modified_at_timestamp_seconds", "Unix time at which the newest backup was finished.", seriesLabels()...)
	latestArchived    = describe("backup_latest_file_archived_at_timestamp_seconds", "Unix time at which the newest backup was stored.", seriesLabels()...)
	latestDuration    = describe("backup_latest_file_creation_duration", "Seconds that the making of the newest backup took.", seriesLabels()...)
)

// Our own metrics.
var (
	buildInfo          = describe("build_info", "The running program; always 1.", "version", "goversion")
	seriesState        = describe("series_state", "1 for the state that the series is in.", append(seriesLabels(), "state")...)
	seriesFlag         = describe("series_flag", "1 for each flag that is set.", append(seriesLabels(), "flag")...)
	seriesSeverity     = describe("series_severity", "How bad the status is: 0 ok, 1 warning, 2 unknown, 3 critical.", seriesLabels()...)
	seriesSince        = describe("series_state_since_timestamp_seconds", "Unix time at which the state began.", seriesLabels()...)
	seriesDeadline     = describe("series_deadline_timestamp_seconds", "Unix time of the open slot's deadline.", seriesLabels()...)
	seriesMissed       = describe("series_missed_slots", "Number of deadlines passed since the newest good file.", seriesLabels()...)
	seriesExpiredFiles = describe("series_expired_files", "Number of files that retention no longer needs.", seriesLabels()...)
	seriesExpiredBytes = describe("series_expired_bytes", "Bytes of the files that retention no longer needs.", seriesLabels()...)
	diskFlag           = describe("disk_flag", "1 for each flag of the disk that is set.", append(diskLabels(), "flag")...)
	diskUnmatched      = describe("disk_unmatched_files", "Number of files that no rule matches.", diskLabels()...)
	diskAmbiguous      = describe("disk_ambiguous_files", "Number of files that more than one rule matches.", diskLabels()...)
	definitionProblems = describe("definition_problems", "Number of problems in the disk's definitions.", append(diskLabels(), "level")...)
	scanSuccess        = describe("scan_success", "1 when the last evaluation saw the whole disk, else 0.", diskLabels()...)
	scanDuration       = describe("scan_duration_seconds", "Seconds that the last listing took.", diskLabels()...)
	scanRequests       = describe("scan_requests", "Number of requests of the last evaluation.", diskLabels()...)
	scanObjects        = describe("scan_objects", "Number of objects that the last listing saw.", diskLabels()...)
	scanTime           = describe("scan_timestamp_seconds", "Unix time of the last evaluation.", diskLabels()...)
	scanSuccessTime    = describe("scan_success_timestamp_seconds", "Unix time of the last evaluation that saw the whole disk.", diskLabels()...)
	purgeDeletedFiles  = describe("purge_deleted_files_total", "Number of files that the purger deleted.", diskLabels()...)
	purgeDeletedBytes  = describe("purge_deleted_bytes_total", "Bytes that these freed.", diskLabels()...)
	purgeBlocked       = describe("purge_blocked", "Number of series that may not be purged at present, by the reason.", append(diskLabels(), "reason")...)
	purgeLastRun       = describe("purge_last_run_timestamp_seconds", "Unix time of the last run that deleted or tried to.", diskLabels()...)
)
