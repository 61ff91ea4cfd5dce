package cmd_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

type silencesDocument struct {
	Silences []struct {
		ID, By, Why, Since, Until string
		Match                     struct {
			Env, Disk, Directory, File, Group, Severity, State []string
			Labels                                             map[string][]string
		}
	}
}

func listSilences(t *testing.T, config string) silencesDocument {
	t.Helper()
	r := backmon(t, "silence", "list", "--config", config, "-o", "json")
	r.expect(t, 0)
	var document silencesDocument
	if err := json.Unmarshal([]byte(r.out), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

// The life of silences, on the real program and its real NATS.
func TestSilence(t *testing.T) {
	config, folder := serving(t)
	backmon(t, "silence", "list", "--config", config).expect(t, 0, "There are no silences")

	r := backmonOf(t, "eve", "silence", "add", "--config", config, "--env", "home", "--disk", folder, "--directory", "d*", "--directory", "x", "--file", "full", "--group", "db/a",
		"--severity", "Warning", "--severity", "critical", "--state", "late", "--why", "the storage moves", "--until", "2099-12-31")
	r.expect(t, 0, `is put: nobody is told of environment "home", disk "`+folder+`", directory "d*" or "x", file "full", group "db/a", severity "warning" or "critical", state "LATE", until 2100-01-01 00:00 UTC.`,
		"It covers 1 of the 1 series that are known now", "keeps quiet now: 0 of 0.")
	id := regexp.MustCompile(`^Silence ([a-z2-7]{10}) is put`).FindStringSubmatch(r.out)
	if id == nil {
		t.Fatalf("no id in %q", r.out)
	}
	silences := listSilences(t, config).Silences
	if len(silences) != 1 {
		t.Fatalf("silences %+v", silences)
	}
	s := silences[0]
	m := s.Match
	if s.ID != id[1] || s.By != "eve" || s.Why != "the storage moves" || s.Until != "2100-01-01T00:00:00Z" || strings.Join(m.Directory, ",") != "d*,x" || strings.Join(m.Severity, ",") != "warning,critical" || strings.Join(m.State, ",") != "LATE" {
		t.Errorf("silence %+v", s)
	}
	backmon(t, "silence", "list", "--config", config).expect(t, 0, id[1], "the storage moves", "eve", "2100-01-01 00:00 (in ")

	backmon(t, "silence", "remove", id[1], "--config", config).expect(t, 0, "Silence "+id[1]+" is removed.")
	backmon(t, "silence", "remove", id[1], "--config", config).expect(t, 1, "no such silence", "`backmon silence list` shows them")
	if silences := listSilences(t, config).Silences; len(silences) != 0 {
		t.Errorf("after the removal: %+v", silences)
	}
}

// What silences nothing is said at once; what is bad only at times is covered too.
func TestSilenceCoverage(t *testing.T) {
	config, _ := serving(t)
	add := func(args ...string) ran {
		return backmon(t, append([]string{"silence", "add", "--config", config, "--why", "x", "--by", "bob", "--until", "12h"}, args...)...)
	}
	add("--directory", "bd").expect(t, 0, `directory "bd", until 20`, "WARNING: it covers none of the 1 series that are known now")
	add("--label", "team=db").expect(t, 0, `label team "db"`, "WARNING: it covers none")
	add("--all").expect(t, 0, "nobody is told of everything, until 20", "It covers 1 of the 1 series")
	add("--state", "MISSING").expect(t, 0, "It covers 1 of the 1 series")
	r := add("--label", "team=", "--label", "team=a=b", "-o", "json")
	r.expect(t, 0)
	var document struct {
		ID                string
		Match             struct{ Labels map[string][]string }
		Series, Incidents int
	}
	if err := json.Unmarshal([]byte(r.out), &document); err != nil || document.ID == "" || strings.Join(document.Match.Labels["team"], ",") != ",a=b" || document.Series != 1 {
		t.Errorf("%v: %+v", err, document)
	}
	r = backmon(t, "silence", "remove", document.ID, "--config", config, "-o", "json")
	if r.expect(t, 0); r.out != `{"removed":"`+document.ID+"\"}\n" {
		t.Errorf("removal as JSON: %q", r.out)
	}
}

func TestSilenceHostileNames(t *testing.T) {
	config, _ := serving(t)
	wild := "\x1b[2J\u202e\xff\n"
	for _, r := range []ran{
		backmon(t, "silence", "add", "--config", config, "--group", wild, "--label", "a="+wild, "--why", wild, "--by", wild, "--until", "1h"),
		backmon(t, "silence", "list", "--config", config),
		backmon(t, "silence", "remove", wild, "--config", config),
	} {
		for _, bad := range []string{"\x1b", "\u202e", "\xff"} {
			if strings.Contains(r.out+r.err, bad) {
				t.Errorf("%q gets through:\n%s%s", bad, r.out, r.err)
			}
		}
	}
	if silences := listSilences(t, config).Silences; len(silences) != 1 || silences[0].Match.Group[0] != `"\x1b[2J\u202e\xff\n"` {
		t.Errorf("silences %+v", silences)
	}
}

// What is asked for in a wrong way is refused before anything is put.
func TestSilenceUsage(t *testing.T) {
	away(t)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing named", []string{"--why", "x", "--by", "y", "--until", "2h"}, "say what to silence: --env, --disk"},
		{"any of all", []string{"--env", "*", "--why", "x", "--by", "y", "--until", "2h"}, "say what to silence: --env, --disk"},
		{"all and a name", []string{"--all", "--disk", "d", "--why", "x", "--by", "y", "--until", "2h"}, "--all silences everything"},
		{"no end", []string{"--all", "--why", "x", "--by", "y"}, "--until: say when it ends"},
		{"no reason", []string{"--all", "--by", "y", "--until", "2h"}, "--why: say why, for those who find the silence later"},
		{"nobody", []string{"--all", "--why", "x", "--until", "2h"}, "--by: say who puts the silence; $USER is empty"},
		{"no time", []string{"--all", "--why", "x", "--by", "y", "--until", "Friday"}, `--until: "Friday" is not a time`},
		{"over already", []string{"--all", "--why", "x", "--by", "y", "--until", "2020-01-01"}, "--until: 2020-01-02T00:00:00Z has passed"},
		{"too far off", []string{"--all", "--why", "x", "--by", "y", "--until", "9999-01-01"}, "is over a hundred years off"},
		{"no severity", []string{"--severity", "ok", "--until", "2h"}, `--severity: unknown severity "ok"; known are warning, unknown, critical`},
		{"no state", []string{"--state", "LATEE", "--until", "2h"}, `--state: unknown state "LATEE"; did you mean "LATE"?`},
		{"no label", []string{"--label", "db", "--until", "2h"}, `--label: "db" is not NAME=VALUE`},
		{"no configuration", []string{"--all", "--why", "x", "--by", "y", "--until", "12h"}, "config"},
		{"an argument", []string{"everything"}, "unknown command"},
	} {
		t.Run(c.name, func(t *testing.T) {
			backmon(t, append([]string{"silence", "add"}, c.args...)...).expect(t, 1, c.want)
		})
	}
	backmon(t, "silence", "remove").expect(t, 1, "needs ID")
}
