package metrics

import "github.com/backmon/backmon/pkg/backup"

// ruleFamilies are the metrics of file rules, all of them upstream's.
func ruleFamilies() []family {
	return []family{
		perRule("backup_file_count_max", "Number of files that retention keeps at least.", func(s *backup.Status) (float64, bool) {
			return known(s.Policy.RetentionCount)
		}),
		perRule("backup_file_age_max_seconds", "Age up to which retention keeps every file.", func(s *backup.Status) (float64, bool) {
			return known(s.Policy.RetentionAge.Seconds())
		}),
		perRule("backup_latest_file_creation_expected_at_timestamp_seconds", "Unix time of the last slot of the schedule.", func(s *backup.Status) (float64, bool) {
			return instant(s.Slot.Previous)
		}),
	}
}

// seriesFamilies are the metrics of series. The names that begin with backup_ are
// upstream's: a promise to existing dashboards and alerts.
func seriesFamilies() []family {
	return []family{
		perSeries("backup_file_count", "Number of backup files of the series.", func(s *backup.Status) (float64, bool) {
			return float64(s.Files.Count), evaluated(s)
		}),
		perSeries("backup_file_young_count", "Number of backup files of the series younger than backup_file_age_max_seconds.", func(s *backup.Status) (float64, bool) {
			return float64(s.Files.Young), evaluated(s)
		}),
		perLatest("backup_latest_size_bytes", "Bytes of the newest backup file.", func(l *backup.LatestFile) (float64, bool) { return known(l.Size) }),
		perLatest("backup_latest_file_created_at_timestamp_seconds", "Unix time that orders the newest file, by the rule's sort.", func(l *backup.LatestFile) (float64, bool) {
			return instant(l.Time)
		}),
		perLatest("backup_latest_file_born_at_timestamp_seconds", "Unix time at which the newest backup was begun.", func(l *backup.LatestFile) (float64, bool) {
			return instant(l.BornAt())
		}),
		perLatest("backup_latest_file_modified_at_timestamp_seconds", "Unix time at which the newest backup was finished.", func(l *backup.LatestFile) (float64, bool) {
			return instant(l.FinishedAt())
		}),
		perLatest("backup_latest_file_archived_at_timestamp_seconds", "Unix time at which the newest backup was stored.", func(l *backup.LatestFile) (float64, bool) {
			return instant(l.ArchivedAt())
		}),
		perLatest("backup_latest_file_creation_duration", "Seconds that the making of the newest backup took.", func(l *backup.LatestFile) (float64, bool) {
			return known(l.Duration().Seconds())
		}),
		newFamily("series_state", "1 for the state that the series is in.", func(t *text, s *snapshot) {
			for _, r := range s.series {
				t.sample(1, r.rule, r.group, stateLabel(r.State))
			}
		}),
		newFamily("series_flag", "1 for each flag that is set.", func(t *text, s *snapshot) {
			for _, r := range s.series {
				for _, f := range r.Flags {
					t.sample(1, r.rule, `,flag="`+f.String()+`"`, r.group)
				}
			}
		}),
		perSeries("series_severity", "How bad the status is: 0 ok, 1 warning, 2 unknown, 3 critical.", func(s *backup.Status) (float64, bool) { return known(s.Severity) }),
		perSeries("series_state_since_timestamp_seconds", "Unix time at which the state began.", func(s *backup.Status) (float64, bool) { return instant(s.Since) }),
		perSeries("series_deadline_timestamp_seconds", "Unix time of the open slot's deadline.", func(s *backup.Status) (float64, bool) { return instant(s.Slot.Deadline) }),
		perSeries("series_missed_slots", "Number of deadlines passed since the newest good file.", func(s *backup.Status) (float64, bool) {
			return float64(s.Slot.Missed), s.Policy.Schedule != ""
		}),
		perSeries("series_expired_files", "Number of files that retention no longer needs.", func(s *backup.Status) (float64, bool) {
			return float64(s.Expired.Count), evaluated(s) && s.Policy.Purge
		}),
		perSeries("series_expired_bytes", "Bytes of the files that retention no longer needs.", func(s *backup.Status) (float64, bool) {
			return float64(s.Expired.Bytes), evaluated(s) && s.Policy.Purge
		}),
	}
}

// stateLabel is the state as text, with a comma before.
func stateLabel(state backup.State) string { return `,state="` + state.String() + `"` }
