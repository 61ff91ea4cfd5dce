package definition_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/definition"
	"github.com/backmon/backmon/pkg/pattern"
)

// parse reads a definition that has no problems.
func parse(t *testing.T, text string) *backup.Definition {
	t.Helper()
	d, err := definition.Parse([]byte(text), definition.Options{})
	if err != nil || len(d.Problems) > 0 {
		t.Fatalf("unexpected problems: %v\n%s", err, problems(d, err))
	}
	return d
}

// rule returns the only rule of a definition that has the given settings for a
// file, and defaults.
func rule(t *testing.T, defaults, settings string) *backup.Rule {
	t.Helper()
	text := fmt.Sprintf("directories: {db: {defaults: {%s}, files: {a: {%s}}}}", defaults, settings)
	return parse(t, text).Directories[0].Rules[0]
}

func TestProgramDefaults(t *testing.T) {
	got := rule(t, "", "")
	want := &backup.Rule{
		Alias: "a", Text: "a", Line: 1, Location: time.UTC,
		Grace: time.Hour, Early: 15 * time.Minute, MaxShrink: 0.5, MaxGrow: 2,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(backup.Rule{}, "Pattern"), cmp.Comparer(sameZone)); diff != "" {
		t.Errorf("a rule without settings (-want +got):\n%s", diff)
	}
}

func sameZone(a, b *time.Location) bool { return a.String() == b.String() }

