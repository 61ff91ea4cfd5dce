package backup

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const mib = 1 << 20

// history makes daily files of the given sizes, the newest last and made at noon.
func history(sizes ...int64) []File {
	var files []File
	for i, size := range sizes {
		files = append(files, file(fmt.Sprintf("day%02d", i), noon.Add(time.Duration(i-len(sizes)+1)*Day), size))
	}
	return files
}

func repeat(size int64, times int) []int64 { return slices.Repeat([]int64{size}, times) }

// findings are the flags' reasons as "FLAG: words".
func findings(s Status) []string {
	var list []string
	for _, r := range s.Reasons {
		list = append(list, r.Code+": "+r.Text)
	}
	return list
}

func TestFlags(t *testing.T) {
	sized := func(low, high int64) func(*Rule) { return func(r *Rule) { r.MinSize, r.MaxSize = low, high } }
	atLeast := func(n int) func(*Rule) { return func(r *Rule) { r.MinCount = n } }
	within := func(d time.Duration) func(*Rule) { return func(r *Rule) { r.MaxDuration = d } }
	drift := func(shrink, grow float64) func(*Rule) { return func(r *Rule) { r.MaxShrink, r.MaxGrow = shrink, grow } }
	defaults := func(*Rule) {}
	made := func(took time.Duration) []File {
		f := file("a", noon, 5)
		f.Stat = Stat{BornAt: noon.Add(-took), ModifiedAt: noon}
		return []File{f}
	}
	tests := []struct {
		name  string
		edit  func(*Rule)
		files []File
		want  []string
	}{
		{"one byte is not empty", defaults, history(1), nil},
		{"empty", defaults, history(9, 0), []string{"EMPTY: the newest file db/day01 of 2026-01-15 12:00 UTC is empty"}},
		{"an earlier empty file is no matter", defaults, history(0, 9), nil},
		{"empty wins over too small", sized(5, 0), history(9, 0), []string{"EMPTY: the newest file db/day01 of 2026-01-15 12:00 UTC is empty"}},
		{"at min-size", sized(2*mib, 0), history(2 * mib), nil},
		{
			"a byte below min-size", sized(2*mib, 0), history(3*mib, 2*mib-1),
			[]string{"TOO_SMALL: the newest file db/day01 of 2026-01-15 12:00 UTC has 2097151 B, expected at least 2097152 B"},
		},
		{
			"far below min-size", sized(2*mib, 0), history(3*mib, 5),
			[]string{"TOO_SMALL: the newest file db/day01 of 2026-01-15 12:00 UTC has 5 B, expected at least 2.0 MiB"},
		},
		{"at max-size", sized(0, 2*mib), history(2 * mib), nil},
		{
			"a byte above max-size", sized(0, 2*mib), history(2*mib + 1),
			[]string{"TOO_LARGE: the newest file db/day00 of 2026-01-15 12:00 UTC has 2097153 B, expected at most 2097152 B"},
		},
		{"half of the usual", defaults, history(append(repeat(10*mib, 5), 5*mib)...), nil},
		{
			"a byte less than half", defaults, history(append(repeat(10*mib, 5), 5*mib-1)...),
			[]string{"SHRUNK: the newest file db/day05 of 2026-01-15 12:00 UTC has 5.0 MiB, -50 % against the usual 10.0 MiB"},
		},
		{"only four earlier files", defaults, history(append(repeat(10*mib, 4), 1)...), nil},
		{"under one MiB of difference", defaults, history(append(repeat(mib, 9), 1)...), nil},
		{
			"one MiB of difference", defaults, history(append(repeat(mib+1, 9), 1)...),
			[]string{"SHRUNK: the newest file db/day09 of 2026-01-15 12:00 UTC has 1 B, -100 % against the usual 1.0 MiB"},
		},
		{"three times the usual", defaults, history(append(repeat(10*mib, 5), 30*mib)...), nil},
		{
			"a byte more than three times", defaults, history(append(repeat(10*mib, 5), 30*mib+1)...),
			[]string{"GREW: the newest file db/day05 of 2026-01-15 12:00 UTC has 30.0 MiB, +200 % against the usual 10.0 MiB"},
		},
		{"shrinking is off", drift(-1, 2), history(append(repeat(10*mib, 9), 1)...), nil},
		{"growing is off", drift(0.5, -1), history(append(repeat(10*mib, 9), 900*mib)...), nil},
		{
			"no shrinking at all is allowed", drift(0, -1), history(append(repeat(10*mib, 9), 9*mib)...),
			[]string{"SHRUNK: the newest file db/day09 of 2026-01-15 12:00 UTC has 9.0 MiB, -10 % against the usual 10.0 MiB"},
		},
		{
			"an outlier does not train", defaults, history(10*mib, 10*mib, 10*mib, 10*mib, 10*mib, 90*mib, 90*mib, 90*mib, 4*mib),
			[]string{"SHRUNK: the newest file db/day08 of 2026-01-15 12:00 UTC has 4.0 MiB, -60 % against the usual 10.0 MiB"},
		},
		{
			"empty and too small files do not train", sized(100, 0), history(10*mib, 0, 10*mib, 7, 10*mib, 0, 10*mib, 99, 10*mib, 4*mib),
			[]string{"SHRUNK: the newest file db/day09 of 2026-01-15 12:00 UTC has 4.0 MiB, -60 % against the usual 10.0 MiB"},
		},
		{
			"the median is that of the last seven", defaults,
			history(append(append(repeat(10*mib, 4), repeat(20*mib, 7)...), 9*mib)...),
			[]string{"SHRUNK: the newest file db/day11 of 2026-01-15 12:00 UTC has 9.0 MiB, -55 % against the usual 20.0 MiB"},
		},
		{
			"future", defaults,
			[]File{file("a", noon, 5), file("b", noon.Add(49*time.Hour), 5), file("c", noon.Add(48*time.Hour), 5)},
			[]string{"FUTURE: 2 files dated more than 10m ahead of now and put aside, next db/c of 2026-01-17 12:00 UTC"},
		},
		{"enough files", atLeast(2), history(5, 5), nil},
		{"too few", atLeast(3), history(5, 5), []string{"TOO_FEW: 2 files found, expected at least 3"}},
		{
			"files of the future don't count", atLeast(2),
			[]File{file("a", noon, 5), file("b", noon.Add(Day), 5)},
			[]string{
				"FUTURE: 1 file dated more than 10m ahead of now and put aside, next db/b of 2026-01-16 12:00 UTC",
				"TOO_FEW: 1 file found, expected at least 2",
			},
		},
		{"as slow as may be", within(time.Hour), made(time.Hour), nil},
		{"slower by a second", within(time.Hour), made(time.Hour + time.Second), []string{"SLOW: making the newest file db/a took 1h0m1s, expected at most 1h0m0s"}},
		{"slower by much", within(time.Hour), made(27 * time.Hour), []string{"SLOW: making the newest file db/a took 1d 3h, expected at most 1h"}},
		{"slow is off", within(0), made(27 * time.Hour), nil},
		{"a time before the beginning is not slow", within(time.Hour), made(-27 * time.Hour), nil},
		{
			"several at once, the worst first", func(r *Rule) { r.MinSize, r.MinCount, r.MaxDuration = 10, 2, time.Hour }, made(2 * time.Hour),
			[]string{
				`MISSING: no usable backup: 1 file found for "%A", empty or too small`,
				"TOO_SMALL: the newest file db/a of 2026-01-15 12:00 UTC has 5 B, expected at least 10 B",
				"TOO_FEW: 1 file found, expected at least 2",
				"SLOW: making the newest file db/a took 2h, expected at most 1h",
			},
		},
		{
			"strange names are quoted", defaults,
			[]File{file("my backup", noon, 5), file("new\nline", noon.Add(time.Minute), 0)},
			[]string{`EMPTY: the newest file "db/new\nline" of 2026-01-15 12:01 UTC is empty`},
		},
		{
			"long names are cut in the middle", defaults,
			[]File{file("a", noon, 5), file(strings.Repeat("long", 99), noon.Add(time.Minute), 0)},
			[]string{
				"EMPTY: the newest file db/" + strings.Repeat("long", 14) + "l…" + strings.Repeat("long", 15) + " of 2026-01-15 12:01 UTC is empty",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := only(t, evaluate(oneRule("%A", byModified, tt.edit), noon, nil, tt.files...))
			equal(t, "reasons", findings(s), tt.want)
			severity := SeverityOK
			for _, f := range s.Flags {
				severity = max(severity, f.Severity())
			}
			if s.Severity != max(severity, s.State.Severity()) || !slices.IsSorted(s.Flags) {
				t.Errorf("flags %v in state %v have severity %v", s.Flags, s.State, s.Severity)
			}
		})
	}
}

