package backup

import (
	"fmt"
	"testing"
	"time"
)

// Two schedules whose every edge the table walks over: nightly in UTC, grace 1 h,
// early 15 min; the newest good file is that of January 14th.
func TestFreshnessOfASeriesWithFiles(t *testing.T) {
	nightly := cron("0 2 * * *", "UTC")
	tests := []struct {
		name       string
		schedule   func(*Rule)
		newest     string
		now        string
		state      State
		open       string // the slot that the next file fills
		missed     int
		deadline   string // the next one; "" for none
		since      string
		firstWords string // of the first reason
	}{
		{
			"a second before the tick", nightly, "2026-01-14T02:05:00Z", "2026-01-15T01:59:59Z",
			OK, "2026-01-15T02:00:00Z", 0, "2026-01-15T03:00:00Z", "2026-01-15T01:59:59Z", "",
		},
		{
			"at the tick", nightly, "2026-01-14T02:05:00Z", "2026-01-15T02:00:00Z",
			Due, "2026-01-15T02:00:00Z", 0, "2026-01-15T03:00:00Z", "2026-01-15T02:00:00Z",
			`the backup for 2026-01-15 02:00 UTC is due and has until 2026-01-15 03:00 UTC (schedule "0 2 * * *"); the newest good one is of 2026-01-14 02:05 UTC`,
		},
		{
			"a second before the deadline", nightly, "2026-01-14T02:05:00Z", "2026-01-15T02:59:59Z",
			Due, "2026-01-15T02:00:00Z", 0, "2026-01-15T03:00:00Z", "2026-01-15T02:00:00Z",
			`the backup for 2026-01-15 02:00 UTC is due and has until 2026-01-15 03:00 UTC (schedule "0 2 * * *"); the newest good one is of 2026-01-14 02:05 UTC`,
		},
		{
			"at the deadline", nightly, "2026-01-14T02:05:00Z", "2026-01-15T03:00:00Z",
			Late, "2026-01-15T02:00:00Z", 1, "2026-01-16T03:00:00Z", "2026-01-15T03:00:00Z",
			`expected a backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed; the newest good one is of 2026-01-14 02:05 UTC`,
		},
		{
			"the next tick changes nothing", nightly, "2026-01-14T02:05:00Z", "2026-01-16T02:00:00Z",
			Late, "2026-01-15T02:00:00Z", 1, "2026-01-16T03:00:00Z", "2026-01-15T03:00:00Z",
			`expected a backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed; the newest good one is of 2026-01-14 02:05 UTC`,
		},
		{
			"a second before the next deadline", nightly, "2026-01-14T02:05:00Z", "2026-01-16T02:59:59Z",
			Late, "2026-01-15T02:00:00Z", 1, "2026-01-16T03:00:00Z", "2026-01-15T03:00:00Z",
			`expected a backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed; the newest good one is of 2026-01-14 02:05 UTC`,
		},
		{
			"at the next deadline", nightly, "2026-01-14T02:05:00Z", "2026-01-16T03:00:00Z",
			Missing, "2026-01-15T02:00:00Z", 2, "", "2026-01-16T03:00:00Z",
			`expected a backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *"), 2 deadlines missed; the newest good one is of 2026-01-14 02:05 UTC`,
		},
		{
			"three years later", nightly, "2026-01-14T02:05:00Z", "2029-01-14T12:00:00Z",
			Missing, "2026-01-15T02:00:00Z", 1000, "", "2026-01-16T03:00:00Z",
			`expected a backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *"), 1000 deadlines missed or more; the newest good one is of 2026-01-14 02:05 UTC`,
		},
		{
			"a file at the tick fills it", nightly, "2026-01-15T02:00:00Z", "2026-01-15T03:00:00Z",
			OK, "2026-01-16T02:00:00Z", 0, "2026-01-16T03:00:00Z", "2026-01-15T03:00:00Z", "",
		},
		{
			"a file as early as may be fills the tick to come", nightly, "2026-01-15T01:45:00Z", "2026-01-15T03:00:00Z",
			OK, "2026-01-16T02:00:00Z", 0, "2026-01-16T03:00:00Z", "2026-01-15T03:00:00Z", "",
		},
		{
			"a file a second too early does not", nightly, "2026-01-15T01:44:59Z", "2026-01-15T03:00:00Z",
			Late, "2026-01-15T02:00:00Z", 1, "2026-01-16T03:00:00Z", "2026-01-15T03:00:00Z",
			`expected a backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed; the newest good one is of 2026-01-15 01:44 UTC`,
		},
		{
			"a file that came late fills its slot, not the next", nightly, "2026-01-15T23:00:00Z", "2026-01-16T03:00:00Z",
			Late, "2026-01-16T02:00:00Z", 1, "2026-01-17T03:00:00Z", "2026-01-16T03:00:00Z",
			`expected a backup for 2026-01-16 02:00 UTC by 2026-01-16 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed; the newest good one is of 2026-01-15 23:00 UTC`,
		},
		{
			"one file fills one slot, also where early is longer than the interval", cron("*/5 * * * *", "UTC"), "2026-01-15T11:58:00Z", "2026-01-15T12:05:00Z",
			Due, "2026-01-15T12:05:00Z", 0, "2026-01-15T13:05:00Z", "2026-01-15T12:05:00Z",
			`the backup for 2026-01-15 12:05 UTC is due and has until 2026-01-15 13:05 UTC (schedule "*/5 * * * *"); the newest good one is of 2026-01-15 11:58 UTC`,
		},
		{
			"weekly schedule", cron("0 4 * * sun", "UTC"), "2026-01-11T04:30:00Z", "2026-01-15T12:00:00Z",
			OK, "2026-01-18T04:00:00Z", 0, "2026-01-18T05:00:00Z", "2026-01-15T12:00:00Z", "",
		},
		{
			"a slot that will never come", cron("0 0 1 1 * 2026", "UTC"), "2026-01-14T02:05:00Z", "2026-01-15T12:00:00Z",
			OK, "", 0, "", "2026-01-15T12:00:00Z", "",
		},
		{
			"late for the last slot of all stays late", cron("0 0 14 1 * 2026", "UTC"), "2026-01-02T00:00:00Z", "2026-01-15T12:00:00Z",
			Late, "2026-01-14T00:00:00Z", 1, "", "2026-01-14T01:00:00Z",
			`expected a backup for 2026-01-14 00:00 UTC by 2026-01-14 01:00 UTC (schedule "0 0 14 1 * 2026"), 1 deadline missed; the newest good one is of 2026-01-02 00:00 UTC`,
		},
		{
			"New York skips 02:30: due at 03:00", cron("30 2 * * *", "America/New_York"), "2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z",
			Due, "2026-03-08T07:00:00Z", 0, "2026-03-08T08:00:00Z", "2026-03-08T07:00:00Z",
			`the backup for 2026-03-08 03:00 EDT is due and has until 2026-03-08 04:00 EDT (schedule "30 2 * * *"); the newest good one is of 2026-03-07 02:30 EST`,
		},
		{
			"New York shows 01:30 twice: the first one counts", cron("30 1 * * *", "America/New_York"), "2026-10-31T05:30:00Z", "2026-11-01T06:30:00Z",
			Late, "2026-11-01T05:30:00Z", 1, "2026-11-02T07:30:00Z", "2026-11-01T06:30:00Z",
			`expected a backup for 2026-11-01 01:30 EDT by 2026-11-01 01:30 EST (schedule "30 1 * * *"), 1 deadline missed; the newest good one is of 2026-10-31 01:30 EDT`,
		},
		{
			"Berlin's short day has 23 hours", cron("0 4 * * *", "Europe/Berlin"), "2026-03-28T03:00:00Z", "2026-03-29T02:00:00Z",
			Due, "2026-03-29T02:00:00Z", 0, "2026-03-29T03:00:00Z", "2026-03-29T02:00:00Z",
			`the backup for 2026-03-29 04:00 CEST is due and has until 2026-03-29 05:00 CEST (schedule "0 4 * * *"); the newest good one is of 2026-03-28 04:00 CET`,
		},
		{
			"Berlin's long day has 25 hours", cron("0 4 * * *", "Europe/Berlin"), "2026-10-24T02:00:00Z", "2026-10-25T02:59:59Z",
			OK, "2026-10-25T03:00:00Z", 0, "2026-10-25T04:00:00Z", "2026-10-25T02:59:59Z", "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := only(t, evaluate(oneRule("%A", byModified, tt.schedule), instant(tt.now), nil, file("a", instant(tt.newest), 1)))
			if s.State != tt.state || s.Severity != tt.state.Severity() || s.Slot.Missed != tt.missed {
				t.Errorf("%v (%v) with %d missed, want %v with %d", s.State, s.Severity, s.Slot.Missed, tt.state, tt.missed)
			}
			same(t, "open slot", s.Slot.Open, tt.open)
			same(t, "next deadline", s.Slot.NextDeadline, tt.deadline)
			same(t, "since", s.Since, tt.since)
			if tt.open != "" {
				same(t, "deadline", s.Slot.Deadline, instant(tt.open).Add(time.Hour).Format(time.RFC3339))
			}
			equal(t, "reason", words(s), tt.firstWords)
		})
	}
}

