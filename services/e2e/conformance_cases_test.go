package e2e

import "slices"

// conformanceCase is one disk with what we do otherwise than upstream on purpose.
type conformanceCase struct {
	name       string
	code       int         // exit code of `backmon check`
	why        string      // the code is that one
	deviations []deviation // on both storages
	s3Only     []deviation
}

// conformanceCases lists all cases. A difference that is not in here fails, and
// so does one that is in here and no longer found.
func conformanceCases() []conformanceCase {
	return []conformanceCase{
		{name: "01-root-dir", code: 1, why: "the backup of 02:00 is 9 h late"},
		{name: "02-nested-vars", code: 2, why: "series have missed many slots, or have no file at all"},
		{name: "03-fuse", code: 2, why: "series have missed many slots"},
		{name: "04-sort", code: 2, why: "series have missed many slots"},
		{
			name: "05-dotstat", code: 2, why: "the group t/orphan has no file",
			deviations: []deviation{
				{series("backup_latest_file_born_at_timestamp_seconds", "t", "any", "t/iso"), 1768363200, 1768359600, "we read RFC 3339 in .stat files too"},
				{series("backup_latest_file_creation_duration", "t", "any", "t/iso"), 0, 3600, "we read RFC 3339 in .stat files too"},
			},
		},
		{
			name: "06-var-ops", code: 2, why: "in/zeta has no file of the rules up and same",
			deviations: slices.Concat(
				appears("a bare ${Client} is no undefined variable", rule("ops", "same", 0),
					group("ops", "same", "in/AcmeCorp", found{count: 1, size: 3, at: 1768359600}),
					group("ops", "same", "in/zeta", found{})),
				disappears("${Client:reverse} is an error of its rule", rule("ops", "odd", 0),
					group("ops", "odd", "in/AcmeCorp", found{count: 1, size: 4, at: 1768363200}),
					group("ops", "odd", "in/zeta", found{})),
				unsound("an unknown operation and an undefined variable"),
			),
		},
		{
			name: "07-substitutions", code: 2, why: "the only file of rule D lies in the future",
			deviations: slices.Concat(
				appears("%y works in file patterns", rule("p", "yy", 0), group("p", "yy", "p", found{count: 1, size: 110, at: 1767226272})),
				disappears("%q is an error of its rule", rule("p", "bad", 0), group("p", "bad", "p", found{count: 1, size: 250, at: 1767226272})),
				disappears("a single % at the end is an error of its rule", rule("p", "tail", 0), group("p", "tail", "p", found{count: 2, size: 261, at: 1767316272})),
				[]deviation{{series("backup_file_count", "p", "D", "p"), 2, 1, "d-,5.s is no day"}},
				unsound("an unknown placeholder and a single %"),
			),
		},
		{
			name: "07b-year-short-dir", code: 0, why: "a rule without a schedule has a file",
			deviations: []deviation{
				{series("backup_latest_file_created_at_timestamp_seconds", "short", "x", "y/26/01"), -61345548000, 1768356000, "%y is 2026, not the year 26"},
			},
		},
		{
			name: "08-purge", code: 0, why: "rules without a schedule have files",
			s3Only: []deviation{
				{series("backup_file_count", "count", "d", "p/count/x"), 7, 12, "check deletes nothing; upstream counts after its purge"},
				{series("backup_file_count", "age", "d", "p/age/x"), 3, 12, "check deletes nothing; upstream counts after its purge"},
				{series("backup_file_count", "both", "d", "p/both/x"), 3, 12, "check deletes nothing; upstream counts after its purge"},
				{series("backup_file_count", "none", "d", "p/none/x"), 7, 12, "check deletes nothing; upstream counts after its purge"},
			},
		},
		{
			name: "09-quota-defaults", code: 3, why: "a rule with an error is unknown",
			deviations: slices.Concat(
				disappears("a bad retention-age and a negative retention-count are errors of their rule",
					rule("badage", "badage", wrapped), group("badage", "badage", "d3", found{count: 1, size: 15, at: 1768435201})),
				unsound("a bad duration and a negative count"),
			),
		},
		{name: "10-labels", code: 1, why: "the backups of 02:00 are late"},
		{name: "11-invalid-yaml", code: 3, why: "definitions that can't be read make the disk unknown"},
		{name: "12-no-definitions", code: 3, why: "without definitions nothing can be said"},
		{name: "13-blind-errors", code: 3, why: "a directory with an error is unknown", deviations: unsound("a bad quota and an undefined fuse variable")},
		{
			name: "14-timezone", code: 0, why: "a schedule is in UTC like the names, and so the backup is on time",
			deviations: []deviation{
				{`backup_latest_file_creation_expected_at_timestamp_seconds{dir="db",file="x"}`, 1768460400, 1768442400, "a schedule is in UTC whatever TZ says"},
			},
		},
	}
}

// wrapped is the retention-count -3 as upstream has it.
const wrapped = 1<<64 - 3
