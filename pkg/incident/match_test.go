package incident

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

func TestWildcard(t *testing.T) {
	cases := []struct {
		pattern, name string
		want          bool
	}{
		{"db", "db", true},
		{"db", "db2", false},
		{"db", "", false},
		{"", "", true},
		{"", "db", false},
		{"*", "", true},
		{"*", "anything/at all", true},
		{"**", "db", true},
		{"db*", "db", true},
		{"db*", "db-1", true},
		{"db*", "old-db", false},
		{"*db", "old-db", true},
		{"*db", "db-1", false},
		{"*db*", "old-db-1", true},
		{"*db*", "web", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a*b*c", "a-b-c", true},
		{"a*b*c", "acb", false},
		{"a*bc*bc", "abc", false},
		{"a*b*b*c", "abc", false},
		{"*ab*ab*", "aab-ab", true},
		{"*.gz", "%Y.gz", true},
		{"d.b", "dxb", false},
		{"d?", "db", false},
		{"[a-z]", "a", false},
		{"DB", "db", false},
		{"é*", "été", true},
		{"x\xff*", "x\xff\x00y", true},
	}
	for _, c := range cases {
		if got := wildcard(c.pattern, c.name); got != c.want {
			t.Errorf("%q matches %q: %v", c.pattern, c.name, got)
		}
	}
}

func FuzzWildcard(f *testing.F) {
	for _, seed := range [][2]string{{"", ""}, {"*", "x"}, {"a*a", "a"}, {"a*b*c", "aXbXbXc"}, {"*ab*ab*", "abab"}, {"\n*", "\n\xff"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if got, want := wildcard(pattern, name), wildcardOracle(pattern, name); got != want {
			t.Errorf("%q matches %q: %v, the oracle says %v", pattern, name, got, want)
		}
	})
}

// wildcardOracle asks a regular expression. Bytes become letters, as it takes those
// that are no UTF-8 for one and the same.
func wildcardOracle(pattern, name string) bool {
	var expression strings.Builder
	for _, b := range []byte(pattern) {
		if b == '*' {
			expression.WriteString(".*")
		} else {
			expression.WriteString(regexp.QuoteMeta(string(rune(b))))
		}
	}
	letters := make([]rune, 0, len(name))
	for _, b := range []byte(name) {
		letters = append(letters, rune(b))
	}
	return regexp.MustCompile(`(?s)\A` + expression.String() + `\z`).MatchString(string(letters))
}

func TestMatchCovers(t *testing.T) {
	i := live(t, Incident{}, "LATE SLOW")
	i.Labels = map[string]string{"team": "db", "tier": "1"}
	disk := Incident{Subject: DiskOf(i.Subject), State: backup.Unknown, Severity: backup.SeverityUnknown}
	labels := func(name string, values ...string) map[string][]string { return map[string][]string{name: values} }
	cases := []struct {
		name         string
		match        Match
		series, disk bool
	}{
		{"everything", Match{}, true, true},
		{"its environment", Match{Environments: []string{"prod"}}, true, true},
		{"one of its environments", Match{Environments: []string{"test", "prod"}}, true, true},
		{"another environment", Match{Environments: []string{"test", "pro"}}, false, false},
		{"its disk", Match{Disks: []string{"d*"}}, true, true},
		{"another disk", Match{Disks: []string{"web"}}, false, false},
		{"its disk elsewhere", Match{Environments: []string{"test"}, Disks: []string{"db"}}, false, false},
		{"its directory", Match{Directories: []string{"dumps"}}, true, false},
		{"another directory", Match{Directories: []string{"logs"}}, false, false},
		{"its file rule", Match{Files: []string{"%Y.gz"}}, true, false},
		{"another file rule", Match{Files: []string{"%M.gz"}}, false, false},
		{"its group", Match{Groups: []string{"a"}}, true, false},
		{"another group", Match{Groups: []string{"b"}}, false, false},
		{"any directory", Match{Directories: []string{"*"}}, true, true},
		{"disks as a whole", Match{Directories: []string{""}}, false, true},
		{"its label", Match{Labels: labels("team", "web", "db")}, true, false},
		{"another value of it", Match{Labels: labels("team", "web")}, false, false},
		{"a label that it lacks", Match{Labels: labels("room", "1")}, false, false},
		{"a label that it lacks, of any value", Match{Labels: labels("room", "*")}, true, true},
		{"the lack of a label", Match{Labels: labels("room", "")}, true, true},
		{"a part of a label", Match{Labels: labels("team", "d*")}, true, false},
		{"two labels", Match{Labels: map[string][]string{"team": {"db"}, "tier": {"1"}}}, true, false},
		{"two labels, one of which differs", Match{Labels: map[string][]string{"team": {"db"}, "tier": {"2"}}}, false, false},
		{"its severity", Match{Severities: []backup.Severity{backup.SeverityWarning}}, true, false},
		{"worse ones", Match{Severities: []backup.Severity{backup.SeverityCritical, backup.SeverityUnknown}}, false, true},
		{"its state", Match{States: []backup.State{backup.Missing, backup.Late}}, true, false},
		{"other states", Match{States: []backup.State{backup.Missing}}, false, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.match.Covers(i); got != c.series {
				t.Errorf("the series: %v", got)
			}
			if got := c.match.Covers(disk); got != c.disk {
				t.Errorf("the disk: %v", got)
			}
		})
	}
}