// same compares an instant with RFC 3339, or with none.
func same(t *testing.T, what string, got time.Time, want string) {
	t.Helper()
	if want == "" && !got.IsZero() || want != "" && !got.Equal(instant(want)) {
		t.Errorf("%s is %v, want %q", what, got, want)
	}
}

// words is the text of a status's only reason, "" when it has none.
func words(s Status) string {
	switch len(s.Reasons) {
	case 0:
		return ""
	case 1:
		return s.Reasons[0].Text
	default:
		return fmt.Sprint(s.Reasons)
	}
}

func TestFreshnessWithoutASchedule(t *testing.T) {
	tests := []struct {
		name  string
		files []File
		state State
		words string
	}{
		{"an old file is enough", []File{file("a", noon.Add(-900*Day), 1)}, OK, ""},
		{"none", nil, Missing, `no file matches "%A" in "db"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := only(t, evaluate(oneRule("%A", byModified), noon, nil, tt.files...))
			if s.State != tt.state || s.Slot != (SlotFacts{}) {
				t.Errorf("%v with slots %+v, want %v without", s.State, s.Slot, tt.state)
			}
			equal(t, "reason", words(s), tt.words)
		})
	}
}

// A series without a good file: never seen, gone, or with files of no use.
func TestFreshnessWithoutAGoodFile(t *testing.T) {
	nightly := cron("0 2 * * *", "UTC")
	empty := file("a", noon.Add(-time.Hour), 0)
	future := file("a", noon.Add(time.Hour), 9)
	known := func(edit func(*Status)) []Status {
		s := Status{
			Series:     SeriesID{Environment: "env", Disk: "disk", Directory: "db", File: "%A", Group: "db"},
			KnownSince: instant("2026-01-14T12:00:00Z"), State: Pending, Since: instant("2026-01-14T12:00:00Z"),
			Policy: Policy{Schedule: "0 2 * * *", Timezone: "UTC"},
		}
		edit(&s)
		return []Status{s}
	}
	justKnown := known(func(*Status) {})
	seen := known(func(s *Status) {
		s.SeenAt, s.State = instant("2026-01-14T11:00:00Z"), OK
		s.Slot.Open = instant("2026-01-14T02:00:00Z")
	})
	tests := []struct {
		name     string
		schedule func(*Rule)
		previous []Status
		now      string
		files    []File
		state    State
		open     string
		missed   int
		deadline string
		since    string
		words    string
	}{
		{
			"one shot: the last deadline counts", nightly, nil, "2026-01-15T12:00:00Z", nil,
			Missing, "2026-01-15T02:00:00Z", 1, "", "2026-01-15T03:00:00Z",
			`no file matches "%A" in "db"; expected a backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed`,
		},
		{
			"one shot in the grace: yesterday's counts", nightly, nil, "2026-01-15T02:59:59Z", nil,
			Missing, "2026-01-14T02:00:00Z", 1, "", "2026-01-14T03:00:00Z",
			`no file matches "%A" in "db"; expected a backup for 2026-01-14 02:00 UTC by 2026-01-14 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed`,
		},
		{
			"one shot before the first tick of all", cron("0 0 1 1 * 2027", "UTC"), nil, "2026-01-15T12:00:00Z", nil,
			Pending, "", 0, "", "2026-01-15T12:00:00Z",
			`no file matches "%A" in "db"; the schedule "0 0 1 1 * 2027" expects none at this time`,
		},
		{
			"new where others are remembered: the first deadline is to come", nightly,
			[]Status{},
			"2026-01-15T12:00:00Z", nil,
			Pending, "2026-01-16T02:00:00Z", 0, "2026-01-16T03:00:00Z", "2026-01-15T12:00:00Z",
			`no file matches "%A" in "db" yet; expected the first backup for 2026-01-16 02:00 UTC by 2026-01-16 03:00 UTC (schedule "0 2 * * *")`,
		},
		{
			"a second before the first deadline", nightly, justKnown, "2026-01-15T02:59:59Z", nil,
			Pending, "2026-01-15T02:00:00Z", 0, "2026-01-15T03:00:00Z", "2026-01-14T12:00:00Z",
			`no file matches "%A" in "db" yet; expected the first backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *")`,
		},
		{
			"at the first deadline", nightly, justKnown, "2026-01-15T03:00:00Z", nil,
			Missing, "2026-01-15T02:00:00Z", 1, "", "2026-01-15T03:00:00Z",
			`no file matches "%A" in "db"; expected a backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed`,
		},
		{
			"all files gone: missing at once, the open slot stays", nightly, seen, "2026-01-15T12:00:00Z", nil,
			Missing, "2026-01-14T02:00:00Z", 2, "", "2026-01-15T12:00:00Z",
			`all files are gone: none matches "%A" in "db", the last were seen 2026-01-14 11:00 UTC; ` +
				`expected a backup for 2026-01-14 02:00 UTC by 2026-01-14 03:00 UTC (schedule "0 2 * * *"), 2 deadlines missed`,
		},
		{
			"a new schedule has a new open slot", cron("0 4 * * *", "UTC"), seen, "2026-01-15T12:00:00Z", nil,
			Missing, "2026-01-15T04:00:00Z", 1, "", "2026-01-15T12:00:00Z",
			`all files are gone: none matches "%A" in "db", the last were seen 2026-01-14 11:00 UTC; ` +
				`expected a backup for 2026-01-15 04:00 UTC by 2026-01-15 05:00 UTC (schedule "0 4 * * *"), 1 deadline missed`,
		},
		{
			"all files gone, no schedule", byModified, seen, "2026-01-15T12:00:00Z", nil, Missing, "", 0, "", "2026-01-15T12:00:00Z",
			`all files are gone: none matches "%A" in "db", the last were seen 2026-01-14 11:00 UTC`,
		},
		{
			"only an empty file, and nothing is due yet", nightly,
			[]Status{},
			"2026-01-15T12:00:00Z",
			[]File{empty},
			Missing, "2026-01-16T02:00:00Z", 0, "", "2026-01-15T12:00:00Z",
			`no usable backup: 1 file found for "%A", empty or too small; the next one is expected for 2026-01-16 02:00 UTC by 2026-01-16 03:00 UTC (schedule "0 2 * * *")`,
		},
		{
			"only a file of the future counts as none", nightly, justKnown, "2026-01-15T12:00:00Z",
			[]File{future},
			Missing, "2026-01-15T02:00:00Z", 1, "", "2026-01-15T03:00:00Z",
			`no usable backup: 1 file found for "%A", dated ahead of now; expected a backup for 2026-01-15 02:00 UTC by 2026-01-15 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := only(t, evaluate(oneRule("%A", byModified, tt.schedule), instant(tt.now), tt.previous, tt.files...))
			if s.State != tt.state || s.Slot.Missed != tt.missed {
				t.Errorf("%v with %d missed, want %v with %d", s.State, s.Slot.Missed, tt.state, tt.missed)
			}
			same(t, "open slot", s.Slot.Open, tt.open)
			same(t, "next deadline", s.Slot.NextDeadline, tt.deadline)
			same(t, "since", s.Since, tt.since)
			for _, r := range s.Reasons {
				if r.Code == s.State.String() {
					equal(t, "reason", r.Text, tt.words)
				}
			}
			if len(s.Reasons) == 0 {
				t.Error("no reason is given")
			}
		})
	}
}

// Ten minutes of tolerance to clocks that differ: no more, no less.
func TestFutureTolerance(t *testing.T) {
	for _, tt := range []struct {
		ahead  time.Duration
		future int
	}{{FutureTolerance, 0}, {FutureTolerance + time.Second, 1}} {
		s := only(t, evaluate(oneRule("%A", byModified), noon, nil, file("old", noon.Add(-Day), 7), file("new", noon.Add(tt.ahead), 8)))
		if s.Files.Future != tt.future || (s.Files.Latest.Key == "db/old") != (tt.future == 1) || s.State != OK {
			t.Errorf("%v ahead: %+v", tt.ahead, s.Files)
		}
	}
	s := only(t, evaluate(oneRule("%A", byModified), noon, nil, file("b", noon.Add(3*Day), 8), file("a", noon.Add(2*Day), 8)))
	if l := s.Files.Latest; l.Key != "db/a" || !l.Future || l.Good {
		t.Errorf("of two files in the future the latest is %+v, want the nearest, not good", l)
	}
}
