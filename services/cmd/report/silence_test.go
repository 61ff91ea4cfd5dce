package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/cmd/report"
)

func silences() []incident.Silence {
	return []incident.Silence{
		{
			ID: "aaaa", By: "eve", Why: "the server moves", Since: noon.Add(-time.Hour), Until: noon.Add(4 * time.Hour),
			Match: incident.Match{
				Environments: []string{"prod", "test"}, Disks: []string{"db-*"}, Directories: []string{""}, Files: []string{"full"}, Groups: []string{"db/acme"},
				Labels:     map[string][]string{"team": {"db", "web"}, "tier": {""}},
				Severities: []backup.Severity{backup.SeverityWarning, backup.SeverityUnknown}, States: []backup.State{backup.Late},
			},
		},
		{ID: "bbbb", By: "bob", Why: "holidays", Since: noon.AddDate(0, 0, -3), Until: noon.AddDate(0, 0, 4)},
		{
			ID: "c\x1b", By: "b\x07", Why: "w\x1b]0;t\x07\nline", Since: noon, Until: noon.Add(time.Minute),
			Match: incident.Match{Groups: []string{"\x1b[2J\u202e\xff\n" + strings.Repeat("deep/", 20)}, Labels: map[string][]string{"a": {"\x1b"}}},
		},
	}
}

func silenceTable(t *testing.T) string {
	return written(t, func(b *strings.Builder) error { return report.SilenceTable(b, silences(), noon, false) })
}

func TestSilenceGolden(t *testing.T) {
	goldentest.Compare(t, "silences.txt", silenceTable(t))
	goldentest.Compare(t, "silences.json", written(t, func(b *strings.Builder) error { return report.SilencesJSON(b, silences()) }))
	goldentest.Compare(t, "silence.json", written(t, func(b *strings.Builder) error { return report.SilenceJSON(b, silences()[0], 7, 2) }))
	goldentest.Compare(t, "no-silences.txt", written(t, func(b *strings.Builder) error { return report.SilenceTable(b, nil, noon, false) }))
	goldentest.Compare(t, "no-silences.json", written(t, func(b *strings.Builder) error { return report.SilencesJSON(b, nil) }))
}

func TestSilenceText(t *testing.T) {
	for i, want := range []string{
		`environment "prod" or "test", disk "db-*", directory "", file "full", group "db/acme", label team "db" or "web", label tier "", severity "warning" or "unknown", state "LATE", until 2026-01-15 16:00 UTC`,
		`everything, until 2026-01-19 12:00 UTC`,
	} {
		if got := report.SilenceText(silences()[i]); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestSilenceTableIsSafe(t *testing.T) {
	text := silenceTable(t)
	for _, bad := range []string{"\x1b", "\x07", "\u202e", "\xff"} {
		if strings.Contains(text, bad) || strings.Contains(report.SilenceText(silences()[2]), bad) {
			t.Errorf("%q gets through", bad)
		}
	}
	if lines := strings.Count(text, "\n"); lines != 4 {
		t.Errorf("%d lines for a header and 3 silences:\n%s", lines, text)
	}
}

func TestSilenceWriteErrors(t *testing.T) {
	for name, err := range map[string]error{
		"table": report.SilenceTable(broken{}, silences(), noon, true), "none": report.SilenceTable(broken{}, nil, noon, true),
		"silences": report.SilencesJSON(broken{}, silences()), "silence": report.SilenceJSON(broken{}, silences()[0], 0, 0),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
