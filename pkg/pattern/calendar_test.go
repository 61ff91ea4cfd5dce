package pattern

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata" // the tests need no zone files of the system
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Every day of nine years, leap days and years without one among them, is found
// in a name and comes out as the same day.
func TestEveryDayFromItsName(t *testing.T) {
	m := NewSet([]Rules{mustRules(t, "%Y/%M", "%D-%h%m%s.gz")}).Matcher()
	missing := at("1999-12-31T01:02:03Z")
	days := 0
	for _, first := range []int{1900, 1999, 2024, 2099} {
		for day := time.Date(first, 1, 1, 23, 59, 58, 0, time.UTC); day.Year() < first+2 && day.Year() != 2101; day = day.AddDate(0, 0, 1) {
			hits := m.Match(day.Format("2006/01/02-150405.gz")).Hits
			if len(hits) != 1 {
				t.Fatalf("%s is no hit", day)
			}
			if got := hits[0].Parts.Time(missing, nil); !got.Equal(day) {
				t.Fatalf("%s became %s", day, got)
			}
			days++
		}
	}
	if want := 8*365 + 2; days != want {
		t.Errorf("%d days, want %d: leap days are those of 2000 and 2024", days, want)
	}
}

// Names know no calendar: a day that a month doesn't have is in the next.
func TestDaysThatDoNotExist(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"20240229", "2024-02-29"},
		{"20250229", "2025-03-01"},
		{"21000229", "2100-03-01"},
		{"20000229", "2000-02-29"},
		{"20240231", "2024-03-02"},
		{"20260431", "2026-05-01"},
		{"20261231", "2026-12-31"},
		{"00000101", "0000-01-01"},
		{"99991231", "9999-12-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			hits := NewSet([]Rules{mustRules(t, ".", "%Y%M%D")}).Matcher().Match(c.name).Hits
			if len(hits) != 1 {
				t.Fatal("no hit")
			}
			if got := hits[0].Parts.Time(at("2026-07-08T00:00:00Z"), nil).Format(time.DateOnly); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Of every day of a year and every month in a name: the month stays, and the day
// does unless the month is too short for it.
func TestMissingDaysAreClamped(t *testing.T) {
	for _, year := range []int{2023, 2024} {
		for missing := time.Date(year, 1, 1, 12, 0, 0, 0, time.UTC); missing.Year() == year; missing = missing.AddDate(0, 0, 1) {
			for month := 1; month <= 12; month++ {
				got := Timestamp{}.With(Month, month).Time(missing, nil)
				tooShort := got.AddDate(0, 0, 1).Day() == 1 && got.Day() < missing.Day()
				if got.Year() != year || int(got.Month()) != month || got.Hour() != 12 || got.Day() != missing.Day() && !tooShort {
					t.Fatalf("month %d of %s is %s", month, missing, got)
				}
			}
		}
	}
}

// A name says what a clock in the zone showed.
func TestTimesInZones(t *testing.T) {
	for _, c := range []struct{ name, zone, clock, missing, want string }{
		{"winter", "Europe/Berlin", "2026-01-14 02:30:00", "2026-06-01T00:00:00Z", "2026-01-14T01:30:00Z"},
		{"summer", "Europe/Berlin", "2026-07-14 02:30:00", "2026-01-01T00:00:00Z", "2026-07-14T00:30:00Z"},
		{"half an hour", "Asia/Kolkata", "2026-01-01 00:00:00", "2026-06-01T00:00:00Z", "2025-12-31T18:30:00Z"},
		{"before the gap", "Europe/Berlin", "2026-03-29 01:59:59", "2026-06-01T00:00:00Z", "2026-03-29T00:59:59Z"},
		{"behind the gap", "Europe/Berlin", "2026-03-29 03:00:00", "2026-06-01T00:00:00Z", "2026-03-29T01:00:00Z"},
		{"before the repeated hour", "Europe/Berlin", "2026-10-25 01:59:59", "2026-06-01T00:00:00Z", "2026-10-24T23:59:59Z"},
		{"behind the repeated hour", "Europe/Berlin", "2026-10-25 03:00:00", "2026-06-01T00:00:00Z", "2026-10-25T02:00:00Z"},
		{"a year ahead of UTC", "Pacific/Kiritimati", "2026-01-01 05:00:00", "2026-06-01T00:00:00Z", "2025-12-31T15:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock, err := time.Parse(time.DateTime, c.clock)
			if err != nil {
				t.Fatal(err)
			}
			if got := stampOf(clock).Time(at(c.missing), zone(t, c.zone)); !got.Equal(at(c.want)) {
				t.Errorf("got %s, want %s", got.UTC(), c.want)
			}
		})
	}
}

// stampOf returns all parts of a time, as a name gives them.
func stampOf(at time.Time) Timestamp {
	var stamp Timestamp
	for part, value := range map[Parts]int{
		Year: at.Year(), Month: int(at.Month()), Day: at.Day(), Hour: at.Hour(), Minute: at.Minute(), Second: at.Second(),
	} {
		stamp = stamp.With(part, value)
	}
	return stamp
}

// What the clock of a zone skips or repeats is at most an hour away from one of
// its readings, and the parts that it does show are kept.
func TestTimesThatTheClockSkipsOrRepeats(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for minute := range 60 {
		skipped := Timestamp{}.With(Month, 3).With(Day, 29).With(Hour, 2).With(Minute, minute).Time(at("2026-06-01T00:00:00Z"), berlin)
		if skipped.Minute() != minute || skipped.Before(at("2026-03-29T00:00:00Z")) || !skipped.Before(at("2026-03-29T02:00:00Z")) {
			t.Errorf("the skipped 02:%02d is %s", minute, skipped)
		}
		repeated := Timestamp{}.With(Month, 10).With(Day, 25).With(Hour, 2).With(Minute, minute).Time(at("2026-06-01T00:00:00Z"), berlin)
		if repeated.Format("15:04") != fmt.Sprintf("02:%02d", minute) || repeated.Day() != 25 {
			t.Errorf("the repeated 02:%02d is %s", minute, repeated)
		}
	}
}

// The date of what is missing is that of the zone, on either side of midnight.
func TestMissingPartsAreThoseOfTheZone(t *testing.T) {
	for _, c := range []struct{ zone, missing, want string }{
		{"UTC", "2026-02-28T23:30:00Z", "2026-02-28T05:30:00Z"},
		{"Asia/Tokyo", "2026-02-28T15:00:00Z", "2026-02-28T20:00:00Z"},
		{"Asia/Tokyo", "2026-02-28T14:59:59Z", "2026-02-27T20:59:59Z"},
		{"America/Los_Angeles", "2026-03-01T07:59:00Z", "2026-02-28T13:59:00Z"},
		{"America/Los_Angeles", "2026-03-01T08:00:00Z", "2026-03-01T13:00:00Z"},
	} {
		t.Run(c.zone+" "+c.missing, func(t *testing.T) {
			if got := (Timestamp{}).With(Hour, 5).Time(at(c.missing), zone(t, c.zone)); !got.Equal(at(c.want)) {
				t.Errorf("got %s, want %s", got.UTC(), c.want)
			}
		})
	}
}
