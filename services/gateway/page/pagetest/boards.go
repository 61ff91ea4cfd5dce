package pagetest

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
)

// mebibyte is 2^20 bytes.
const mebibyte = 1 << 20

const databases = `quota: 500GiB
directories:
  postgres/{{tenant}}:
    alias: postgres
    defaults:
      schedule: 0 2 * * *
      purge: true
      retention-count: 7
      retention-age: 14d
      labels: {team: platform, tier: gold}
    files:
      dump-%Y%M%D.sql.gz:
        alias: nightly
        min-size: 1MiB
  mariadb/{{tenant}}:
    alias: mariadb
    defaults:
      schedule: 0 2 * * *
      labels: {team: platform}
    files:
      dump-%Y%M%D.sql.gz:
        alias: nightly
`

const logs = `quota: 2GiB
directories:
  logs/{{host}}:
    alias: logs
    files:
      app-%Y%M%D-%h.log.gz:
        alias: hourly
        schedule: 0 * * * *
        grace: 30m
  exports:
    files:
      export-%i.json:
        alias: export
        min-size: 1KiB
`

const wiki = `directories:
  postgres/{{tenant}}:
    alias: postgres
    files:
      dump-%Y%M%D.sql.gz:
        alias: nightly
        schedule: 0 2 * * *
`

func tenants() []string {
	return []string{"acme", "globex", "hooli", "initech", "massive-dynamic", "piedpiper", "soylent", "stark", "tyrell", "umbrella", "vandelay", "wayne"}
}

// healthy are the files of the databases when all is well.
func healthy(now time.Time) []backup.File {
	var files []backup.File
	for i, tenant := range tenants() {
		files = append(files, nights("postgres/"+tenant, now, 0, 30, int64(40+13*i)*mebibyte)...)
		files = append(files, nights("mariadb/"+tenant, now, 0, 12, int64(9+i)*mebibyte)...)
	}
	return files
}

func hosts(now time.Time) []backup.File {
	files := []backup.File{file("exports/export-41.json", 64<<10, now.Add(-26*time.Hour))}
	for i := range 16 {
		files = append(files, hours(fmt.Sprintf("logs/web-%02d", i+1), now, 36, 900<<10)...)
	}
	return files
}

// Well is a board on which all is well.
func Well(now time.Time) *board.Board {
	return Board(
		Disk{Environment: "prod", Name: "databases", Definitions: databases, Files: healthy(now), Now: now},
		Disk{Environment: "prod", Name: "logs", Definitions: logs, Files: hosts(now), Now: now},
		Disk{Environment: "office", Name: "/srv/backup", Definitions: wiki, Files: nights("postgres/wiki", now, 0, 9, 5*mebibyte), Now: now},
	)
}

// Bad is a board with a bit of everything that goes wrong.
func Bad(now time.Time) *board.Board {
	files := healthy(now)
	files = append(files, nights("postgres/late-inc", now, 1, 30, 33*mebibyte)...)
	files = append(files, nights("postgres/lost-ltd", now, 5, 20, 12*mebibyte)...)
	files = append(files, nights("postgres/shrunk-se", now, 1, 12, 300*mebibyte)...)
	newest := nights("postgres/shrunk-se", now, 0, 1, 300*mebibyte)
	newest[0].Size = 20 * mebibyte
	files = append(files, newest...)
	files = append(files, nights("postgres/hollow-plc", now, 1, 12, 9*mebibyte)...)
	empty := nights("postgres/hollow-plc", now, 0, 1, mebibyte)
	empty[0].Size = 0
	files = append(files, empty...)
	files = append(files, file("postgres/acme/notes.txt", 100, now), file("tmp/core.4711", 1<<30, now.Add(-50*time.Hour)))
	return Board(
		Disk{Environment: "prod", Name: "databases", Definitions: databases, Files: files, Now: now},
		Disk{Environment: "prod", Name: "logs", Definitions: logs, Files: hosts(now), Now: now},
		Unseen(now),
		Troubled(now),
	)
}

// Unseen is a disk that can't be listed any more.
func Unseen(now time.Time) Disk {
	since := now.Add(-3*time.Hour - 12*time.Minute)
	return Disk{
		Environment: "dr-site", Name: "offsite", Now: now,
		Definitions: "directories:\n  mirror/{{tenant}}:\n    alias: mirror\n    files:\n      \"%A\": {alias: any, schedule: \"[broken\"}\n",
		Change: func(d *backmonv1.DiskStatus) {
			d.Error, d.ErrorKind = `list bucket "offsite": access denied`, backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED
			d.FailingSince, d.SucceededAt, d.Problems = timestamppb.New(since), timestamppb.New(since.Add(-time.Hour)), nil
			d.PurgeFrozen = "the disk can't be judged: " + d.GetError()
		},
	}
}

// Troubled is a disk with problems in its definitions, over its quota, with files
// that no rule and that two rules match, and that lost many files at once.
func Troubled(now time.Time) Disk {
	return Disk{
		Environment: "office", Name: "/srv/backup", Now: now,
		Definitions: `quota: 1GiB
directories:
  postgres/{{tenant}}:
    alias: postgres
    defaults:
      schedule: 0 2 * * *
    files:
      dump-%Y%M%D.sql.gz:
        alias: nightly
        retention-cuont: 7
      dump-%Y%M%w.sql.gz:
        alias: any
        grace: 2 hours
  mail:
    files:
      mbox-%Q.tar:
        alias: mail
        schedule: 0 3 * * *
`,
		Files: append(nights("postgres/wiki", now, 0, 9, 150*mebibyte),
			file("Thumbs.db", 4096, now), file("mail/mbox-1.tar", 3*mebibyte, now.Add(-30*time.Hour)), file("old/2019/backup final (2).zip", 44*mebibyte, now.Add(-2000*backup.Day))),
		Change: func(d *backmonv1.DiskStatus) {
			d.Flags = append(d.Flags, backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE)
			d.MassDeleteAt, d.MassDeleteFiles = timestamppb.New(now.Add(-90*time.Minute)), 212
		},
	}
}

// Undefined is a board with one disk that has no definitions.
func Undefined(now time.Time) *board.Board {
	return Board(Disk{Environment: "office", Name: "/srv/backup", Now: now, Files: []backup.File{file("db/dump.sql", 5*mebibyte, now)}, Change: func(d *backmonv1.DiskStatus) {
		d.Error, d.ErrorKind = `read "backup_definitions.yaml": not found`, backmonv1.ErrorKind_ERROR_KIND_NO_DEFINITIONS
		d.FailingSince = timestamppb.New(now.Add(-5 * time.Minute))
	}})
}

// Thousands is a board of so many series on ten disks, of which a few are bad.
func Thousands(now time.Time, series int) *board.Board {
	var disks []Disk
	for i := range 10 {
		var files []backup.File
		for j := range series / 10 {
			before := 0
			if j%97 == 0 {
				before = 1 + j%3
			}
			files = append(files, nights(fmt.Sprintf("postgres/tenant-%02d-%04d", i, j), now, before, 8, int64(5+j%50)*mebibyte)...)
		}
		disks = append(disks, Disk{
			Environment: "prod", Name: fmt.Sprintf("db-%02d", i), Now: now, Files: files,
			Definitions: "directories:\n  postgres/{{tenant}}:\n    alias: postgres\n    files:\n      dump-%Y%M%D.sql.gz: {alias: nightly, schedule: 0 2 * * *, purge: true, retention-count: 7}\n",
		})
	}
	return Board(disks...)
}
