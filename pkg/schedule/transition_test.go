package schedule_test

import "testing"

func TestNewYork(t *testing.T) {
	spring, autumn := "2026-03-07T12:00:00-05:00", "2026-10-31T12:00:00-04:00"
	runTicks(t, []ticksCase{
		{"spring: a skipped time ticks right after the gap", "America/New_York", "30 2 * * *", spring, []string{
			"2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00",
		}},
		{"spring: several skipped times tick once", "America/New_York", "0,15,30,45 2 * * *", spring, []string{
			"2026-03-08T03:00:00-04:00", "2026-03-09T02:00:00-04:00",
		}},
		{"spring: one skipped and one right after the gap tick once", "America/New_York", "0 2,3 * * *", spring, []string{
			"2026-03-08T03:00:00-04:00", "2026-03-09T02:00:00-04:00", "2026-03-09T03:00:00-04:00",
		}},
		{"spring: the last second before the gap", "America/New_York", "59 59 1 * * * *", spring, []string{
			"2026-03-08T01:59:59-05:00", "2026-03-09T01:59:59-04:00",
		}},
		{"spring: every hour, spelled as a range, is fixed", "America/New_York", "0 0-23 * * *", "2026-03-08T00:30:00-05:00", []string{
			"2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00",
		}},
		{"spring: a wildcard hour has no gap", "America/New_York", "0 * * * *", "2026-03-08T00:30:00-05:00", []string{
			"2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00",
		}},
		{"spring: a stepped hour skips", "America/New_York", "30 */2 * * *", "2026-03-08T00:00:00-05:00", []string{
			"2026-03-08T00:30:00-05:00", "2026-03-08T04:30:00-04:00",
		}},
		{"spring: a wildcard minute skips", "America/New_York", "*/30 2 * * *", spring, []string{
			"2026-03-09T02:00:00-04:00", "2026-03-09T02:30:00-04:00",
		}},
		{"autumn: a repeated time ticks at its first showing", "America/New_York", "30 1 * * *", autumn, []string{
			"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00",
		}},
		{"autumn: the time after the repeated hour", "America/New_York", "0 2 * * *", autumn, []string{
			"2026-11-01T02:00:00-05:00", "2026-11-02T02:00:00-05:00",
		}},
		{"autumn: the first repeated time", "America/New_York", "0 1 * * *", autumn, []string{
			"2026-11-01T01:00:00-04:00", "2026-11-02T01:00:00-05:00",
		}},
		{"autumn: every hour, spelled as a range, is fixed", "America/New_York", "0 0-23 * * *", "2026-11-01T00:30:00-04:00", []string{
			"2026-11-01T01:00:00-04:00", "2026-11-01T02:00:00-05:00",
		}},
		{"autumn: a wildcard hour ticks twice", "America/New_York", "30 * * * *", "2026-11-01T00:45:00-04:00", []string{
			"2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-01T02:30:00-05:00",
		}},
		{"autumn: a wildcard minute ticks twice", "America/New_York", "*/30 1 * * *", autumn, []string{
			"2026-11-01T01:00:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T01:30:00-05:00",
			"2026-11-02T01:00:00-05:00",
		}},
		{"autumn: @hourly", "America/New_York", "@hourly", "2026-11-01T00:30:00-04:00", []string{
			"2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00",
		}},
		{"autumn: the last tick of all, again", "America/New_York", "*/30 1 1 11 * 2026", autumn, []string{
			"2026-11-01T01:00:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T01:30:00-05:00",
		}},
		{"only ever in the gap: never with a wildcard", "America/New_York", "*/30 2 * 3 0#2 2026,2027", "2006-06-01T00:00:00-04:00", nil},
		{"only ever in the gap: fixed", "America/New_York", "30 2 * 3 0#2", spring, []string{
			"2026-03-08T03:00:00-04:00", "2027-03-14T03:00:00-04:00",
		}},
	})
}

