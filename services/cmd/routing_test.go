package cmd_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/bus/bustest"
)

// routed is a notifier whose routes ask for all there is. The receivers are never
// called by what only looks at routes.
const routed = `
notifier:
  receivers:
    - {name: chat, shoutrrr: {urls: "slack://token@channel"}}
    - {name: ops, exec: {command: [/bin/true]}}
    - {name: pager, exec: {command: [/bin/true]}}
  routes:
    - {match: {labels: {team: db}}, receiver: chat, continue: true}
    - {match: {severity: critical, directory: "none-*"}, receiver: pager}
    - {match: {directory: db, severity: critical}, receivers: [pager, ops]}
    - {match: {directory: ""}, receiver: ops}
`

type answers struct {
	Assumed string
	Series  []struct {
		Disk, Directory, File, Group, State, Severity string
		Labels                                        map[string]string
		Receivers                                     []string
		Lines                                         []int `json:"route_lines"`
	}
}

func askRoute(t *testing.T, args ...string) answers {
	t.Helper()
	r := backmon(t, append([]string{"notify", "route", "-o", "json"}, args...)...)
	r.expect(t, 0)
	var a answers
	if err := json.Unmarshal([]byte(r.out), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// Without a server the routes answer for what the flags name.
func TestNotifyRouteWithoutServer(t *testing.T) {
	folder := away(t)
	put(t, folder, "config.yaml", "environments: {home: {path: /backup}}\nnats: {embedded: {listen: '"+bustest.FreeAddress(t)+"'}}"+routed)
	series := []string{"--env", "home", "--disk", "/backup", "--directory", "db", "--file", "full"}
	for _, c := range []struct {
		name string
		args []string
		want string // state, severity, receivers
	}{
		{"a series", series, "MISSING critical pager,ops"},
		{"with a label", append(series, "--label", "team=db"), "MISSING critical chat,pager,ops"},
		{"of another severity", append(series, "--severity", "Warning"), "LATE warning "},
		{"of another state", append(series, "--state", "unknown", "--label", "team=db"), "UNKNOWN unknown chat"},
		{"bad by a flag", append(series, "--state", "ok", "--severity", "critical"), "OK critical pager,ops"},
		{"a disk", series[:4], "UNKNOWN unknown ops"},
		{"a disk in another way", append(series[:4:4], "--severity", "critical"), "OK critical ops"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := askRoute(t, c.args...)
			if len(a.Series) != 1 || !strings.Contains(a.Assumed, "the known ones can't be read") {
				t.Fatalf("answers %+v", a)
			}
			s := a.Series[0]
			if got := s.State + " " + s.Severity + " " + strings.Join(s.Receivers, ","); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	backmon(t, append([]string{"notify", "route"}, series...)...).expect(t, 0, "assumed without labels", "home:/backup", "MISSING critical", "pager, ops", "the route on line 11\n")
	backmon(t, append([]string{"notify", "route", "--label", "team=db"}, series...)...).expect(t, 0, "assumed with the labels", "the routes on lines 9, 11\n")
	backmon(t, append([]string{"notify", "route", "--severity", "warning"}, series...)...).expect(t, 0, "nobody", "no route matches\n")
}

func TestNotifyRouteUsage(t *testing.T) {
	folder := away(t)
	put(t, folder, "config.yaml", "environments: {home: {path: /backup}}\nnats: {embedded: {listen: '"+bustest.FreeAddress(t)+"'}}"+routed)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"a text without a server", []string{"db"}, "name the series by --env, --disk"},
		{"nothing named", nil, "give --env and --disk"},
		{"half a series", []string{"--env", "e", "--disk", "d", "--file", "f"}, "both --directory and --file"},
		{"a group alone", []string{"--env", "e", "--disk", "d", "--group", "g"}, "both --directory and --file"},
		{"a pattern", []string{"--env", "*", "--disk", "d"}, "--env: give one name in full"},
		{"several names", []string{"--env", "e", "--disk", "a", "--disk", "b"}, "--disk: give one name in full"},
		{"a bad state", []string{"--state", "lat"}, `--state: unknown state "LAT"; did you mean "LATE"?`},
		{"a bad severity", []string{"--severity", "bad"}, `--severity: unknown severity "bad"; known are warning, unknown, critical`},
		{"a bad label", []string{"--label", "team"}, `--label: "team" is not NAME=VALUE`},
		{"a bad format", []string{"-o", "xml"}, "--output"},
	} {
		t.Run(c.name, func(t *testing.T) {
			backmon(t, append([]string{"notify", "route"}, c.args...)...).expect(t, 1, c.want)
		})
	}
	put(t, folder, "config.yaml", "environments: {home: {path: /backup}}\nnotifier: {route: []}\n")
	backmon(t, "notify", "route").expect(t, 1, `did you mean "routes"?`)
}

// With a server the series that are known answer, with their labels.
func TestNotifyRoute(t *testing.T) {
	away(t)
	folder := today(t, 0, 1)
	put(t, folder, "backup_definitions.yaml", strings.Replace(read(t, folder+"/backup_definitions.yaml"), "        purge: true\n", "        labels: {team: db}\n", 1))
	file := newConfig(t, folder, bustest.FreeAddress(t))
	launch(t, "run", "--config", file).url(t)
	backmon(t, "status", "--config", file, "--wait", "30s").expect(t, 0)

	r := backmon(t, "notify", "route", "--config", file)
	r.expect(t, 0, "there are no receivers", "team=db")
	put(t, "", file, read(t, file)+routed)
	a := askRoute(t, "--config", file)
	if len(a.Series) != 2 || a.Assumed != "" {
		t.Fatalf("answers %+v", a)
	}
	if d := a.Series[0]; d.Disk != folder || d.Directory != "" || strings.Join(d.Receivers, ",") != "ops" {
		t.Errorf("the disk as a whole: %+v", d)
	}
	if s := a.Series[1]; s.Group != "db/a" || s.Labels["team"] != "db" || strings.Join(s.Receivers, ",") != "chat,pager,ops" || len(s.Lines) != 2 {
		t.Errorf("the series: %+v", s)
	}
	if a := askRoute(t, "--config", file, "HOME:", "db /", "full"); len(a.Series) != 1 || a.Series[0].Group != "db/a" {
		t.Errorf("by words: %+v", a)
	}
	for _, asMessagesSay := range []string{"db/full (db/a) on home:" + folder, "db/full (db/a)"} {
		if a := askRoute(t, "--config", file, asMessagesSay); len(a.Series) != 1 || a.Series[0].Group != "db/a" {
			t.Errorf("%q: %+v", asMessagesSay, a)
		}
	}
	if a := askRoute(t, "--config", file, "--directory", "d*"); len(a.Series) != 1 || a.Series[0].Group != "db/a" {
		t.Errorf("by a pattern: %+v", a)
	}
	if a := askRoute(t, "--config", file, "--env", "home", "--disk", "other", "--directory", "db", "--file", "x"); len(a.Series) != 1 || !strings.HasPrefix(a.Assumed, "it is not known") {
		t.Errorf("of what is not there: %+v", a)
	}
	put(t, "", file, strings.Replace(read(t, file), "notifier:\n", "notifier:\n  enabled: false\n", 1))
	backmon(t, "notify", "route", "--config", file).expect(t, 0, "the notifier is off (notifier.enabled), as if it were on\n")
	backmon(t, "notify", "route", "--config", file, "nothing-like-it").expect(t, 1, `has "nothing-like-it" in its names`)
}