// After a lasting change the new size is flagged for a while and then is the usual.
func TestDriftHeals(t *testing.T) {
	for name, change := range map[string]int64{"smaller": 2 * mib, "larger": 90 * mib} {
		t.Run(name, func(t *testing.T) {
			for n := 1; n <= 20; n++ {
				s := only(t, evaluate(oneRule("%A", byModified), noon, nil, history(append(repeat(10*mib, 20), repeat(change, n)...)...)...))
				if flagged := len(s.Flags) > 0; flagged != (n < 10) {
					t.Errorf("after %d files of the new size: flags %v", n, s.Flags)
				}
			}
		})
	}
}

// Files of the very same time: the latest is compared with the others, not with itself.
func TestDriftAmongTies(t *testing.T) {
	files := []File{file("z", noon, 10*mib)}
	for i := range 6 {
		files = append(files, file(fmt.Sprint(i), noon, 90*mib))
	}
	s := only(t, evaluate(oneRule("%A", byModified), noon, nil, files...))
	if s.Files.Latest.Key != "db/z" || !slices.Equal(s.Flags, []Flag{Shrunk}) {
		t.Errorf("latest %s, flags %v", s.Files.Latest.Key, s.Flags)
	}
	for i := range 40 {
		files = append(files, file(fmt.Sprint("more", i), noon, 90*mib))
	}
	s = only(t, evaluate(oneRule("%A", byModified), noon, nil, files...))
	if !slices.Equal(s.Flags, []Flag{Shrunk}) || len(s.Files.Recent) != recentLimit {
		t.Errorf("flags %v of %d points of history", s.Flags, len(s.Files.Recent))
	}
}

