package cmd_test

import (
	"encoding/json"
	"testing"
)

func TestExplain(t *testing.T) {
	away(t)
	folder := disk(t, definitions, 10, 11, 12, 13, 14, 15)
	broken := disk(t, definitions+"      \"%q\": {}\n", 15)
	for _, c := range []struct {
		name, folder, key string
		texts             []string
	}{
		{"kept", folder, "db/a/dump-20260115.gz", []string{
			"rule     db / full (line 5): db/{{tenant}} / dump-%Y%M%D.gz\n", "group    db/a\n", "time     2026-01-15T02:10:00Z (sort: interpolation)\n",
			"rank     1 of 6, the newest being 1\n", "kept     number 1 of the 2 newest",
		}},
		{"the same with ./", folder, "./db/a/dump-20260115.gz", []string{"rank     1 of 6"}},
		{"expired", folder, "db/a/dump-20260110.gz", []string{"rank     6 of 6", "expired  of 2026-01-10 02:10 UTC, beyond the 2 newest, older than 2d"}},
		{"not there", folder, "db/a/dump-20260101.gz", []string{"the disk does not hold this file", "rule     db / full"}},
		{"nearest rule", folder, "db/a/dump-2026011x.gz", []string{"the nearest is db / full (line 5)", `it matches "db/a/dump-2026011" and then "x.gz" stands where`}},
		{"it ends too early", folder, "db/a/dump-", []string{`it matches "db/a/dump-" and then it ends where`}},
		{"nearest directory", folder, "other/x", []string{"the nearest is db (line 2)", `"other/x" stands where "db`}},
		{"hostile name", folder, "db/\x1b[31m", []string{`db/\x1b[31m`}},
		{"a broken rule", broken, "zzz", []string{"a rule with an error matches nothing:", "unknown placeholder"}},
	} {
		t.Run(c.name, func(t *testing.T) { backmon(t, "explain", c.folder, c.key, "--now", now).expect(t, 0, c.texts...) })
	}
}

func TestExplainJSON(t *testing.T) {
	away(t)
	folder := disk(t, definitions, 13, 14, 15)
	type answer struct {
		Exists  bool
		Matches []struct {
			Directory, File, Group string
			Rank, Files            int
			Expired                bool
		}
		Nearest *struct {
			Offset         int
			Expected, File string
		}
	}
	explain := func(key string) (a answer) {
		r := backmon(t, "explain", folder, key, "--now", now, "-o", "json")
		r.expect(t, 0)
		if err := json.Unmarshal([]byte(r.out), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := explain("db/a/dump-20260114.gz"); !a.Exists || len(a.Matches) != 1 || a.Matches[0].Rank != 2 || a.Matches[0].Group != "db/a" || a.Nearest != nil {
		t.Errorf("a file that is there: %+v", a)
	}
	if a := explain("db/a/x"); a.Exists || a.Matches == nil || len(a.Matches) != 0 || a.Nearest == nil || a.Nearest.Offset != 5 || a.Nearest.File != "full" {
		t.Errorf("a file that is not: %+v", a)
	}
}

func TestExplainErrors(t *testing.T) {
	away(t)
	backmon(t, "explain", t.TempDir(), "x").expect(t, 1, "backup_definitions.yaml", "not found")
	backmon(t, "explain", "nosuch", "x").expect(t, 1, "neither a disk of the configuration nor a folder")
	backmon(t, "explain", disk(t, definitions), "x", "--now", "noon").expect(t, 1, "--now:")
}
