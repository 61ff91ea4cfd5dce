package pagetest

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// nights returns dumps of so many nights, made at 02:07 UTC, the newest of them so
// many nights before the last one. Sizes drift a little.
func nights(folder string, now time.Time, before, count int, size int64) []backup.File {
	last := now.UTC().Truncate(backup.Day).Add(2*time.Hour + 7*time.Minute)
	if last.After(now) {
		last = last.Add(-backup.Day)
	}
	files := make([]backup.File, count)
	for i := range files {
		at := last.Add(-time.Duration(before+i) * backup.Day)
		files[i] = backup.File{
			Key:  fmt.Sprintf("%s/dump-%s.sql.gz", folder, at.Format("20060102")),
			Size: size + size/100*int64(count-i) + size/60*int64((at.YearDay()*7)%5), ModifiedAt: at,
		}
	}
	return files
}

// hours returns logs of the last hours.
func hours(folder string, now time.Time, count int, size int64) []backup.File {
	last := now.UTC().Truncate(time.Hour)
	files := make([]backup.File, count)
	for i := range files {
		at := last.Add(-time.Duration(i) * time.Hour)
		files[i] = backup.File{Key: fmt.Sprintf("%s/app-%s.log.gz", folder, at.Format("20060102-15")), Size: size + int64(at.Hour())*size/40, ModifiedAt: at.Add(time.Second)}
	}
	return files
}

// file is one file.
func file(key string, size int64, at time.Time) backup.File {
	return backup.File{Key: key, Size: size, ModifiedAt: at}
}
