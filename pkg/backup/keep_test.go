package backup

import (
	"strings"
	"testing"
	"time"
)

// Worked examples of restic's documentation ("Removing snapshots according to a
// policy") and of its source, where a policy walks the snapshots from the newest to
// the oldest: each keep-* clause keeps the newest of a period until its places are
// used up, and the oldest of all while it has places left.
func TestKeepPolicy(t *testing.T) {
	tests := []struct {
		name  string
		keep  Keep
		count int
		zone  string
		files string // times, separated by commas
		kept  string // those of them that stay
	}{
		{
			name: "the documentation's example: daily backups on Sundays, four dailies",
			keep: Keep{Daily: 4}, files: "2026-11-01T11:00Z,2026-11-08T11:00Z,2026-11-15T11:00Z,2026-11-22T11:00Z,2026-11-29T11:00Z,2026-12-06T11:00Z",
			kept: "2026-11-15T11:00Z,2026-11-22T11:00Z,2026-11-29T11:00Z,2026-12-06T11:00Z",
		},
		{
			name: "last counts files, not periods",
			keep: Keep{Last: 2}, files: "2026-01-01T01:00Z,2026-01-01T02:00Z,2026-01-01T03:00Z", kept: "2026-01-01T02:00Z,2026-01-01T03:00Z",
		},
		{
			name: "hourly keeps the newest of an hour",
			keep: Keep{Hourly: 2}, files: "2026-01-01T00:59Z,2026-01-01T01:00Z,2026-01-01T01:59Z,2026-01-01T02:00Z",
			kept: "2026-01-01T01:59Z,2026-01-01T02:00Z",
		},
		{
			name: "daily keeps the newest of a day; days without files take no place",
			keep: Keep{Daily: 3}, files: "2026-01-01T10:00Z,2026-01-02T10:00Z,2026-01-05T08:00Z,2026-01-05T20:00Z,2026-01-20T10:00Z",
			kept: "2026-01-02T10:00Z,2026-01-05T20:00Z,2026-01-20T10:00Z",
		},
		{
			name: "weeks begin on Mondays",
			keep: Keep{Weekly: 2}, files: "2026-01-04T23:00Z,2026-01-05T01:00Z,2026-01-11T23:00Z,2026-01-12T00:00Z",
			kept: "2026-01-11T23:00Z,2026-01-12T00:00Z",
		},
		{
			name: "ISO weeks: 2024-12-30 belongs to week 1 of 2025, as 2025-01-05 does",
			keep: Keep{Weekly: 2}, files: "2024-12-22T12:00Z,2024-12-29T12:00Z,2024-12-30T12:00Z,2025-01-05T12:00Z",
			kept: "2024-12-29T12:00Z,2025-01-05T12:00Z",
		},
		{
			name: "ISO weeks: 2021-01-03 belongs to week 53 of 2020",
			keep: Keep{Weekly: 3}, files: "2020-12-27T12:00Z,2020-12-28T12:00Z,2021-01-03T12:00Z,2021-01-04T12:00Z",
			kept: "2020-12-27T12:00Z,2021-01-03T12:00Z,2021-01-04T12:00Z",
		},
		{
			name: "monthly",
			keep: Keep{Monthly: 2}, files: "2025-11-30T23:59Z,2025-12-01T00:00Z,2025-12-31T23:59Z,2026-01-01T00:00Z",
			kept: "2025-12-31T23:59Z,2026-01-01T00:00Z",
		},
		{
			name: "monthly in a zone: the last hours of the year are already January in Berlin",
			keep: Keep{Monthly: 2}, zone: "Europe/Berlin", files: "2025-11-30T22:30Z,2025-11-30T23:30Z,2025-12-31T22:59Z,2025-12-31T23:00Z",
			kept: "2025-12-31T22:59Z,2025-12-31T23:00Z",
		},
		{
			name: "yearly",
			keep: Keep{Yearly: 2}, files: "2023-06-01T00:00Z,2024-01-01T00:00Z,2024-12-31T23:59Z,2025-01-01T00:00Z",
			kept: "2024-12-31T23:59Z,2025-01-01T00:00Z",
		},
		{
			name: "the oldest is kept while places are left",
			keep: Keep{Yearly: 3}, files: "2025-02-01T00:00Z,2025-06-01T00:00Z,2025-12-01T00:00Z,2026-01-01T00:00Z",
			kept: "2025-02-01T00:00Z,2025-12-01T00:00Z,2026-01-01T00:00Z",
		},
		{
			name: "the oldest goes when the places are used up",
			keep: Keep{Yearly: 2}, files: "2025-02-01T00:00Z,2025-06-01T00:00Z,2025-12-01T00:00Z,2026-01-01T00:00Z",
			kept: "2025-12-01T00:00Z,2026-01-01T00:00Z",
		},
		{
			name: "last alone has no periods and no places for the oldest",
			keep: Keep{Last: 9}, files: "2025-02-01T00:00Z,2025-06-01T00:00Z", kept: "2025-02-01T00:00Z,2025-06-01T00:00Z",
		},
		{
			name: "within is counted from the newest file, its end is outside",
			keep: Keep{Within: 48 * time.Hour}, files: "2025-06-01T09:59Z,2025-06-01T10:00Z,2025-06-01T10:01Z,2025-06-03T10:00Z",
			kept: "2025-06-01T10:01Z,2025-06-03T10:00Z",
		},
		{
			name: "clauses add up",
			keep: Keep{Last: 1, Daily: 2, Monthly: 2}, files: "2025-11-10T00:00Z,2025-12-10T00:00Z,2025-12-20T00:00Z,2026-01-02T08:00Z,2026-01-03T08:00Z,2026-01-03T09:00Z",
			kept: "2025-12-20T00:00Z,2026-01-02T08:00Z,2026-01-03T09:00Z",
		},
		{
			name: "retention-count beside a keep rule keeps more",
			keep: Keep{Yearly: 1}, count: 2, files: "2025-11-10T00:00Z,2025-12-10T00:00Z,2025-12-20T00:00Z", kept: "2025-12-10T00:00Z,2025-12-20T00:00Z",
		},
		{
			name: "an hour that the clock shows twice is one hour",
			keep: Keep{Hourly: 2}, zone: "America/New_York", files: "2025-11-02T04:30Z,2025-11-02T05:30Z,2025-11-02T06:30Z,2025-11-02T07:30Z",
			kept: "2025-11-02T06:30Z,2025-11-02T07:30Z",
		},
		{
			name:  "no clause at all keeps the newest",
			files: "2025-11-10T00:00Z,2025-12-10T00:00Z", kept: "2025-12-10T00:00Z",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			policy := func(r *Rule) {
				r.Location = time.UTC
				if tt.zone != "" {
					r.Location = zone(tt.zone)
				}
				r.Retention = Retention{Purge: true, Keep: tt.keep, Count: tt.count}
			}
			definition := oneRule("%A", byModified, policy)
			var files []File
			for _, text := range strings.Split(tt.files, ",") {
				files = append(files, file(text, minute(text), 1))
			}
			status := only(t, evaluate(definition, instant("2027-01-01T00:00:00Z"), nil, files...))
			kept := map[string]bool{}
			for _, f := range files {
				kept[strings.TrimPrefix(f.Key, "db/")] = true
			}
			for _, f := range status.Expired.Files {
				delete(kept, strings.TrimPrefix(f.Key, "db/"))
			}
			equal(t, "what is kept", strings.Join(trueKeys(kept), ","), tt.kept)
		})
	}
}

