package backup

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// What hurts people about other watchers of backups, as stories: each must come out
// as one would want to read it at three in the morning.
func TestPains(t *testing.T) {
	nightly := cron("0 2 * * *", "Europe/Berlin")
	purge := func(r *Rule) { r.Retention = Retention{Purge: true}.WithDefaults() }
	daily := func(from, to int, size int64) []File {
		var files []File
		for day := from; day <= to; day++ {
			files = append(files, file(fmt.Sprintf("dump-%03d", day), noon.Add(-time.Duration(day)*Day-11*time.Hour), size))
		}
		return files
	}
	tests := []struct {
		name    string
		rule    []func(*Rule)
		files   []File
		state   State
		flags   []Flag
		expired int
		says    []string // words that the reasons must hold
	}{
		{
			"a backup that never ran is not silent",
			[]func(*Rule){nightly},
			nil,
			Missing, nil, 0,
			[]string{`no file matches "dump-%A" in "db"`, "by 2026-01-15 03:00 CET", "1 deadline missed"},
		},
		{
			"a directory marker is no backup",
			[]func(*Rule){nightly},
			[]File{{Key: "db/"}, {Key: "db/dump-1/"}},
			Missing, nil, 0,
			[]string{"no file matches"},
		},
		{
			"a file of no bytes is no backup",
			[]func(*Rule){nightly},
			daily(0, 0, 0),
			Missing,
			[]Flag{Empty},
			0,
			[]string{"no usable backup: 1 file found", "db/dump-000 of 2026-01-15 02:00 CET is empty"},
		},
		{
			"an empty file does not hide that good ones have stopped",
			[]func(*Rule){nightly},
			append(daily(0, 2, 0), daily(3, 5, mib)...),
			Missing,
			[]Flag{Empty},
			0,
			[]string{"3 deadlines missed", "the newest good one is of 2026-01-12 02:00 CET"},
		},
		{
			"a forged date does not pass for a backup",
			[]func(*Rule){nightly},
			append(daily(3, 5, mib), daily(-900, -900, mib)...),
			Missing,
			[]Flag{Future},
			0,
			[]string{"the newest good one is of 2026-01-12", "1 file dated more than 10m ahead of now and put aside"},
		},
		{
			"a forged date evicts no real backup",
			[]func(*Rule){nightly, purge},
			append(daily(0, 2, mib), daily(-903, -900, mib)...),
			OK,
			[]Flag{Future},
			0,
			[]string{"4 files dated"},
		},
		{
			"a streak of failures does not prune the last good ones",
			[]func(*Rule){nightly, purge},
			append(daily(0, 60, 0), daily(61, 63, mib)...),
			Missing,
			[]Flag{Empty},
			0,
			[]string{"the newest good one is of 2025-11-15"},
		},
		{
			"what failed long ago goes with the others",
			[]func(*Rule){nightly, purge},
			append(daily(0, 9, mib), daily(10, 12, 0)...),
			OK, nil, 6, nil,
		},
		{
			"one old backup alone stays, however old",
			[]func(*Rule){purge},
			daily(900, 900, mib),
			OK, nil, 0, nil,
		},
		{
			"a typo in the policy does not empty the series",
			[]func(*Rule){func(r *Rule) { r.Retention = Retention{Purge: true, Age: time.Nanosecond} }},
			daily(0, 9, mib),
			OK, nil, 9, nil,
		},
		{
			"a dump that breaks off is seen by its size",
			[]func(*Rule){nightly},
			append(daily(1, 9, 100*mib), daily(0, 0, mib)...),
			OK,
			[]Flag{Shrunk},
			0,
			[]string{"has 1.0 MiB, -99 % against the usual 100.0 MiB"},
		},
		{
			"small files may vary as they like",
			[]func(*Rule){nightly},
			append(daily(1, 9, 1000), daily(0, 0, 2)...),
			OK, nil, 0, nil,
		},
		{
			"a backup an hour past its deadline",
			[]func(*Rule){nightly},
			daily(1, 5, mib),
			Late, nil, 0,
			[]string{`expected a backup for 2026-01-15 02:00 CET by 2026-01-15 03:00 CET (schedule "0 2 * * *"), 1 deadline missed; the newest good one is of 2026-01-14 02:00 CET`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rule := append([]func(*Rule){byModified}, tt.rule...)
			s := only(t, evaluate(oneRule("dump-%A", rule...), noon, nil, tt.files...))
			if s.State != tt.state || !slices.Equal(s.Flags, tt.flags) || s.Expired.Count != tt.expired {
				t.Errorf("%v, flags %v, %d expired; want %v, %v, %d", s.State, s.Flags, s.Expired.Count, tt.state, tt.flags, tt.expired)
			}
			said := strings.Join(findings(s), "\n")
			for _, words := range tt.says {
				if !strings.Contains(said, words) {
					t.Errorf("the reasons don't say %q:\n%s", words, said)
				}
			}
			if len(tt.says) == 0 && said != "" {
				t.Errorf("all is well, but it says:\n%s", said)
			}
		})
	}
}

