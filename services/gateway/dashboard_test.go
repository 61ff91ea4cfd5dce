package gateway_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/tooltest"
)

const dashboardFile = "../../deploy/grafana/backmon.json"

// with adds metrics to a scrape, in place of those of the same names.
func with(text, more string) string {
	for line := range strings.Lines(more) {
		if name, isType := strings.CutPrefix(line, "# TYPE "); isType {
			name, _, _ = strings.Cut(name, " ")
			text = regexp.MustCompile(`(?m)^(# (HELP|TYPE) )?`+name+`[{ ].*\n`).ReplaceAllString(text, "")
		}
	}
	return text + more
}

// dashboard is the part of a Grafana dashboard that is looked at here.
type dashboard struct {
	UID        string `json:"uid"`
	Templating struct {
		List []struct{ Name, Type, Definition string }
	}
	Panels []struct {
		ID         int
		Type       string
		Title      string
		Datasource struct{ UID string }
		GridPos    struct{ X, Y, W, H int }
		Targets    []struct{ Expr string }
	}
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	data, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if d.UID == "" || len(d.Panels) < 20 {
		t.Fatalf("dashboard %q has %d panels", d.UID, len(d.Panels))
	}
	return d
}

// Every query of the dashboard has an answer in what a gateway with a bit of
// everything serves.
func TestDashboardQueries(t *testing.T) {
	variables := strings.NewReplacer("$env", ".*", "$disk", ".*", "$__rate_interval", "30m")
	var queries []string
	for _, p := range readDashboard(t).Panels {
		for _, target := range p.Targets {
			queries = append(queries, variables.Replace(target.Expr))
		}
	}
	scenario := tooltest.Scenario{Rules: rulesFile, Scrapes: lasting(2*time.Hour, with(everything(t), notifying(t, 1, 1))), Now: boardtest.Noon}
	if complaint := scenario.CheckQueries(t, queries); complaint != "" {
		t.Errorf("promtool says:\n%s", complaint)
	}
	if complaint := scenario.CheckQueries(t, []string{`backmon_series_severity{env="elsewhere"}`}); !strings.Contains(complaint, "FAILED") {
		t.Errorf("a query without an answer passes:\n%s", complaint)
	}
}

// Panels don't lie on each other, have ids of their own, and use the chosen source.
func TestDashboardLayout(t *testing.T) {
	d := readDashboard(t)
	ids, places := map[int]string{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if other, taken := ids[p.ID]; taken {
			t.Errorf("%q and %q have the id %d", p.Title, other, p.ID)
		}
		ids[p.ID] = p.Title
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, taken := places[[2]int{x, y}]; taken || x >= 24 {
					t.Fatalf("%q lies on %q at %d, %d", p.Title, other, x, y)
				}
				places[[2]int{x, y}] = p.Title
			}
		}
		if p.Type != "row" && p.Datasource.UID != "${datasource}" {
			t.Errorf("%q asks %q", p.Title, p.Datasource.UID)
		}
	}
	var names []string
	for _, v := range d.Templating.List {
		names = append(names, v.Name)
	}
	if want := []string{"datasource", "env", "disk"}; !slices.Equal(names, want) {
		t.Errorf("variables %v, want %v", names, want)
	}
}

// What rules and dashboard ask for is served, or recorded.
func TestNamesExist(t *testing.T) {
	served := "\n" + with(everything(t), notifying(t, 1, 1))
	rules := readText(t, rulesFile)
	for _, file := range []string{rulesFile, dashboardFile} {
		for _, name := range regexp.MustCompile(`\bbackmon_[a-z_]+`).FindAllString(readText(t, file), -1) {
			if !strings.Contains(served, "\n"+name+"{") && !strings.Contains(served, "\n"+name+" ") && !strings.Contains(rules, ":"+name+":") {
				t.Errorf("%s asks for %s, which is not served", file, name)
			}
		}
	}
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The example of a configuration is one.
func TestPrometheusExample(t *testing.T) {
	if output, code := tooltest.Promtool(t, "", "check", "config", "../../deploy/prometheus/prometheus.yml"); code != 0 {
		t.Errorf("promtool says:\n%s", output)
	}
}