func TestBerlin(t *testing.T) {
	spring, autumn := "2026-03-28T12:00:00+01:00", "2026-10-24T12:00:00+02:00"
	runTicks(t, []ticksCase{
		{"spring: fixed", "Europe/Berlin", "15 2 * * *", spring, []string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:15:00+02:00"}},
		{"spring: first skipped time", "Europe/Berlin", "0 2 * * *", spring, []string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"}},
		{"spring: last skipped time", "Europe/Berlin", "59 2 * * *", spring, []string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:59:00+02:00"}},
		{"spring: untouched", "Europe/Berlin", "0 4 * * *", spring, []string{"2026-03-29T04:00:00+02:00", "2026-03-30T04:00:00+02:00"}},
		{"spring: wildcard", "Europe/Berlin", "15 * * * *", "2026-03-29T01:00:00+01:00", []string{
			"2026-03-29T01:15:00+01:00", "2026-03-29T03:15:00+02:00",
		}},
		{"autumn: fixed", "Europe/Berlin", "15 2 * * *", autumn, []string{"2026-10-25T02:15:00+02:00", "2026-10-26T02:15:00+01:00"}},
		{"autumn: fixed, from within the second hour", "Europe/Berlin", "15 2 * * *", "2026-10-25T02:05:00+01:00", []string{
			"2026-10-26T02:15:00+01:00",
		}},
		{"autumn: wildcard", "Europe/Berlin", "15 * * * *", "2026-10-25T01:30:00+02:00", []string{
			"2026-10-25T02:15:00+02:00", "2026-10-25T02:15:00+01:00", "2026-10-25T03:15:00+01:00",
		}},
		{"autumn: every minute at the seam", "Europe/Berlin", "* * * * *", "2026-10-25T02:58:30+02:00", []string{
			"2026-10-25T02:59:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:01:00+01:00",
		}},
	})
}

func TestLordHowe(t *testing.T) {
	spring, autumn := "2026-10-03T12:00:00+10:30", "2026-04-04T12:00:00+11:00"
	runTicks(t, []ticksCase{
		{"spring: half an hour is skipped", "Australia/Lord_Howe", "15 2 * * *", spring, []string{
			"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00",
		}},
		{"spring: the other half is not", "Australia/Lord_Howe", "45 2 * * *", spring, []string{
			"2026-10-04T02:45:00+11:00", "2026-10-05T02:45:00+11:00",
		}},
		{"spring: wildcard", "Australia/Lord_Howe", "*/15 * * * *", "2026-10-04T01:40:00+10:30", []string{
			"2026-10-04T01:45:00+10:30", "2026-10-04T02:30:00+11:00", "2026-10-04T02:45:00+11:00",
		}},
		{"autumn: half an hour repeats, fixed", "Australia/Lord_Howe", "45 1 * * *", autumn, []string{
			"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30",
		}},
		{"autumn: not repeated", "Australia/Lord_Howe", "15 1 * * *", autumn, []string{
			"2026-04-05T01:15:00+11:00", "2026-04-06T01:15:00+10:30",
		}},
		{"autumn: wildcard", "Australia/Lord_Howe", "*/15 * * * *", "2026-04-05T01:40:00+11:00", []string{
			"2026-04-05T01:45:00+11:00", "2026-04-05T01:30:00+10:30", "2026-04-05T01:45:00+10:30", "2026-04-05T02:00:00+10:30",
		}},
	})
}

func TestMidnightTransitions(t *testing.T) {
	runTicks(t, []ticksCase{
		{"Cairo spring: no midnight", "Africa/Cairo", "@daily", "2026-04-23T12:00:00+02:00", []string{
			"2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00",
		}},
		{"Cairo autumn: the hour before midnight repeats", "Africa/Cairo", "30 23 * * *", "2026-10-29T12:00:00+03:00", []string{
			"2026-10-29T23:30:00+03:00", "2026-10-30T23:30:00+02:00",
		}},
		{"Cairo autumn: midnight comes late", "Africa/Cairo", "0 0 * * *", "2026-10-29T12:00:00+03:00", []string{
			"2026-10-30T00:00:00+02:00", "2026-10-31T00:00:00+02:00",
		}},
		{"Beirut spring: no midnight on the 1st of the week", "Asia/Beirut", "30 0 * * sun", "2026-03-28T12:00:00+02:00", []string{
			"2026-03-29T01:00:00+03:00", "2026-04-05T00:30:00+03:00",
		}},
		{"Beirut spring: wildcard", "Asia/Beirut", "30 */1 * * *", "2026-03-28T23:00:00+02:00", []string{
			"2026-03-28T23:30:00+02:00", "2026-03-29T01:30:00+03:00",
		}},
		{"Beirut autumn: wildcard", "Asia/Beirut", "30 */1 * * *", "2026-10-24T23:00:00+03:00", []string{
			"2026-10-24T23:30:00+03:00", "2026-10-24T23:30:00+02:00", "2026-10-25T00:30:00+02:00",
		}},
		{"Sao Paulo spring: no midnight", "America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00:00-03:00", []string{
			"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00",
		}},
		{"Sao Paulo autumn: a day of 25 hours", "America/Sao_Paulo", "0 23 * * *", "2019-02-16T12:00:00-02:00", []string{
			"2019-02-16T23:00:00-02:00", "2019-02-17T23:00:00-03:00",
		}},
		{"Apia: a skipped day ticks once, right after it", "Pacific/Apia", "0 6,18 * * *", "2011-12-29T12:00:00-10:00", []string{
			"2011-12-29T18:00:00-10:00", "2011-12-31T00:00:00+14:00", "2011-12-31T06:00:00+14:00",
		}},
		{"Apia: a skipped day with a wildcard", "Pacific/Apia", "0 */12 * * *", "2011-12-29T06:00:00-10:00", []string{
			"2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00",
		}},
		{"the last day of a leap year, far out", "Europe/Berlin", "0 */12 * * *", "2048-12-30T18:00:00+01:00", []string{
			"2048-12-31T00:00:00+01:00", "2048-12-31T12:00:00+01:00", "2049-01-01T00:00:00+01:00",
		}},
		{"the last day of a leap year, fixed", "Australia/Lord_Howe", "0 23 31 12 *", "2048-06-01T00:00:00+10:30", []string{
			"2048-12-31T23:00:00+11:00", "2049-12-31T23:00:00+11:00",
		}},
		{"UTC has none", "UTC", "30 2 * * *", "2026-03-28T12:00:00Z", []string{"2026-03-29T02:30:00Z", "2026-03-30T02:30:00Z"}},
	})
}
