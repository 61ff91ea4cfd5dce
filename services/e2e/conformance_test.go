package e2e

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/backmon/backmon/pkg/storage/storagetest"
	"github.com/backmon/backmon/services/cmd"
)

// conformanceNow is the clock under which upstream's output was made.
const conformanceNow = "2026-01-15T12:00:00Z"

// TestConformance runs the real program on each case's disk, as a folder and as
// a bucket, and compares its metrics with upstream's, line by line.
func TestConformance(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("testdata", "conformance"))
	if err != nil {
		t.Fatal(err)
	}
	names := upstreamNames(t, root)
	server := storagetest.StartS3(t)
	for _, c := range conformanceCases() {
		folder := filepath.Join(root, c.name)
		t.Run(c.name+"/local", func(t *testing.T) { c.compare(t, runLocal(t, folder), wantLocal(t, folder), names) })
		c.deviations = slices.Concat(c.deviations, c.s3Only)
		t.Run(c.name+"/s3", func(t *testing.T) { c.compare(t, runS3(t, folder, server), wantS3(t, folder), names) })
	}
}

// TestConformanceIsWhole fails when a case of the data is in no table.
func TestConformanceIsWhole(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("testdata", "conformance", "*", "setup.sh"))
	if err != nil {
		t.Fatal(err)
	}
	var found, listed []string
	for _, f := range folders {
		found = append(found, filepath.Base(filepath.Dir(f)))
	}
	for _, c := range conformanceCases() {
		listed = append(listed, c.name)
	}
	slices.Sort(listed)
	if len(found) == 0 || !slices.Equal(found, listed) {
		t.Errorf("cases in testdata: %q, in the table: %q", found, listed)
	}
}

// samples are metrics by name and labels, without the labels that name the disk.
type samples map[string]float64

// program is what a run of `backmon check` left behind.
type program struct {
	code   int
	output samples
	stderr string
}

// runLocal checks the case as a folder called "tree", as upstream did.
func runLocal(t *testing.T, folder string) program {
	t.Helper()
	work := t.TempDir()
	lay(t, folder, filepath.Join(work, "tree"))
	t.Chdir(work)
	return check(t, "tree", filepath.Join(folder, "config-local.yaml"))
}

// runS3 checks the case as a bucket of a real S3 server.
func runS3(t *testing.T, folder string, server *storagetest.Server) program {
	t.Helper()
	bucket := "g-" + filepath.Base(folder)
	server.CreateBucket(bucket)
	lay(t, folder, filepath.Join(server.Dir, bucket))
	text := strings.NewReplacer("http://127.0.0.1:9070", server.Endpoint, "testkey", server.AccessKey, "testsecret123", server.SecretKey).
		Replace(readFile(t, filepath.Join(folder, "config-s3.yaml")))
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return check(t, bucket, config)
}

// lay makes the case's files.
func lay(t *testing.T, folder, target string) {
	t.Helper()
	if output, err := exec.Command("sh", filepath.Join(folder, "setup.sh"), target).CombinedOutput(); err != nil {
		t.Fatalf("lay the tree: %v\n%s", err, output)
	}
}

func check(t *testing.T, disk, config string) program {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := cmd.Program{Version: "test", Out: &stdout, Err: &stderr, Env: func(string) (string, bool) { return "", false }}
	code := p.Main(context.Background(), []string{"check", disk, "--config", config, "--now", conformanceNow, "-o", "prometheus"})
	return program{code: code, output: parseSamples(t, stdout.String()), stderr: stderr.String()}
}

// parseSamples reads Prometheus text.
func parseSamples(t *testing.T, text string) samples {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("parse metrics: %v\n%s", err, text)
	}
	found := samples{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			key := sampleKey(name, m)
			if _, twice := found[key]; twice {
				t.Errorf("%s stands twice", key)
			}
			found[key] = m.GetGauge().GetValue() + m.GetUntyped().GetValue() // one of them is there
		}
	}
	return found
}

// sampleKey writes a metric's name and labels in one way; which disk it is of
// is told by the case.
func sampleKey(name string, m *dto.Metric) string {
	var labels []string
	for _, l := range m.GetLabel() {
		if l.GetName() != "env" && l.GetName() != "disk" {
			labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
		}
	}
	slices.Sort(labels)
	return strings.TrimPrefix(name, "backmon_") + "{" + strings.Join(labels, ",") + "}"
}

func metricName(key string) string { return key[:strings.IndexByte(key, '{')] }

// wantS3 is upstream's output for the bucket.
func wantS3(t *testing.T, folder string) samples {
	t.Helper()
	return withoutNonsense(parseSamples(t, readFile(t, filepath.Join(folder, "metrics-s3.txt"))))
}

// wantLocal is upstream's output for the folder, with the totals of the bucket:
// upstream counts a folder only down to the deepest pattern.
func wantLocal(t *testing.T, folder string) samples {
	t.Helper()
	want := withoutNonsense(parseSamples(t, readFile(t, filepath.Join(folder, "metrics-local.txt"))))
	for key, value := range wantS3(t, folder) {
		if name := metricName(key); name == "file_count_total" || name == "disk_usage_bytes" {
			want[key] = value
		}
	}
	return want
}

// goZeroTime is what upstream exports for a rule without a schedule: the zero
// time of Go in unix seconds. We export nothing there.
const goZeroTime = -62135596800

func withoutNonsense(all samples) samples {
	maps.DeleteFunc(all, func(_ string, value float64) bool { return value == goZeroTime })
	return all
}

// upstreamNames are the names of all metrics that upstream exports in any case.
func upstreamNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "*", "metrics-*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("find upstream's metrics: %d files, %v", len(files), err)
	}
	names := map[string]bool{}
	for _, file := range files {
		for key := range parseSamples(t, readFile(t, file)) {
			names[metricName(key)] = true
		}
	}
	return names
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// compare fails for each difference that the case doesn't expect, and for each
// expected one that isn't there.
func (c conformanceCase) compare(t *testing.T, got program, want samples, names map[string]bool) {
	t.Helper()
	if got.code != c.code {
		t.Errorf("exit code %d, want %d: %s", got.code, c.code, c.why)
	}
	if got.stderr != "" {
		t.Errorf("stderr: %s", got.stderr)
	}
	ours := maps.Clone(got.output)
	maps.DeleteFunc(ours, func(key string, _ float64) bool { return !names[metricName(key)] })
	for _, d := range c.deviations {
		d.check(t, ours, want)
	}
	for _, key := range slices.Sorted(maps.Keys(union(ours, want))) {
		if was, is := value(want, key), value(ours, key); !same(was, is) {
			t.Errorf("%s: upstream %v, ours %v", key, was, is)
		}
	}
}

func union(a, b samples) samples {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// absent stands for the value of a sample that isn't there.
var absent = math.NaN()

func value(all samples, key string) float64 {
	if v, ok := all[key]; ok {
		return v
	}
	return absent
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