// minute reads times like 2026-01-15T12:00Z.
func minute(text string) time.Time {
	t, err := time.Parse("2006-01-02T15:04Z07:00", text)
	if err != nil {
		panic(err)
	}
	return t
}

// Upstream's rule: expired is what is beyond the count and not younger than the age.
func TestRetentionCountAndAge(t *testing.T) {
	tests := []struct {
		name    string
		policy  Retention
		ages    []time.Duration
		expired int
	}{
		{"beyond both", Retention{Count: 1, Age: Day}, []time.Duration{0, time.Hour, 2 * Day}, 1},
		{"exactly as old as the age", Retention{Count: 1, Age: Day}, []time.Duration{0, Day}, 1},
		{"a second younger", Retention{Count: 1, Age: Day}, []time.Duration{0, Day - time.Second}, 0},
		{"old but among the newest", Retention{Count: 2, Age: Day}, []time.Duration{90 * Day, 80 * Day}, 0},
		{"defaults of purge alone", Retention{}.with(), []time.Duration{0, Day, 2 * Day, 6 * Day, 8 * Day, 9 * Day}, 2},
		{"defaults beside a count", Retention{Count: 1}.with(), []time.Duration{0, 6 * Day, 7 * Day}, 1},
		{"defaults beside an age", Retention{Age: Day}.with(), []time.Duration{8 * Day, 9 * Day, 10 * Day, 11 * Day}, 1},
		{"age without any count keeps one", Retention{Age: Day}, []time.Duration{8 * Day, 9 * Day}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.policy.Purge = true
			var files []File
			for _, age := range tt.ages {
				files = append(files, file(age.String(), noon.Add(-age), 1))
			}
			policy := func(r *Rule) { r.Retention = tt.policy }
			if got := only(t, evaluate(oneRule("%A", byModified, policy), noon, nil, files...)); got.Expired.Count != tt.expired {
				t.Errorf("%v expired, want %d", expiredKeys(got), tt.expired)
			}
		})
	}
}

