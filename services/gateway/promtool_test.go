package gateway_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/services/tooltest"
)

// documentedNames are the metrics of which docs/metrics.md says that promtool objects
// to them.
func documentedNames(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	sentence := regexp.MustCompile("(?m)^`promtool check metrics` objects to .*$").FindString(string(page))
	names := regexp.MustCompile("`(backmon_[a-z_]+)`").FindAllStringSubmatch(sentence, -1)
	var found []string
	for _, n := range names {
		found = append(found, n[1])
	}
	slices.Sort(found)
	return found
}

// Prometheus' own tool finds nothing else to say about what the gateway serves than
// what is documented: upstream's names, which can't be changed.
func TestPromtoolChecksMetrics(t *testing.T) {
	text := everything(t)
	for _, some := range []string{"backmon_series_flag{", "backmon_disk_flag{", "backmon_purge_blocked{", "backmon_tls_"} {
		if !strings.Contains(text, some) {
			t.Fatalf("%s is missing:\n%s", some, text)
		}
	}
	output, _ := tooltest.Promtool(t, text, "check", "metrics")
	var objects []string
	for line := range strings.Lines(output) {
		name, _, _ := strings.Cut(line, " ")
		objects = append(objects, name)
	}
	slices.Sort(objects)
	if diff := cmp.Diff(documentedNames(t), objects); diff != "" {
		t.Errorf("promtool says:\n%s-documented +objected to:\n%s", output, diff)
	}
}