// Names are looked at alone where nothing else is known yet.
func TestCoversSubject(t *testing.T) {
	m := Match{Disks: []string{"db"}, States: []backup.State{backup.Missing}, Labels: map[string][]string{"team": {"db"}}}
	if !m.CoversSubject(dumps("a")) || m.CoversSubject(Subject{Environment: "prod", Disk: "web"}) {
		t.Error("a state or label counts, or the disk doesn't")
	}
}

func TestReceivers(t *testing.T) {
	late := live(t, Incident{}, "LATE")
	route := func(onward bool, disk string, receivers ...string) Route {
		return Route{Match: Match{Disks: []string{disk}}, Receivers: receivers, Continue: onward}
	}
	cases := []struct {
		name   string
		routes []Route
		want   string
	}{
		{"no routes", nil, "x y"},
		{"the first that matches", []Route{route(false, "web", "a"), route(false, "db", "b"), route(false, "*", "c")}, "b"},
		{"several receivers", []Route{route(false, "db", "b", "a")}, "b a"},
		{"onward", []Route{route(true, "db", "b"), route(false, "*", "c"), route(false, "*", "d")}, "b c"},
		{"onward to nothing", []Route{route(true, "db", "b"), route(false, "web", "c")}, "b"},
		{"onward from what doesn't match", []Route{route(true, "web", "b"), route(false, "db", "c")}, "c"},
		{"each once", []Route{route(true, "db", "b", "a"), route(true, "*", "a", "c"), route(false, "*", "b")}, "b a c"},
		{"nobody", []Route{route(false, "web", "a")}, ""},
		{"nobody on purpose", []Route{route(false, "db"), route(false, "*", "a")}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(Receivers(c.routes, []string{"x", "y"}, late), " "); got != c.want {
				t.Errorf("%q", got)
			}
		})
	}
}

// Who is told may depend on how bad it is at the moment.
func TestReceiversBySeverity(t *testing.T) {
	routes := []Route{
		{Match: Match{Severities: []backup.Severity{backup.SeverityCritical}}, Receivers: []string{"pager"}},
		{Receivers: []string{"chat"}},
	}
	for _, c := range []struct{ seen, want string }{{"LATE", "chat"}, {"MISSING", "pager"}, {"OK EMPTY", "pager"}, {"UNKNOWN", "chat"}} {
		if got := Receivers(routes, nil, live(t, Incident{}, c.seen)); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s goes to %v", c.seen, got)
		}
	}
}

func TestSilence(t *testing.T) {
	s := Silence{Match: Match{Groups: []string{"a"}}, Since: night, Until: night.Add(time.Hour)}
	cases := []struct {
		name           string
		now            time.Time
		active, covers bool
	}{
		{"before it begins", night.Add(-1), false, false},
		{"as it begins", night, true, true},
		{"before it ends", night.Add(time.Hour - 1), true, true},
		{"as it ends", night.Add(time.Hour), false, false},
		{"in another zone", night.In(time.FixedZone("x", 7200)), true, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := s.Active(c.now); got != c.active {
				t.Errorf("active %v", got)
			}
			if got := s.Covers(live(t, Incident{}, "LATE"), c.now); got != c.covers {
				t.Errorf("covers %v", got)
			}
			if s.Covers(Incident{Subject: dumps("b")}, c.now) {
				t.Error("it covers another series")
			}
		})
	}
}

func TestInhibits(t *testing.T) {
	on := func(s Subject, what string) Incident {
		i, _ := Incident{}.Apply(saw(t, s, 1, night, what))
		return i
	}
	disk := DiskOf(dumps("a"))
	unseen := on(disk, "UNKNOWN")
	unseen.Unseen = true
	broken := on(disk, "UNKNOWN")
	broken.Flags = []string{BadDefinitions}
	closed := unseen
	closed.ClosedAt = night
	cases := []struct {
		name     string
		disk, of Incident
		want     bool
	}{
		{"a series of a disk that can't be seen", unseen, on(dumps("a"), "UNKNOWN"), true},
		{"a series without a definition that can be read", broken, on(dumps("a"), "UNKNOWN"), true},
		{"a series that is seen", broken, on(dumps("a"), "MISSING"), false},
		{"once the disk is back", closed, on(dumps("a"), "UNKNOWN"), false},
		{"another trouble of the disk", on(disk, "UNKNOWN"), on(dumps("a"), "UNKNOWN"), false},
		{"no trouble of the disk", Incident{}, on(dumps("a"), "UNKNOWN"), false},
		{"the disk itself", unseen, unseen, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := Inhibits(c.disk, c.of); got != c.want {
				t.Errorf("inhibits %v", got)
			}
		})
	}
}
