package cmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckExitCodes(t *testing.T) {
	away(t)
	for _, c := range []struct {
		name  string
		disk  string
		code  int
		texts []string
	}{
		{"ok", disk(t, definitions, 13, 14, 15), 0, []string{": 1 ok", "OK "}},
		{"late", disk(t, definitions, 13, 14), 1, []string{": 1 warning", "LATE", "1 deadline missed"}},
		{"missing", disk(t, definitions, 3), 2, []string{": 1 critical", "MISSING"}},
		{"nothing matches", disk(t, definitions), 2, []string{"MISSING", "no file matches", "never"}},
		{"a warning in the definitions", disk(t, definitions+"        retension: 3\n", 14, 15), 1, []string{"warning: unknown key", ": 1 ok"}},
		{"an error in the definitions", disk(t, strings.Replace(definitions, "%D", "%q", 1), 15), 3, []string{"unknown placeholder", ": 1 unknown"}},
		{"definitions that are no YAML", disk(t, "directories: ["), 3, []string{"backup_definitions.yaml:"}},
		{"no definitions", t.TempDir(), 3, []string{"backup_definitions.yaml", "not found"}},
	} {
		t.Run(c.name, func(t *testing.T) { backmon(t, "check", c.disk, "--now", now).expect(t, c.code, c.texts...) })
	}
}

// A script can't tell a wrong flag from a warning by other means than the code.
func TestCheckErrors(t *testing.T) {
	folder := away(t)
	good := disk(t, definitions, 15)
	file := put(t, folder, "file", "")
	put(t, folder, "two.yaml", "environments: {a: {path: d, bogus: 1}}\nport: -1\n")
	for _, c := range []struct {
		name string
		args []string
		text string
	}{
		{"no disk", nil, "check needs DISK; see `backmon check --help`"},
		{"two disks", []string{good, good}, "check needs DISK"},
		{"no such folder", []string{"nosuch"}, `"nosuch" is neither a disk of the configuration nor a folder; write s3://nosuch for a bucket`},
		{"a file", []string{file}, "is a file; name the folder"},
		{"no bucket", []string{"s3://"}, "is no bucket"},
		{"a prefix", []string{"s3://bucket/prefix"}, "is no bucket"},
		{"bad time", []string{good, "--now", "tomorrow"}, `--now: "tomorrow" is not a time like`},
		{"bad format", []string{good, "-o", "xml"}, `--output: "xml" is not table, json, prometheus`},
		{"bad flag", []string{good, "--nou", now}, "unknown flag: --nou"},
		{"no such definitions", []string{good, "--definitions", "none.yaml"}, "read definitions: open none.yaml"},
		{"no such configuration", []string{good, "--config", "none.yaml"}, "no configuration file at none.yaml"},
		{"bad configuration, first problem", []string{good, "--config", "two.yaml"}, "two.yaml:1:29: unknown key \"bogus\""},
		{"bad configuration, second problem", []string{good, "--config", "two.yaml"}, "\ntwo.yaml:2:7: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := backmon(t, append([]string{"check"}, c.args...)...)
			r.expect(t, 3, c.text)
			if r.out != "" || !strings.HasPrefix(r.err, "backmon: ") {
				t.Errorf("stdout %q, stderr %q: want the error on stderr", r.out, r.err)
			}
		})
	}
}

func TestCheckJSON(t *testing.T) {
	away(t)
	r := backmon(t, "check", disk(t, definitions, 13, 14), "--now", now, "-o", "json")
	r.expect(t, 1)
	var document struct {
		Now, Severity string
		Series        []struct{ State, Group string }
		Disks         []struct{ Files int }
	}
	if err := json.Unmarshal([]byte(r.out), &document); err != nil {
		t.Fatal(err)
	}
	if document.Now != now || document.Severity != "warning" || len(document.Series) != 1 || document.Series[0].State != "LATE" || document.Disks[0].Files != 3 {
		t.Errorf("document %+v", document)
	}
}

func TestCheckPrometheus(t *testing.T) {
	away(t)
	backmon(t, "check", disk(t, definitions, 13, 14), "--now", now, "-o", "prometheus").
		expect(t, 1, "# TYPE backmon_backup_file_count gauge\n", `group="db/a",state="LATE"} 1`, `backmon_build_info{`, `version="1.2.3"`)
}

// The same files, judged as of different days.
func TestCheckNow(t *testing.T) {
	away(t)
	folder := disk(t, definitions, 13, 14)
	for at, code := range map[string]int{"2026-01-14T12:00:00Z": 0, "2026-01-15T02:30:00+00:00": 0, "2026-01-15T04:00:00+01:00": 1, now: 1, "2026-01-20T00:00:00Z": 2} {
		if r := backmon(t, "check", folder, "--now", at); r.code != code {
			t.Errorf("at %s: exit code %d, want %d\n%s", at, r.code, code, r.out)
		}
	}
}

func TestCheckOtherDefinitions(t *testing.T) {
	folder := away(t)
	other := put(t, folder, "new.yaml", strings.Replace(definitions, "alias: db", "alias: renamed", 1))
	backmon(t, "check", disk(t, definitions, 15), "--now", now, "--definitions", other).expect(t, 0, "renamed")
}

func TestCheckConfiguredDisks(t *testing.T) {
	folder := away(t)
	if err := os.Rename(disk(t, definitions, 15), filepath.Join(folder, "mine")); err != nil {
		t.Fatal(err)
	}
	put(t, folder, "config.yaml", "environments:\n  home: {path: mine}\n  cloud: {s3: {region: r}}\n  other: {s3: {region: r}}\n")
	backmon(t, "check", "mine", "--now", now).expect(t, 0, "1 series on home:mine")
	backmon(t, "check", "home/mine", "--now", now).expect(t, 0, "1 series on home:mine")
	backmon(t, "check", "bucket").expect(t, 3, `disk "bucket" can be in several environments; write cloud/bucket or other/bucket`)
}
