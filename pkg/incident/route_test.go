package incident_test

import (
	"slices"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

func TestRoutes(t *testing.T) {
	to := func(goOn bool, m incident.Match, receivers ...string) incident.Route {
		return incident.Route{Match: m, Receivers: receivers, Continue: goOn}
	}
	prod, db := incident.Match{Environments: []string{"prod"}}, incident.Match{Labels: map[string][]string{"team": {"db"}}}
	i := incident.Incident{Subject: incident.Subject{Environment: "prod", Disk: "d", Directory: "x", File: "f", Group: "g"}, Labels: map[string]string{"team": "db"}}
	everyone := []string{"a", "b"}
	for _, c := range []struct {
		name      string
		routes    []incident.Route
		taken     []int
		receivers []string
	}{
		{"no routes", nil, nil, everyone},
		{"the first", []incident.Route{to(false, prod, "a"), to(false, db, "b")}, []int{0}, []string{"a"}},
		{"the first that matches", []incident.Route{to(false, incident.Match{Disks: []string{"x"}}, "a"), to(false, db, "b")}, []int{1}, []string{"b"}},
		{"going on", []incident.Route{to(true, prod, "a"), to(true, db, "b", "a"), to(false, incident.Match{}, "c"), to(false, incident.Match{}, "d")}, []int{0, 1, 2}, []string{"a", "b", "c"}},
		{"none matches", []incident.Route{to(false, incident.Match{States: []backup.State{backup.Late}}, "a")}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := incident.Taken(c.routes, i); !slices.Equal(got, c.taken) {
				t.Errorf("takes %v, want %v", got, c.taken)
			}
			if got := incident.Receivers(c.routes, everyone, i); !slices.Equal(got, c.receivers) {
				t.Errorf("told %v, want %v", got, c.receivers)
			}
		})
	}
}