func TestAmbiguousFiles(t *testing.T) {
	purge := func(r *Rule) { r.Retention = Retention{Purge: true, Count: 1, Age: Day} }
	d := newDefinition(newDirectory("db", newRule("a%A", byModified, purge), newRule("ab%A", byModified, purge)))
	o := evaluate(d, noon, nil, file("a1", noon, 1), file("a2", noon.Add(-5*Day), 1), file("ab1", noon.Add(-3*Day), 1), file("ab2", noon.Add(-4*Day), 1))
	first, second := o.Statuses[0], o.Statuses[1]
	equal(t, "expired of the first rule", expiredKeys(first), []string{"db/a2"})
	equal(t, "expired of the second rule", len(second.Expired.Files), 0)
	for _, s := range o.Statuses {
		equal(t, "reasons", findings(s), []string{"AMBIGUOUS: 2 files matched by another rule too and never purged; make the patterns exclude each other"})
	}
	equal(t, "ambiguous files", o.Totals.Ambiguous, int64(2))
	for i, key := range []string{"db/ab1", "db/ab2"} {
		sample := o.Totals.AmbiguousSamples[i]
		if sample.Key != key || len(sample.Rules) != 2 || sample.Rules[0].Text != "a%A" || sample.Rules[1].Text != "ab%A" {
			t.Errorf("sample %d is %+v", i, sample)
		}
	}
}

// The order of badness is what exit codes and colours are made of.
func TestSeverities(t *testing.T) {
	states := map[State]Severity{
		StateUnspecified: SeverityOK, Pending: SeverityOK, OK: SeverityOK, Due: SeverityOK, Late: SeverityWarning,
		Missing: SeverityCritical, Unknown: SeverityUnknown, Gone: SeverityOK,
	}
	for s, want := range states {
		if s.Severity() != want {
			t.Errorf("state %v is %v, want %v", s, s.Severity(), want)
		}
	}
	for _, f := range append(Flags(), FlagUnspecified) {
		want := SeverityWarning
		switch f {
		case Empty, TooSmall:
			want = SeverityCritical
		case FlagUnspecified:
			want = SeverityOK
		}
		if f.Severity() != want {
			t.Errorf("flag %v is %v, want %v", f, f.Severity(), want)
		}
	}
	if SeverityOK > SeverityWarning || SeverityWarning > SeverityUnknown || SeverityUnknown > SeverityCritical {
		t.Error("severities are not in the order of their badness")
	}
}

// Names are part of the contract: metrics, JSON and people show them.
func TestNames(t *testing.T) {
	var got []string
	for _, s := range States() {
		got = append(got, s.String())
	}
	for _, f := range Flags() {
		got = append(got, f.String())
	}
	for s := SeverityOK; s <= SeverityCritical; s++ {
		got = append(got, s.String())
	}
	got = append(got, SortNames()...)
	equal(t, "names", strings.Join(got, " "), "PENDING OK DUE LATE MISSING UNKNOWN GONE "+
		"EMPTY TOO_SMALL TOO_LARGE SHRUNK GREW FUTURE TOO_FEW SLOW AMBIGUOUS ok warning unknown critical "+
		"interpolation born_at modified_at archived_at")
	equal(t, "no names", StateUnspecified.String()+FlagUnspecified.String(), "")
	unknown := []string{State(99).String(), Flag(-1).String(), Severity(4).String(), Sort(4).String()}
	equal(t, "values of another version", unknown, []string{"state(99)", "flag(-1)", "severity(4)", "sort(4)"})
}

func TestParseSort(t *testing.T) {
	for i, name := range SortNames() {
		if s, ok := ParseSort(name); !ok || s != Sort(i) || s.String() != name {
			t.Errorf("%q is read as %v, %v", name, s, ok)
		}
	}
	for _, name := range []string{"", "bogus", "Born_at"} {
		if s, ok := ParseSort(name); ok || s != SortInterpolation {
			t.Errorf("%q is read as %v, %v", name, s, ok)
		}
	}
}