// Series of one folder are pruned each by its own policy, never together.
func TestSeriesArePrunedApart(t *testing.T) {
	keep := func(n int) func(*Rule) { return func(r *Rule) { r.Retention = Retention{Purge: true, Count: n} } }
	d := newDefinition(newDirectory("db/{{tenant}}", newRule("full-%A", byModified, keep(1)), newRule("log-%A", byModified, keep(3))))
	var files []File
	for _, tenant := range []string{"acme", "zeta"} {
		for i := range 5 {
			at := noon.Add(-time.Duration(i) * Day)
			files = append(files, file(fmt.Sprintf("%s/full-%d", tenant, i), at, 1), file(fmt.Sprintf("%s/log-%d", tenant, i), at, 1))
		}
	}
	var got []string
	for _, s := range evaluate(d, noon, nil, files...).Statuses {
		got = append(got, s.Series.Group+" "+strings.Join(expiredKeys(s), " "))
	}
	equal(t, "expired", got, []string{
		"db/acme db/acme/full-1 db/acme/full-2 db/acme/full-3 db/acme/full-4",
		"db/zeta db/zeta/full-1 db/zeta/full-2 db/zeta/full-3 db/zeta/full-4",
		"db/acme db/acme/log-3 db/acme/log-4",
		"db/zeta db/zeta/log-3 db/zeta/log-4",
	})
}

// What the purger checks again before it deletes travels with the status.
func TestExpiredFileCarriesItsFacts(t *testing.T) {
	keep := func(r *Rule) { r.Retention = Retention{Purge: true, Count: 1, Age: 2 * Day, Keep: Keep{Last: 1}} }
	old := withStat(file("20260101000000", noon.Add(-14*Day), 7))
	old.ETag = `"abc"`
	d := oneRule("%Y%M%D%h%m%s", keep, cron("0 2 * * *", "Europe/Berlin"))
	s := only(t, evaluate(d, noon, nil, old, file("20260115020000", noon, 7)))
	equal(t, "expired", s.Expired, ExpiredFacts{Count: 1, Bytes: 7, Files: []ExpiredFile{{
		Key: "db/20260101000000", Size: 7, ModifiedAt: noon.Add(-14 * Day), ETag: `"abc"`,
		Time: instant("2025-12-31T23:00:00Z"), HasStat: true,
		Reason: "of 2026-01-01 00:00 CET, beyond the 1 newest, no keep rule holds it, older than 2d",
	}}})
}