// with is WithDefaults of a policy that purges.
func (r Retention) with() Retention {
	r.Purge = true
	return r.WithDefaults()
}

func TestRetentionDefaults(t *testing.T) {
	tests := []struct {
		name        string
		given, want Retention
	}{
		{"no purge, no defaults", Retention{}, Retention{}},
		{"nothing given", Retention{Purge: true}, Retention{Purge: true, Count: 3, Age: 7 * Day, Filled: true}},
		{"a count", Retention{Purge: true, Count: 9}, Retention{Purge: true, Count: 9, Age: 7 * Day, Filled: true}},
		{"an age", Retention{Purge: true, Age: Day}, Retention{Purge: true, Count: 3, Age: Day, Filled: true}},
		{"both", Retention{Purge: true, Count: 9, Age: Day}, Retention{Purge: true, Count: 9, Age: Day}},
		{"a keep rule stands alone", Retention{Purge: true, Keep: Keep{Daily: 1}}, Retention{Purge: true, Keep: Keep{Daily: 1}}},
		{
			"a keep rule beside a count",
			Retention{Purge: true, Count: 2, Keep: Keep{Daily: 1}},
			Retention{Purge: true, Count: 2, Age: 7 * Day, Keep: Keep{Daily: 1}, Filled: true},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { equal(t, "policy", tt.given.WithDefaults(), tt.want) })
	}
}

// Every verdict is said in words; these are the words.
func TestRetainReasons(t *testing.T) {
	r := newRule("%A", byModified)
	r.MinSize = 10
	r.Retention = Retention{Purge: true, Count: 1, Age: 2 * Day, Keep: Keep{Last: 2, Daily: 2, Monthly: 9, Within: 12 * time.Hour}}
	dated := func(name string, age time.Duration, size int64) Dated {
		return Dated{File: file(name, noon.Add(-age), size), Time: noon.Add(-age)}
	}
	claimed := dated("claimed", 50*Day, 10)
	claimed.Ambiguous = true
	files := []Dated{
		dated("oldest", 60*Day, 10), dated("small", 70*Day, 9), dated("small-new", 3*Day, 9), dated("future", -time.Hour, 10),
		dated("first", 0, 10), dated("second", Day, 10), dated("young", 25*time.Hour, 10), dated("december", 20*Day, 10),
		dated("beaten", 21*Day, 10), claimed,
	}
	var got []string
	for _, d := range Retain(r, files, noon) {
		verdict := "kept"
		if d.Expired {
			verdict = "expired"
		}
		got = append(got, strings.TrimPrefix(d.Key, "db/")+" "+verdict+": "+strings.Join(d.Reasons, "; "))
	}
	equal(t, "verdicts", got, []string{
		"future kept: its time lies ahead of now: put aside",
		"first kept: number 1 of the 1 newest (retention-count); number 1 of the 2 newest (keep-last); newest of its period, number 1 of 2 (keep-daily); " +
			"newest of its period, number 1 of 9 (keep-monthly); within 12h of the newest (keep-within); younger than 2d (retention-age)",
		"second kept: number 2 of the 2 newest (keep-last); newest of its period, number 2 of 2 (keep-daily); younger than 2d (retention-age)",
		"young kept: younger than 2d (retention-age)",
		"small-new kept: not good itself, but too few good ones are newer",
		"december kept: newest of its period, number 2 of 9 (keep-monthly)",
		"beaten expired: of 2025-12-25 12:00 UTC, beyond the 1 newest, no keep rule holds it, older than 2d",
		"claimed kept: newest of its period, number 3 of 9 (keep-monthly); another rule matches it too: never purged",
		"oldest kept: oldest of all while keep-monthly has places left",
		"small expired: of 2025-11-06 12:00 UTC, not good itself (9 B), older than all good ones that are kept",
	})
}

func TestRetainWithoutPurge(t *testing.T) {
	r := newRule("%A", byModified)
	files := []Dated{{File: file("a", noon, 1), Time: noon}, {File: file("b", noon.Add(-Day), 1), Time: noon.Add(-Day)}}
	for _, d := range Retain(r, files, noon) {
		if last := d.Reasons[len(d.Reasons)-1]; d.Expired || last != "purge is off" {
			t.Errorf("%s: expired %v, %q", d.Key, d.Expired, d.Reasons)
		}
	}
}
