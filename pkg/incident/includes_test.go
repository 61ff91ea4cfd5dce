package incident_test

import (
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

func TestIncludes(t *testing.T) {
	list := func(names ...string) []string { return names }
	for _, c := range []struct {
		name     string
		m, other incident.Match
		want     bool
	}{
		{"all and all", incident.Match{}, incident.Match{}, true},
		{"all and one", incident.Match{}, incident.Match{Disks: list("db")}, true},
		{"one and all", incident.Match{Disks: list("db")}, incident.Match{}, false},
		{"the same", incident.Match{Disks: list("db")}, incident.Match{Disks: list("db")}, true},
		{"more of one list", incident.Match{Disks: list("db", "web")}, incident.Match{Disks: list("web")}, true},
		{"less of one list", incident.Match{Disks: list("db")}, incident.Match{Disks: list("db", "web")}, false},
		{"one list less", incident.Match{Disks: list("db")}, incident.Match{Disks: list("db"), Files: list("full")}, true},
		{"one list more", incident.Match{Disks: list("db"), Files: list("full")}, incident.Match{Disks: list("db")}, false},
		{"a star is all", incident.Match{Environments: list("*")}, incident.Match{}, true},
		{"a star among others is all", incident.Match{Environments: list("a", "*")}, incident.Match{Disks: list("x")}, true},
		{"a pattern and a name", incident.Match{Groups: list("db/*")}, incident.Match{Groups: list("db/acme")}, true},
		{"a pattern and another name", incident.Match{Groups: list("db/*")}, incident.Match{Groups: list("web/acme")}, false},
		{"a pattern and a narrower one", incident.Match{Groups: list("db/*")}, incident.Match{Groups: list("db/a*c")}, true},
		{"a pattern and a wider one", incident.Match{Groups: list("db/a*")}, incident.Match{Groups: list("db/*")}, false},
		{"a name and a pattern", incident.Match{Groups: list("db")}, incident.Match{Groups: list("d*")}, false},
		{"a label and none", incident.Match{Labels: map[string][]string{"team": {"db"}}}, incident.Match{}, false},
		{"none and a label", incident.Match{}, incident.Match{Labels: map[string][]string{"team": {"db"}}}, true},
		{"a label of any value", incident.Match{Labels: map[string][]string{"team": {"*"}}}, incident.Match{}, true},
		{"another label", incident.Match{Labels: map[string][]string{"team": {"db"}}}, incident.Match{Labels: map[string][]string{"tier": {"db"}}}, false},
		{
			"severities",
			incident.Match{Severities: []backup.Severity{backup.SeverityCritical, backup.SeverityUnknown}},
			incident.Match{Severities: []backup.Severity{backup.SeverityCritical}},
			true,
		},
		{"fewer severities", incident.Match{Severities: []backup.Severity{backup.SeverityCritical}}, incident.Match{}, false},
		{"states", incident.Match{States: []backup.State{backup.Late}}, incident.Match{States: []backup.State{backup.Late, backup.Missing}}, false},
		{"every kind of name", incident.Match{Environments: list("e")}, incident.Match{Disks: list("d"), Directories: list("x"), Files: list("f"), Groups: list("g")}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.m.Includes(c.other); got != c.want {
				t.Errorf("%+v includes %+v: %v, want %v", c.m, c.other, got, c.want)
			}
		})
	}
}

// Where one match includes another, whatever the other covers it covers, too.
func FuzzIncludes(f *testing.F) {
	for _, seed := range [][3]string{{"*", "a*", "ab"}, {"a*c", "a*b*c", "abbc"}, {"**", "*", ""}, {"a*a", "a", "a"}, {"*a*", "**a", "ba"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, wide, narrow, name string) {
		m, other := incident.Match{Disks: []string{wide}}, incident.Match{Disks: []string{narrow}}
		s := incident.Subject{Disk: name}
		if m.Includes(other) && other.CoversSubject(s) && !m.CoversSubject(s) {
			t.Errorf("%q includes %q, but does not match %q", wide, narrow, name)
		}
	})
}
