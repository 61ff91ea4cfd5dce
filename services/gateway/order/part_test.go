package order_test

import (
	"fmt"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/gateway/order"
)

func TestParts(t *testing.T) {
	for _, c := range []struct {
		parts []order.Part
		want  string
	}{
		{order.HoldParts(backup.Hold{}), "[]"},
		{order.HoldParts(backup.Hold{Disk: "db", Group: "a b"}), `[{disk ["db"]} {group ["a b"]}]`},
		{order.MatchParts(incident.Match{}), "[]"},
		{
			order.MatchParts(incident.Match{
				Environments: []string{"prod", "test"}, Directories: []string{""}, Labels: map[string][]string{"team": {"db"}, "site": {"a", "b"}},
				Severities: []backup.Severity{backup.SeverityWarning}, States: []backup.State{backup.Late, backup.Missing},
			}),
			`[{environment ["prod" "test"]} {directory [""]} {label site ["a" "b"]} {label team ["db"]} {severity ["warning"]} {state ["LATE" "MISSING"]}]`,
		},
	} {
		var texts []string
		for _, p := range c.parts {
			texts = append(texts, fmt.Sprintf("{%s %q}", p.Kind, p.Names))
		}
		if got := fmt.Sprint(texts); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
