package cmd_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/services/cmd"
)

// serving is the configuration of a whole program that runs, with a disk of one
// series that has been evaluated.
func serving(t *testing.T) (config, folder string) {
	t.Helper()
	away(t)
	folder = today(t, 0, 1)
	config = newConfig(t, folder, bustest.FreeAddress(t))
	launch(t, "run", "--config", config).url(t)
	backmon(t, "status", "--config", config, "--wait", "30s").expect(t, 0)
	return config, folder
}

// backmonOf runs the program as a user does who is logged in.
func backmonOf(t *testing.T, user string, args ...string) ran {
	t.Helper()
	var out, err bytes.Buffer
	env := func(name string) (string, bool) { return user, name == "USER" }
	code := cmd.Program{Version: "1.2.3", Out: &out, Err: &err, Env: env}.Main(t.Context(), args)
	return ran{code, out.String(), err.String()}
}

type holdsDocument struct {
	Holds []struct{ ID, Environment, Disk, Directory, File, Group, By, Why, Since, Until string }
}

func listHolds(t *testing.T, config string) holdsDocument {
	t.Helper()
	r := backmon(t, "hold", "list", "--config", config, "-o", "json")
	r.expect(t, 0)
	var document holdsDocument
	if err := json.Unmarshal([]byte(r.out), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

// The life of holds, on the real program and its real NATS.
func TestHold(t *testing.T) {
	config, folder := serving(t)
	backmon(t, "hold", "list", "--config", config).expect(t, 0, "There are no holds")

	r := backmonOf(t, "eve", "hold", "add", "--config", config, "--env", "home", "--disk", folder, "--directory", "db", "--file", "full", "--group", "db/a",
		"--why", "legal case 4711", "--until", "2099-12-31")
	r.expect(t, 0, `is put: nothing is purged in environment "home", disk "`+folder+`", directory "db", file "full", group "db/a", until 2100-01-01 00:00 UTC.`,
		"It covers 1 of the 1 series that are known now")
	id := regexp.MustCompile(`^Hold ([a-z2-7]{10}) is put`).FindStringSubmatch(r.out)
	if id == nil {
		t.Fatalf("no id in %q", r.out)
	}
	holds := listHolds(t, config).Holds
	if len(holds) != 1 || holds[0].ID != id[1] || holds[0].By != "eve" || holds[0].Why != "legal case 4711" || holds[0].Group != "db/a" || holds[0].Until != "2100-01-01T00:00:00Z" {
		t.Errorf("holds %+v", holds)
	}
	backmon(t, "hold", "list", "--config", config).expect(t, 0, id[1], "legal case 4711", "eve", "2100-01-01 00:00 (in ")

	backmon(t, "hold", "remove", id[1], "--config", config).expect(t, 0, "Hold "+id[1]+" is removed.")
	backmon(t, "hold", "remove", id[1], "--config", config).expect(t, 1, "no such hold", "`backmon hold list` shows them")
	if holds := listHolds(t, config).Holds; len(holds) != 0 {
		t.Errorf("after the removal: %+v", holds)
	}
}

// A name that is mistyped holds nothing: that is said at once.
func TestHoldCoverage(t *testing.T) {
	config, _ := serving(t)
	add := func(args ...string) ran {
		return backmon(t, append([]string{"hold", "add", "--config", config, "--why", "x", "--by", "bob"}, args...)...)
	}
	add("--directory", "bd").expect(t, 0, `directory "bd", until it is removed`, "WARNING: it covers none of the 1 series that are known now")
	add("--all", "--until", "12h").expect(t, 0, "nothing is purged in everything, until 20", "It covers 1 of the 1 series")
	r := add("--env", "home", "-o", "json")
	r.expect(t, 0)
	var document struct {
		ID, Environment, By string
		Series              int
	}
	if err := json.Unmarshal([]byte(r.out), &document); err != nil || document.ID == "" || document.Environment != "home" || document.By != "bob" || document.Series != 1 {
		t.Errorf("%v: %+v", err, document)
	}
	r = backmon(t, "hold", "remove", document.ID, "--config", config, "-o", "json")
	if r.expect(t, 0); r.out != `{"removed":"`+document.ID+"\"}\n" {
		t.Errorf("removal as JSON: %q", r.out)
	}
}

func TestHoldHostileNames(t *testing.T) {
	config, _ := serving(t)
	wild := "\x1b[2J\u202e\xff\n"
	for _, r := range []ran{
		backmon(t, "hold", "add", "--config", config, "--group", wild, "--why", wild, "--by", wild),
		backmon(t, "hold", "list", "--config", config),
		backmon(t, "hold", "remove", wild, "--config", config),
	} {
		for _, bad := range []string{"\x1b", "\u202e", "\xff"} {
			if strings.Contains(r.out+r.err, bad) {
				t.Errorf("%q gets through:\n%s%s", bad, r.out, r.err)
			}
		}
	}
	if holds := listHolds(t, config).Holds; len(holds) != 1 || holds[0].Group != `"\x1b[2J\u202e\xff\n"` {
		t.Errorf("holds %+v", holds)
	}
}

// What is asked for in a wrong way is refused before anything is put.
func TestHoldUsage(t *testing.T) {
	away(t)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing named", []string{"--why", "x", "--by", "y"}, "say what to hold: --env, --disk, --directory, --file, --group, or --all"},
		{"all and a name", []string{"--all", "--disk", "d", "--why", "x", "--by", "y"}, "--all holds everything"},
		{"no reason", []string{"--all", "--by", "y"}, "--why: say why"},
		{"blank reason", []string{"--all", "--by", "y", "--why", " \t"}, "--why: say why"},
		{"nobody", []string{"--all", "--why", "x"}, "--by: say who puts the hold; $USER is empty"},
		{"no time", []string{"--all", "--why", "x", "--by", "y", "--until", "Friday"}, `--until: "Friday" is not a time`},
		{"over already", []string{"--all", "--why", "x", "--by", "y", "--until", "2020-01-01"}, "--until: 2020-01-02T00:00:00Z has passed"},
		{"too far off for a time to live", []string{"--all", "--why", "x", "--by", "y", "--until", "9999-01-01"}, "is over a hundred years off; leave it away for a hold without an end"},
		{"no configuration", []string{"--all", "--why", "x", "--by", "y", "--until", "12h"}, "config"},
		{"an argument", []string{"everything"}, "unknown command"},
	} {
		t.Run(c.name, func(t *testing.T) {
			backmon(t, append([]string{"hold", "add"}, c.args...)...).expect(t, 1, c.want)
		})
	}
	backmon(t, "hold", "remove").expect(t, 1, "needs ID")
}