// The size comparison, over random histories, against the words of its definition.
func TestDriftEqualsItsWords(t *testing.T) {
	flagged := 0
	for seed := range uint64(3000) {
		rng := random(seed)
		r := newRule("%A", byModified)
		r.MinSize = []int64{0, 3 * mib}[rng.IntN(2)]
		r.MaxShrink, r.MaxGrow = []float64{-1, 0, 0.5, 0.9}[rng.IntN(4)], []float64{-1, 0, 1, 2}[rng.IntN(4)]
		var sizes []int64
		for range 1 + rng.IntN(25) {
			sizes = append(sizes, []int64{0, 2 * mib, 5 * mib, 10 * mib, 10*mib + 1, 11 * mib, 12 * mib, 40 * mib}[rng.IntN(8)])
		}
		want := driftInWords(r, sizes)
		s := only(t, evaluate(oneRuleOf(r), noon, nil, shuffled(rng, history(sizes...))...))
		got := FlagUnspecified
		for _, f := range s.Flags {
			if f == Shrunk || f == Grew {
				got = f
			}
		}
		if got != want {
			t.Fatalf("seed %d, sizes %d, bounds %v and %v, min-size %d: flag %v, want %v", seed, sizes, r.MaxShrink, r.MaxGrow, r.MinSize, got, want)
		}
		if got != FlagUnspecified {
			flagged++
		}
	}
	if flagged < 200 {
		t.Errorf("only %d histories are flagged", flagged)
	}
}

// driftInWords: of the eleven files before the newest, those count that are good
// and were not out of proportion in their turn; the newest is compared with the
// median of the last seven of them, if there are five.
func driftInWords(r *Rule, sizes []int64) Flag {
	good := func(size int64) bool { return size > 0 && size >= r.MinSize }
	judge := func(size int64, before []int64) Flag {
		if len(before) < 5 {
			return FlagUnspecified
		}
		seven := slices.Clone(before[max(0, len(before)-7):])
		slices.Sort(seven)
		usual := seven[len(seven)/2]
		switch {
		case r.MaxShrink >= 0 && usual-size >= mib && float64(usual-size) > float64(usual)*r.MaxShrink:
			return Shrunk
		case r.MaxGrow >= 0 && size-usual >= mib && float64(size-usual) > float64(usual)*r.MaxGrow:
			return Grew
		}
		return FlagUnspecified
	}
	newest, earlier := sizes[len(sizes)-1], sizes[max(0, len(sizes)-12):len(sizes)-1]
	var training []int64
	for _, size := range earlier {
		if good(size) && judge(size, training) == FlagUnspecified {
			training = append(training, size)
		}
	}
	if !good(newest) {
		return FlagUnspecified
	}
	return judge(newest, training)
}

func TestQuoteKey(t *testing.T) {
	long := strings.Repeat("ä", 100)
	tests := []struct{ name, key, want string }{
		{"plain", "db/dump-2026.tar.gz", "db/dump-2026.tar.gz"},
		{"other letters", "db/größe.tar", "db/größe.tar"},
		{"a space", "my dump", `"my dump"`},
		{"a comma could end a clause", "a,b", `"a,b"`},
		{"a semicolon too", "a;b", `"a;b"`},
		{"a quotation mark", `a"b`, `"a\"b"`},
		{"a line break", "a\nb", `"a\nb"`},
		{"bytes that are no text", "a\xffb", `"a\xffb"`},
		{"an escape sequence for terminals", "a\x1b[31mb", `"a\x1b[31mb"`},
		{"no name", "", ""},
		{"as long as may be", strings.Repeat("x", 120), strings.Repeat("x", 120)},
		{"too long, cut between letters", "x" + long, "x" + long[:58] + "…" + long[:60]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := quoteKey(tt.key); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// The first samples in byte order, whatever the order; no key twice.
func TestSamples(t *testing.T) {
	for seed := range uint64(50) {
		rng := random(seed)
		var keys []string
		for range rng.IntN(60) {
			keys = append(keys, fmt.Sprintf("%02d", rng.IntN(40)))
		}
		var plain []string
		var ambiguous []AmbiguousFile
		for _, key := range keys {
			plain = sample(plain, key)
			ambiguous = sampleAmbiguous(ambiguous, AmbiguousFile{Key: key})
		}
		slices.Sort(keys)
		want := slices.Compact(keys)
		want = want[:min(len(want), maxSamples)]
		if !slices.Equal(plain, want) {
			t.Fatalf("seed %d: samples %v, want %v", seed, plain, want)
		}
		for i, f := range ambiguous {
			if f.Key != want[i] {
				t.Fatalf("seed %d: ambiguous sample %d is %s, want %s", seed, i, f.Key, want[i])
			}
		}
	}
}
