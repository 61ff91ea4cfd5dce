package cmd_test

import (
	"encoding/json"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// files lists all files below a folder.
func files(t *testing.T, folder string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, "\n")
}

func TestPurgeDryRun(t *testing.T) {
	away(t)
	folder := disk(t, definitions, 10, 11, 14, 15)
	before := files(t, folder)
	r := backmon(t, "purge", "--dry-run", folder, "--now", now)
	r.expect(t, 0,
		"2 files (14 B) may go now",
		"db / full  db/a  OK",
		"goes     2026-01-10 02:10   7 B  db/a/dump-20260110.gz  of 2026-01-10 02:10 UTC, beyond the 2 newest, older than 2d",
		"stays    2026-01-14 02:10   7 B  db/a/dump-20260114.gz  number 2 of the 2 newest (retention-count); younger than 2d (retention-age)",
		"Nothing is deleted by this command.",
	)
	if at := strings.Index(r.out, "dump-20260110"); at < 0 || at > strings.Index(r.out, "dump-20260111") {
		t.Errorf("the oldest is not the first:\n%s", r.out)
	}
	if strings.Contains(r.out, "\x1b") {
		t.Error("colours where nobody looks")
	}
	if after := files(t, folder); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// Whoever wants it to delete is told who does.
func TestPurgeOnlyShows(t *testing.T) {
	away(t)
	folder := disk(t, definitions, 10, 11, 14, 15)
	before := files(t, folder)
	r := backmon(t, "purge", folder)
	r.expect(t, 1, "backmon: nothing is done: this command only shows what would go; call it with --dry-run", "purger.mode: enforce", "purge: true")
	if after := files(t, folder); after != before || r.out != "" {
		t.Errorf("printed %q; before:\n%s\nafter:\n%s", r.out, before, after)
	}
}

func TestPurgeCalendar(t *testing.T) {
	away(t)
	folder := disk(t, definitions, 10, 13, 14, 15)
	for _, at := range []string{"3d", "2026-01-18T12:00:00Z", "2026-01-17"} {
		backmon(t, "purge", "--dry-run", folder, "--now", now, "--at", at).expect(t, 0,
			"2 files (14 B) go by 2026-01-18 ", "January 2026",
			"  9   10-  11\n",
			" 12   13-  14+  15+! 16   17   18\n",
			"  2026-01-15  2 files  14 B  go\n",
			"as if no backup came any more",
		)
	}
	backmon(t, "purge", "--dry-run", folder, "--now", "2026-01-15T01:00:00Z", "--at", "1d").expect(t, 0, " 12   13-  14+  15+! 16 ! 17 ")
}

func TestPurgeJSON(t *testing.T) {
	away(t)
	folder := disk(t, definitions, 10, 11, 14, 15)
	var document struct {
		At    string
		Disks []struct {
			Environment, Disk string
			Series            []struct {
				State        string
				ExpiredFiles int `json:"expired_files"`
				Files        []struct {
					Key     string
					Expired bool
					Reasons []string
				}
				Days []struct {
					Date string
					Keys []string
				}
			}
		}
	}
	r := backmon(t, "purge", "--dry-run", folder, "--now", now, "--at", "30d", "-o", "json")
	r.expect(t, 0)
	if err := json.Unmarshal([]byte(r.out), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Disks) != 1 || document.At != "2026-02-14T12:00:00Z" {
		t.Fatalf("document %+v", document)
	}
	s := document.Disks[0].Series[0]
	if s.State != "OK" || s.ExpiredFiles != 2 || len(s.Files) != 4 || s.Files[0].Key != "db/a/dump-20260115.gz" || s.Files[0].Expired || len(s.Files[0].Reasons) == 0 {
		t.Errorf("series %+v", s)
	}
	if len(s.Days) != 1 || s.Days[0].Date != "2026-01-15" || len(s.Days[0].Keys) != 2 {
		t.Errorf("days %+v", s.Days)
	}
}

// A series that is not in order is said to be blocked, and nothing of it goes.
func TestPurgeBlocked(t *testing.T) {
	away(t)
	folder := disk(t, definitions, 10, 11, 13, 14)
	backmon(t, "purge", "--dry-run", folder, "--now", now).expect(t, 0,
		"nothing goes now; 1 of 1 series blocked, where 2 files (14 B) wait to go",
		"blocked: the series is LATE: expected a backup for 2026-01-15 02:00 UTC", "waits    2026-01-10")
}

// Without a DISK all disks of the configuration are looked at, apart from those
// that are to be left alone; one that can't be is an error, the others are shown.
func TestPurgeAllDisks(t *testing.T) {
	here := away(t)
	one, two, left := disk(t, definitions, 10, 11, 14, 15), disk(t, strings.ReplaceAll(definitions, "purge: true", "purge: false"), 15), disk(t, definitions, 1)
	put(t, left, ".backmonignore", "")
	config := "environments:\n  one: {path: " + one + "}\n  two: {path: " + two + "}\n  left: {path: " + left + "}\n"
	put(t, here, "config.yaml", config)
	r := backmon(t, "purge", "--dry-run", "--now", now)
	r.expect(t, 0, "one:"+one+": 2 files", "two:"+two+": nothing is ever purged, as no rule says purge: true")
	if strings.Contains(r.out, left) {
		t.Errorf("an ignored disk is shown:\n%s", r.out)
	}
	put(t, two, "backup_definitions.yaml", "}{")
	backmon(t, "purge", "--dry-run", "--now", now).expect(t, 1, "one:"+one+": 2 files", "two:"+two+": can't be looked at: backup_definitions.yaml", "backmon: 1 of 2 disks can't be looked at")
	backmon(t, "purge", "--dry-run", "--now", now, "one/"+one).expect(t, 0, "one:"+one+": 2 files")
}

// Other definitions can be tried out on a disk's files.
func TestPurgeOtherDefinitions(t *testing.T) {
	here := away(t)
	folder := disk(t, definitions, 10, 11, 14, 15)
	other := put(t, here, "new.yaml", strings.ReplaceAll(definitions, "retention-count: 2", "retention-count: 4"))
	backmon(t, "purge", "--dry-run", folder, "--now", now, "--definitions", other).expect(t, 0, "nothing goes now", "number 4 of the 4 newest")
	backmon(t, "purge", "--dry-run", "--definitions", other).expect(t, 1, "--definitions are for one disk: name it")
}

func TestPurgeHostileNames(t *testing.T) {
	away(t)
	folder := disk(t, definitions, 14, 15)
	put(t, folder, "db/\x1b[2J\u202e\xff\n/dump-20260110.gz", "x")
	for _, args := range [][]string{{}, {"--at", "9d"}} {
		r := backmon(t, append([]string{"purge", "--dry-run", folder, "--now", now}, args...)...)
		r.expect(t, 0, `\x1b[2J\u202e\xff\n`)
		for _, bad := range []string{"\x1b", "\u202e", "\xff"} {
			if strings.Contains(r.out, bad) {
				t.Errorf("%q gets through", bad)
			}
		}
	}
}

func TestPurgeUsage(t *testing.T) {
	away(t)
	folder := disk(t, definitions, 14, 15)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{folder, "--at", "soon"}, `--at: "soon" is not a time`},
		{[]string{folder, "--at", "2020-01-01"}, "--at: 2020-01-02T00:00:00Z has passed"},
		{[]string{folder, "--at", "0"}, "has passed"},
		{[]string{folder, "--now", "then"}, `--now: "then" is not a time`},
		{[]string{folder, "-o", "xml"}, `"xml" is not table, json`},
		{[]string{"nowhere"}, "neither a disk of the configuration nor a folder"},
		{[]string{}, "name a DISK"},
		{[]string{folder, folder}, "at most 1"},
	} {
		backmon(t, append([]string{"purge", "--dry-run"}, c.args...)...).expect(t, 1, c.want)
	}
}