// TestSettings reads every key from a file and from defaults, overrides it, and
// takes it back.
func TestSettings(t *testing.T) {
	for _, c := range []struct {
		key, value, other string
		read              func(*backup.Rule) any
		want, unset       any
	}{
		{"schedule", "0 2 * * *", "0 3 * * *", func(r *backup.Rule) any { return scheduleText(r) }, "0 2 * * *", ""},
		{"timezone", "Europe/Berlin", "Asia/Tokyo", func(r *backup.Rule) any { return r.Location.String() }, "Europe/Berlin", "UTC"},
		{"grace", "2h", "0", func(r *backup.Rule) any { return r.Grace }, 2 * time.Hour, backup.DefaultGrace},
		{"early", "1h30m", "0", func(r *backup.Rule) any { return r.Early }, 90 * time.Minute, backup.DefaultEarly},
		{"sort", "born_at", "archived_at", func(r *backup.Rule) any { return r.Sort }, backup.SortBornAt, backup.SortInterpolation},
		{"min-size", "1.5KiB", "3", func(r *backup.Rule) any { return r.MinSize }, int64(1536), int64(0)},
		{"max-size", "2 GB", "3", func(r *backup.Rule) any { return r.MaxSize }, int64(2_000_000_000), int64(0)},
		{"max-shrink", "20%", "off", func(r *backup.Rule) any { return r.MaxShrink }, 0.2, backup.DefaultMaxShrink},
		{"max-grow", "off", "300%", func(r *backup.Rule) any { return r.MaxGrow }, -1.0, backup.DefaultMaxGrow},
		{"min-count", "5", "6", func(r *backup.Rule) any { return r.MinCount }, 5, 0},
		{"max-duration", "45m", "1h", func(r *backup.Rule) any { return r.MaxDuration }, 45 * time.Minute, time.Duration(0)},
		{"purge", "true", "false", func(r *backup.Rule) any { return r.Retention.Purge }, true, false},
		{"retention-count", `"4"`, "9", func(r *backup.Rule) any { return r.Retention.Count }, 4, 0},
		{"retention-age", "7", "1h", func(r *backup.Rule) any { return r.Retention.Age }, 7 * backup.Day, time.Duration(0)},
		{"keep-last", "1", "9", func(r *backup.Rule) any { return r.Retention.Keep }, backup.Keep{Last: 1}, backup.Keep{}},
		{"keep-hourly", "2", "9", func(r *backup.Rule) any { return r.Retention.Keep }, backup.Keep{Hourly: 2}, backup.Keep{}},
		{"keep-daily", "3", "9", func(r *backup.Rule) any { return r.Retention.Keep }, backup.Keep{Daily: 3}, backup.Keep{}},
		{"keep-weekly", "4", "9", func(r *backup.Rule) any { return r.Retention.Keep }, backup.Keep{Weekly: 4}, backup.Keep{}},
		{"keep-monthly", "5", "9", func(r *backup.Rule) any { return r.Retention.Keep }, backup.Keep{Monthly: 5}, backup.Keep{}},
		{"keep-yearly", "6", "9", func(r *backup.Rule) any { return r.Retention.Keep }, backup.Keep{Yearly: 6}, backup.Keep{}},
		{"keep-within", "7d", "9", func(r *backup.Rule) any { return r.Retention.Keep }, backup.Keep{Within: 7 * backup.Day}, backup.Keep{}},
		{"labels", "{team: db}", "{team: web}", func(r *backup.Rule) any { return r.Labels }, map[string]string{"team": "db"}, map[string]string(nil)},
	} {
		given, other, taken := c.key+": "+c.value, c.key+": "+c.other, c.key+": "
		for _, s := range []struct {
			name, defaults, file string
			want                 any
		}{
			{"given", "", given, c.want},
			{"inherited", given, "", c.want},
			{"overridden", other, given, c.want},
			{"not given", "", "", c.unset},
			{"taken back", given, taken, c.unset},
		} {
			t.Run(c.key+" "+s.name, func(t *testing.T) {
				if diff := cmp.Diff(s.want, c.read(rule(t, s.defaults, s.file))); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

func scheduleText(r *backup.Rule) string {
	if r.Schedule == nil {
		return ""
	}
	return r.Schedule.String()
}

func TestRetentionDefaultsHoldOnlyWithPurge(t *testing.T) {
	week := backup.DefaultRetentionAge
	for _, c := range []struct {
		name, settings string
		want           backup.Retention
	}{
		{"nothing", "", backup.Retention{}},
		{"no purge, count", "retention-count: 5", backup.Retention{Count: 5}},
		{"no purge, age", "retention-age: 5d", backup.Retention{Age: 5 * backup.Day}},
		{"purge", "purge: true", backup.Retention{Purge: true, Count: 3, Age: week, Filled: true}},
		{"purge, count", "purge: true, retention-count: 5", backup.Retention{Purge: true, Count: 5, Age: week, Filled: true}},
		{"purge, age", "purge: true, retention-age: 2d", backup.Retention{Purge: true, Count: 3, Age: 2 * backup.Day, Filled: true}},
		{"purge, both", "purge: true, retention-count: 5, retention-age: 2d", backup.Retention{Purge: true, Count: 5, Age: 2 * backup.Day}},
		{"purge, keep", "purge: true, keep-daily: 5", backup.Retention{Purge: true, Keep: backup.Keep{Daily: 5}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, rule(t, "", c.settings).Retention); diff != "" {
				t.Errorf("in the file (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, rule(t, c.settings, "").Retention); diff != "" {
				t.Errorf("in defaults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRetentionMixesDefaultsAndFile(t *testing.T) {
	got := rule(t, "purge: true, retention-count: 9", "retention-age: 1d").Retention
	want := backup.Retention{Purge: true, Count: 9, Age: backup.Day}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLabelsAreMerged(t *testing.T) {
	got := rule(t, "labels: {a: 1, b: 2, c: 3}", `labels: {b: two, c: "", d: 4}`).Labels
	want := map[string]string{"a": "1", "b": "two", "d": "4"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestScheduleFollowsTheTimeZone(t *testing.T) {
	r := rule(t, "schedule: 0 2 * * *", "timezone: Asia/Tokyo")
	if got := r.Schedule.Location().String(); got != "Asia/Tokyo" {
		t.Errorf("the schedule of defaults has zone %s, the file's is Asia/Tokyo", got)
	}
}

func TestAliasDefaultsToThePatternAsWritten(t *testing.T) {
	d := parse(t, "directories: {./d2/: {files: {c-%Y.gz: }}, x: {alias: '', files: {y: {alias: z}}}}")
	var got []string
	for _, dir := range d.Directories {
		got = append(got, dir.Alias, dir.Pattern.String(), dir.Rules[0].Alias)
	}
	want := []string{"./d2/", "d2", "c-%Y.gz", "x", "x", "z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFuse(t *testing.T) {
	for _, list := range []string{"[shard, '%Y']", "[shard, '%Y', ]", "[shard, ~, '%Y']"} {
		d := parse(t, "directories: {'a/{{shard}}/%Y': {fuse: "+list+", files: {x: }}}")
		set := pattern.NewSet([]pattern.Rules{{Directory: d.Directories[0].Pattern, Files: []*pattern.File{d.Directories[0].Rules[0].Pattern}}})
		groups := set.Matcher().Match("a/s1/2026/x").Groups
		if len(groups) != 1 || groups[0].Name != "a/{{shard}}/%Y" {
			t.Errorf("fuse %s: groups %+v", list, groups)
		}
	}
}

func TestYAMLAnchors(t *testing.T) {
	d := parse(t, `
directories:
  a:
    defaults: &nightly {schedule: 0 2 * * *, labels: {team: db}}
    files: {x: , "y": {grace: 2h}}
  b:
    defaults:
      <<: *nightly
      schedule: 0 3 * * *
    files: {x: }
  c:
    defaults: *nightly
    files: {x: }
`)
	var got []string
	for _, dir := range d.Directories {
		got = append(got, dir.Rules[0].Schedule.String()+" "+dir.Rules[0].Labels["team"])
	}
	if diff := cmp.Diff([]string{"0 2 * * * db", "0 3 * * * db", "0 2 * * * db"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOlderLayoutMeansTheSame(t *testing.T) {
	body := "db/{{client}}:\n  defaults: {schedule: 0 2 * * *}\n  files: {a: {alias: x}}\n"
	older, err := definition.Parse([]byte("quota: 1GB\n"+body), definition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	newer := parse(t, "quota: 1GB\ndirectories:\n  "+strings.ReplaceAll(strings.TrimSpace(body), "\n", "\n  "))
	ignore := cmp.FilterPath(func(p cmp.Path) bool { return strings.HasSuffix(p.String(), "Line") }, cmp.Ignore())
	equal := cmp.Comparer(func(a, b fmt.Stringer) bool { return a.String() == b.String() })
	if diff := cmp.Diff(newer.Directories, older.Directories, ignore, equal); diff != "" {
		t.Errorf("the older layout differs (-new +old):\n%s", diff)
	}
	if older.Quota != newer.Quota {
		t.Errorf("quota %d, want %d", older.Quota, newer.Quota)
	}
}

func TestUnreadable(t *testing.T) {
	large := "directories: {db: {files: {a: }}} #" + strings.Repeat("x", 200)
	for _, c := range []struct {
		name, text string
		options    definition.Options
		want       string
	}{
		{"not YAML", "directories: [", definition.Options{}, "backup_definitions.yaml:1: "},
		{"name of the file", "directories: [", definition.Options{File: "mine.yaml"}, "mine.yaml:1: "},
		{"too large", large, definition.Options{MaxBytes: 100}, "backup_definitions.yaml: the file has 235 bytes, at most 100 are read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := definition.Parse([]byte(c.text), c.options)
			var problem backup.Problem
			if !errors.As(err, &problem) || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("error %v, want one that begins with %q", err, c.want)
			}
			if len(d.Directories) != 0 || len(d.Problems) != 1 || d.Problems[0] != problem {
				t.Errorf("an unreadable file has directories %v and problems %v", d.Directories, d.Problems)
			}
		})
	}
	if _, err := definition.Parse([]byte(large), definition.Options{MaxBytes: int64(len(large))}); err != nil {
		t.Errorf("a file of exactly the largest size: %v", err)
	}
}

// TestRefusedQuickly gives files that are made to be costly. The bound is far
// above what they take, and far below what reading them in full would.
func TestRefusedQuickly(t *testing.T) {
	bomb := "a0: &a0 {x: 1}\n"
	for i := 1; i < 60; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	for name, text := range map[string]string{
		"40 MB":           "directories: {" + strings.Repeat("a: {files: {b: }},", 40_000_000/18) + "}",
		"doubling alias":  bomb + "directories: *a59\n",
		"deep":            "directories: " + strings.Repeat("{a: ", 100_000),
		"deep, in blocks": "directories:\n" + nested(500),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if _, err := definition.Parse([]byte(text), definition.Options{}); err == nil {
				t.Error("it was read")
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("refusing took %s", took)
			}
		})
	}
}

// TestCostlyButRead gives files that are as costly as one within the limit can be.
func TestCostlyButRead(t *testing.T) {
	long := strings.Repeat("x", 900)
	for name, text := range map[string]string{
		"many rules":           "directories: {db: {defaults: {schedule: 0 2 * * *, timezone: Europe/Berlin}, files: {" + repeat(30_000, "f%d: ,\n") + "}}}",
		"many bad rules":       "directories: {db: {files: {" + repeat(15_000, "f%d: {grace: x, purge: y},\n") + "}}}",
		"many old directories": repeat(15_000, "d%d: {files: {a: }}\n"),
		"many schedules":       "directories: {db: {files: {" + repeat(20_000, "f%d: {schedule: 0 2 * * * %[1]d},\n") + "}}}",
		"many unknown zones":   "directories: {db: {files: {" + repeat(20_000, "f%d: {timezone: Zone/Z%[1]d},\n") + "}}}",
		"long paths":           "directories: {? " + long + " : {files: {? " + long + " : {" + repeat(20_000, "k%d: ,\n") + "}}}}",
		"one bad value":        "directories: {db: {defaults: {schedule: &s '" + long + "'}, files: {" + repeat(15_000, "f%d: {schedule: *s },\n") + "}}}",
	} {
		t.Run(name, func(t *testing.T) {
			if len(text) > 1<<20 {
				t.Fatalf("the text has %d bytes", len(text))
			}
			start := time.Now()
			if _, err := definition.Parse([]byte(text), definition.Options{}); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("reading took %s", took)
			}
		})
	}
}

func repeat(times int, format string) string {
	var b strings.Builder
	for i := range times {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func nested(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i+1) + "a:\n")
	}
	return b.String()
}
