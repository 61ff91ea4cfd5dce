package cmd_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/services/tooltest"
)

// Real files, judged by the real program, fire the alerts they should.
func TestCheckAlerts(t *testing.T) {
	rules, err := filepath.Abs("../../deploy/prometheus/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	away(t)
	for _, c := range []struct {
		name string
		at   string
		want []string
	}{
		{"a day on", "2026-01-14T12:00:00Z", nil},
		{"two days on", now, []string{"BackupLate"}},
		{"a week on", "2026-01-21T12:00:00Z", []string{"BackupMissing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			r := backmon(t, "check", disk(t, definitions, 13, 14), "--now", c.at, "-o", "prometheus")
			if r.err != "" {
				t.Fatal(r.err)
			}
			scenario := tooltest.Scenario{
				Rules: rules, Now: at,
				Scrapes: []tooltest.Scrape{{Answers: map[string]string{"localhost": r.out}, Lasts: time.Hour}},
			}
			var fired []string
			for _, a := range tooltest.ReadAlerts(t, scenario.CheckAlerts(t, nil)) {
				fired = append(fired, a.Name)
			}
			slices.Sort(fired)
			if diff := cmp.Diff(c.want, fired); diff != "" {
				t.Errorf("alerts (-want +got):\n%s", diff)
			}
		})
	}
}
