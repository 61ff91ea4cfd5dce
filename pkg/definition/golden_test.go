package definition_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	_ "time/tzdata" // the tests' zones, wherever they run

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/definition"
	"github.com/backmon/backmon/pkg/goldentest"
)

// TestConformance reads the definitions whose meaning upstream's output shows.
// The golden files tell what each of them means: settings, broken rules, problems.
func TestConformance(t *testing.T) {
	golden(t, "conformance", describe)
}

// TestErrors reads definitions with every kind of problem. The golden files hold
// the problems as they are printed, and what they stop.
func TestErrors(t *testing.T) {
	golden(t, "errors", func(d *backup.Definition, err error) string {
		return problems(d, err) + broken(d)
	})
}

// golden compares what tell says of each file in a folder of testdata with
// NAME.golden.
func golden(t *testing.T, folder string, tell func(*backup.Definition, error) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := tell(definition.Parse(data, definition.Options{}))
			goldentest.Compare(t, folder+"/"+name+".golden", got)
		})
	}
}

// problems lists them as they are printed, and how the file was taken.
func problems(d *backup.Definition, err error) string {
	var b strings.Builder
	for _, p := range d.Problems {
		fmt.Fprintln(&b, p.Error())
	}
	if err != nil {
		fmt.Fprintf(&b, "unreadable: %v\n", err)
	}
	return b.String()
}

// broken lists which directories and rules are stopped, and which are not.
func broken(d *backup.Definition) string {
	var b strings.Builder
	for _, dir := range d.Directories {
		fmt.Fprintf(&b, "%s directory %q, line %d\n", soundness(dir.Broken), dir.Alias, dir.Line)
		for _, rule := range dir.Rules {
			fmt.Fprintf(&b, "  %s file %q, line %d\n", soundness(rule.Broken), rule.Alias, rule.Line)
		}
	}
	return b.String()
}

func soundness(broken bool) string {
	if broken {
		return "BROKEN"
	}
	return "sound"
}

// describe tells all of a definition.
func describe(d *backup.Definition, err error) string {
	var b strings.Builder
	b.WriteString(problems(d, err))
	fmt.Fprintf(&b, "quota %d\n", d.Quota)
	for _, dir := range d.Directories {
		fmt.Fprintf(&b, "directory %q written %q, line %d: %s\n", dir.Alias, dir.Text, dir.Line, soundness(dir.Broken))
		if dir.Pattern != nil {
			fmt.Fprintf(&b, "  pattern %s\n", dir.Pattern)
		}
		for _, rule := range dir.Rules {
			describeRule(&b, rule)
		}
	}
	return b.String()
}

func describeRule(b *strings.Builder, r *backup.Rule) {
	fmt.Fprintf(b, "  file %q written %q, line %d: %s\n", r.Alias, r.Text, r.Line, soundness(r.Broken))
	if r.Broken {
		return
	}
	fmt.Fprintf(b, "    pattern %s, sort %s, zone %s", r.Pattern, r.Sort, r.Location)
	if r.Schedule != nil {
		fmt.Fprintf(b, ", schedule %q grace %s early %s", r.Schedule, r.Grace, r.Early)
	}
	fmt.Fprintf(b, "\n    retention %s\n", retention(r.Retention))
	if len(r.Labels) > 0 {
		fmt.Fprintf(b, "    labels")
		for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
			fmt.Fprintf(b, " %s=%q", name, r.Labels[name])
		}
		fmt.Fprintln(b)
	}
}

func retention(r backup.Retention) string {
	text := fmt.Sprintf("count %d, age %s", r.Count, backup.FormatDuration(r.Age))
	if r.Purge {
		text += ", purge"
	}
	if r.Filled {
		text += " (filled)"
	}
	return text
}
