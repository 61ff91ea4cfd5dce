package incident

import (
	"fmt"
	"testing"
	"time"
)

func TestListeners(t *testing.T) {
	about := func(group string) Incident { return Incident{Subject: Subject{Disk: "db", Group: group}} }
	knows := map[uint64]Told{Key(about("a").Subject): {}}
	notice := func(change Change, after time.Duration, subjects ...string) *Notice {
		n := &Notice{ID: fmt.Sprint(subjects), At: night.Add(after)}
		for _, s := range subjects {
			n.Items = append(n.Items, Item{Incident: about(s), Change: change})
		}
		return n
	}
	groups := []Group{
		{Receiver: "pager", Told: knows, Pending: notice(Changed, time.Hour, "a")},
		{Receiver: "mail", Told: knows},
		{Receiver: "mail", Told: knows},
		{Receiver: "chat", Told: knows, Pending: notice(Opened, time.Minute, "b", "a")},
		{Receiver: "hook", Told: knows, Pending: notice(Opened, 0, "a"), Delivery: Delivery{SettledAt: night}},
		{Receiver: "fax", Told: knows, Unheard: true},
		{Receiver: "fax2", Told: knows, Unheard: true, Pending: notice(Opened, time.Hour, "a")},
		{Receiver: "desk", Pending: notice(Opened, time.Minute, "b")},
	}
	if got := fmt.Sprint(ListenersOf(groups, about("a"))); got != "{[hook mail pager] [chat fax2] [fax]}" {
		t.Errorf("of a: %s", got)
	}
	if l := ListenersOf(groups, about("b")); l.Any() {
		t.Errorf("of b: %v", l)
	}
	var names []string
	for _, g := range Undelivered(groups) {
		names = append(names, g.Receiver)
	}
	if got := fmt.Sprint(names); got != "[chat desk fax2 pager]" {
		t.Errorf("undelivered: %s", got)
	}
}

func TestCovering(t *testing.T) {
	s := func(id string, from, to time.Duration, disks ...string) Silence {
		return Silence{ID: id, Match: Match{Disks: disks}, Since: night.Add(from), Until: night.Add(to)}
	}
	all := []Silence{s("over", -2, -1), s("here", -1, 1, "db"), s("elsewhere", -1, 1, "other"), s("everywhere", -1, 1)}
	var ids []string
	for _, c := range Covering(all, Incident{Subject: Subject{Disk: "db"}}, night) {
		ids = append(ids, c.ID)
	}
	if got := fmt.Sprint(ids); got != "[here everywhere]" {
		t.Errorf("covered by %s", got)
	}
}

func TestMayCover(t *testing.T) {
	m := Match{Disks: []string{"db"}, Labels: map[string][]string{"team": {"a*"}}, Severities: Severities()[:1], States: States()[:1]}
	for _, c := range []struct {
		disk, team string
		want       bool
	}{{"db", "abc", true}, {"db", "b", false}, {"other", "abc", false}} {
		if got := m.MayCover(Subject{Disk: c.disk}, map[string]string{"team": c.team}); got != c.want {
			t.Errorf("%s of %s: %v", c.disk, c.team, got)
		}
	}
}
