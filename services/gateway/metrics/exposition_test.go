package metrics_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/goldentest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/metrics"
)

// exposed is the text that Prometheus would scrape, without the version of Go.
func exposed(t *testing.T, source metrics.Source) string {
	t.Helper()
	var all, b strings.Builder
	if err := metrics.New(source, 2, "1.2.3").WriteText(&all); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(all.String()) {
		if !strings.Contains(line, "backmon_build_info") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func everything() *board.Board {
	return boardtest.Board(
		boardtest.DiskEvent(boardtest.Disk("db")), boardtest.DiskEvent(boardtest.UnseenDisk("denied")),
		boardtest.SeriesEvent(boardtest.Status("postgres/a")), boardtest.SeriesEvent(boardtest.Bad("postgres/b")), boardtest.SeriesEvent(boardtest.Unseen("postgres/{{tenant}}")),
	)
}

func TestMetricsGolden(t *testing.T) {
	goldentest.Compare(t, "metrics.txt", exposed(t, everything()))
	goldentest.Compare(t, "metrics-empty.txt", exposed(t, boardtest.Board()))
}

// upstreamNames break Prometheus' rules and can't be changed: dashboards rely on them.
var upstreamNames = []string{
	"backmon_backup_file_count",
	"backmon_backup_file_young_count",
	"backmon_disks_total", // a gauge named like a counter
	"backmon_environments_total",
	"backmon_file_count_total",
}

// Ours follow Prometheus' rules; of upstream's names only the known ones don't.
func TestMetricsLint(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(exposed(t, everything()))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	var broken []string
	for _, p := range problems {
		if !slices.Contains(upstreamNames, p.Metric) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
		broken = append(broken, p.Metric)
	}
	for _, name := range upstreamNames {
		if !slices.Contains(broken, name) {
			t.Errorf("%s breaks no rule: it needs no exception", name)
		}
	}
}

// Names of files hold any byte; what is scraped must be valid text, and two
// series must stay two.
func TestHostileNames(t *testing.T) {
	names := []string{"a\"b", `a\b`, "a\nb", "a\xffb", "a\xfeb", "ü ñ 日本", "{x=\"y\"} 1", "", "\x00", "a\\xffb", `"a\xffb"`, `"\"a\\xffb\""`, `"quoted"`, "`ticks`"}
	source := boardtest.Board(boardtest.DiskEvent(boardtest.Disk("db")))
	for _, n := range names {
		source.Apply(boardtest.SeriesEvent(boardtest.Status(n)))
	}
	text := exposed(t, source)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if got := len(families["backmon_backup_file_count"].GetMetric()); got != len(names) {
		t.Errorf("%d series, want %d", got, len(names))
	}
	checkDistinct(t, text)
	goldentest.Compare(t, "metrics-hostile.txt", text)
}

// checkDistinct fails where a sample or a family is there twice: Prometheus refuses
// the whole scrape then.
func checkDistinct(t *testing.T, text string) {
	t.Helper()
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		key := strings.TrimSpace(line)
		if !strings.HasPrefix(line, "#") {
			key = line[:strings.LastIndexByte(line, ' ')]
		}
		if seen[key] {
			t.Errorf("twice: %s", key)
		}
		seen[key] = true
	}
}

// Two disks of one name in two environments, and series of one rule, share no sample.
func TestSameNamesInTwoEnvironments(t *testing.T) {
	here, there := boardtest.Status("a"), boardtest.Status("a")
	there.Series.Environment = "test"
	elsewhere := boardtest.Disk("db")
	elsewhere.Environment = "test"
	text := exposed(t, boardtest.Board(boardtest.DiskEvent(boardtest.Disk("db")), boardtest.DiskEvent(elsewhere), boardtest.SeriesEvent(here), boardtest.SeriesEvent(there), boardtest.SeriesEvent(boardtest.Status("b"))))
	checkDistinct(t, text)
	for sample, want := range map[string]int{
		"backmon_backup_file_count{": 3, "backmon_backup_file_count_max{": 2, "backmon_disk_usage_bytes{": 2, "backmon_disks_total 2\n": 1,
	} {
		if got := strings.Count(text, "\n"+sample); got != want {
			t.Errorf("%d times %q, want %d", got, sample, want)
		}
	}
}

// What is not known has no sample: no zero that a rule could take for a fact.
func TestUnknownHasNoSample(t *testing.T) {
	bare := boardtest.Status("bare")
	bare.Files, bare.Slot, bare.Policy.Schedule, bare.Policy.Purge = backup.FileFacts{}, backup.SlotFacts{}, "", false
	for _, c := range []struct {
		name    string
		source  *board.Board
		without []string
	}{
		{"no file", boardtest.Board(boardtest.SeriesEvent(bare)), []string{"latest_size_bytes{", "created_at_", "born_at_", "modified_at_", "archived_at_", "creation_duration{"}},
		{"no schedule", boardtest.Board(boardtest.SeriesEvent(bare)), []string{"expected_at_", "series_deadline_", "missed_slots{"}},
		{"no purge", boardtest.Board(boardtest.SeriesEvent(bare)), []string{"expired_"}},
		{"never evaluated", boardtest.Board(boardtest.SeriesEvent(boardtest.Unseen("g"))), []string{"backup_file_count{", "file_count_max{", "file_age_max_"}},
		{"disk never seen", boardtest.Board(boardtest.DiskEvent(boardtest.UnseenDisk("d"))), []string{"disk_usage_bytes{", "file_count_total{", "disk_quota_", "unmatched", "scan_success_timestamp"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := exposed(t, c.source)
			for _, w := range c.without {
				if strings.Contains(text, w) {
					t.Errorf("%q is exported:\n%s", w, text)
				}
			}
		})
	}
}

func TestDiskFlags(t *testing.T) {
	d := boardtest.Disk("db")
	d.Flags = []backmonv1.DiskFlag{backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA, backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE}
	text := exposed(t, boardtest.Board(boardtest.DiskEvent(d)))
	for _, flag := range []string{"OVER_QUOTA", "MASS_DELETE"} {
		want := `backmon_disk_flag{disk="` + d.GetDisk() + `",env="` + d.GetEnvironment() + `",flag="` + flag + `"} 1`
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if text := exposed(t, boardtest.Board(boardtest.DiskEvent(boardtest.Disk("db")))); strings.Contains(text, "backmon_disk_flag{") {
		t.Error("a flag that is not set is exported")
	}
}
