package tooltest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Step is how often a Scenario is scraped, and its rules are evaluated, unless it says
// otherwise.
const Step = 5 * time.Minute

// Scenario is what Prometheus has scraped when it is asked for alerts.
type Scenario struct {
	Rules string // the file
	// Scrapes follow each other; the last one is at the time of the question.
	Scrapes []Scrape
	// Step is how often it is scraped; each of Scrapes lasts a number of steps. 0 is
	// the usual Step.
	Step time.Duration
	// Now is the present of the last scrape. Prometheus' tests begin in 1970: times
	// in the scrapes are moved along.
	Now time.Time
}

// Scrape is what one or more instances answered for some time.
type Scrape struct {
	// Answers are the texts by instance; an empty one says that it did not answer.
	Answers map[string]string
	Lasts   time.Duration
}

// Alert is one that fires.
type Alert struct {
	Name        string            `json:"alert"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// What follows are the parts of promtool's test files, which read JSON as well.
type alertTest struct {
	At       string          `json:"eval_time"`
	Name     string          `json:"alertname"`
	Expected []expectedAlert `json:"exp_alerts"`
}

type expectedAlert struct {
	Labels      map[string]string `json:"exp_labels"`
	Annotations map[string]string `json:"exp_annotations"`
}

type inputSeries struct {
	Series string `json:"series"`
	Values string `json:"values"`
}

type testFile struct {
	Rules    []string    `json:"rule_files"`
	Interval string      `json:"evaluation_interval"`
	Tests    []testGroup `json:"tests"`
}

type testGroup struct {
	Interval string        `json:"interval"`
	Input    []inputSeries `json:"input_series"`
	Alerts   []alertTest   `json:"alert_rule_test,omitempty"`
	Queries  []queryTest   `json:"promql_expr_test,omitempty"`
}

type queryTest struct {
	Query    string           `json:"expr"`
	At       string           `json:"eval_time"`
	Expected []expectedSample `json:"exp_samples"`
}

type expectedSample struct {
	Labels string  `json:"labels"`
	Value  float64 `json:"value"`
}

// CheckAlerts has promtool find out which alerts fire at the end of the scenario, and
// fails unless it is the wanted ones, with these labels and annotations, and no
// other of the rules. It returns what promtool says otherwise.
func (s Scenario) CheckAlerts(t testing.TB, want []Alert) (complaint string) {
	t.Helper()
	var tests []alertTest
	for _, name := range AlertNames(t, s.Rules) {
		test := alertTest{At: s.end().String(), Name: name, Expected: []expectedAlert{}}
		for _, a := range want {
			if a.Name == name {
				test.Expected = append(test.Expected, expectedAlert{a.Labels, a.Annotations})
			}
		}
		tests = append(tests, test)
	}
	return s.test(t, testGroup{Alerts: tests})
}

// CheckQueries has promtool ask at the end of the scenario, and fails unless there is
// an answer to each query. It returns what promtool says otherwise.
func (s Scenario) CheckQueries(t testing.TB, queries []string) (complaint string) {
	t.Helper()
	var tests []queryTest
	for _, q := range queries {
		tests = append(tests, queryTest{Query: "count(" + q + ") > bool 0", At: s.end().String(), Expected: []expectedSample{{"{}", 1}}})
	}
	return s.test(t, testGroup{Queries: tests})
}

// test runs promtool on the scenario.
func (s Scenario) test(t testing.TB, group testGroup) (complaint string) {
	t.Helper()
	rules, err := filepath.Abs(s.Rules)
	if err != nil {
		t.Fatal(err)
	}
	group.Interval, group.Input = s.step().String(), s.input(t)
	data, err := json.Marshal(testFile{Rules: []string{rules}, Interval: s.step().String(), Tests: []testGroup{group}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "test.yaml")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	output, code := Promtool(t, "", "test", "rules", file)
	if code == 0 {
		return ""
	}
	return output
}

func (s Scenario) end() time.Duration {
	end := -s.step() // the last scrape is at the end, not after it
	for _, p := range s.Scrapes {
		end += p.Lasts
	}
	return end
}

func (s Scenario) step() time.Duration {
	if s.Step == 0 {
		return Step
	}
	return s.Step
}

// AlertNames returns the names of all alerts in a rules file.
func AlertNames(t testing.TB, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^ *- alert: (\w+)`).FindAllStringSubmatch(string(data), -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 {
		t.Fatalf("%s holds no alert", file)
	}
	return names
}

// input turns the scrapes into promtool's notation: a value repeated, and "_" where
// there was none.
func (s Scenario) input(t testing.TB) []inputSeries {
	t.Helper()
	shift := s.Now.Unix() - int64(s.end().Seconds())
	values := map[string][]string{}
	for i, scrape := range s.Scrapes {
		for instance, text := range scrape.Answers {
			text += up(text)
			for series, value := range samples(t, text, instance, float64(shift)) {
				if values[series] == nil {
					values[series] = slices.Repeat([]string{""}, len(s.Scrapes))
				}
				values[series][i] = value
			}
		}
	}
	var input []inputSeries
	for series, phases := range values {
		var notation []string
		for i, value := range phases {
			times := int(s.Scrapes[i].Lasts/s.step()) - 1
			if value == "" {
				notation = append(notation, fmt.Sprintf("_x%d", times+1))
			} else {
				notation = append(notation, fmt.Sprintf("%sx%d", value, times))
			}
		}
		input = append(input, inputSeries{series, strings.Join(notation, " ")})
	}
	return input
}

// up is what Prometheus itself says of a scrape.
func up(answer string) string {
	if answer == "" {
		return "up 0\n"
	}
	return "up 1\n"
}

// samples reads an answer: the value of each series, with the labels that Prometheus
// adds, and times moved to 1970.
func samples(t testing.TB, text, instance string, shift float64) map[string]string {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("read the metrics: %v\n%s", err, text)
	}
	found := map[string]string{}
	for name, family := range families {
		if name != "up" && !strings.HasPrefix(name, "backmon_") { // no rule asks for it
			continue
		}
		for _, m := range family.GetMetric() {
			labels := []string{`instance="` + instance + `"`, `job="backmon"`}
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+strconv.Quote(l.GetValue()))
			}
			value := m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue()
			if strings.Contains(name, "timestamp_seconds") {
				value -= shift
			}
			found[name+"{"+strings.Join(labels, ",")+"}"] = strconv.FormatFloat(value, 'f', -1, 64)
		}
	}
	return found
}

var (
	firing = regexp.MustCompile(`(?m)^ +Labels:\{(.*)\}\n +Annotations:\{(.*)\}$`)
	quoted = regexp.MustCompile(`(\w+)=("(?:[^"\\]|\\.)*")`)
)

// ReadAlerts returns the alerts that fire by what CheckAlerts returned when none was
// wanted: it is for writing down which are to be wanted.
func ReadAlerts(t testing.TB, complaint string) []Alert {
	t.Helper()
	alerts := []Alert{}
	for _, m := range firing.FindAllStringSubmatch(complaint, -1) {
		a := Alert{Labels: readPairs(t, m[1]), Annotations: readPairs(t, m[2])}
		a.Name = a.Labels["alertname"]
		delete(a.Labels, "alertname")
		alerts = append(alerts, a)
	}
	return alerts
}

func readPairs(t testing.TB, text string) map[string]string {
	t.Helper()
	pairs := map[string]string{}
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		value, err := strconv.Unquote(m[2])
		if err != nil {
			t.Fatalf("read %s: %v", m[2], err)
		}
		pairs[m[1]] = value
	}
	return pairs
}
