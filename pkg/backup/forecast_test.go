package backup

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// filesOf makes one file of 1 KiB for each time, written as "01-02 15:04" of 2026
// in the zone; the times are their names.
func filesOf(t *testing.T, location *time.Location, times ...string) []Dated {
	t.Helper()
	var files []Dated
	for _, text := range times {
		at, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+text, location)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, Dated{File: File{Key: text, Size: 1 << 10, ModifiedAt: at}, Time: at})
	}
	return files
}

// outline writes a forecast as "01-02 15:04: key, key".
func outline(days []PurgeDay) string {
	var lines []string
	for _, day := range days {
		var keys []string
		for _, f := range day.Files {
			keys = append(keys, f.Key)
		}
		lines = append(lines, day.At.Format("01-02 15:04")+": "+strings.Join(keys, ", "))
	}
	return strings.Join(lines, "\n")
}

func TestForecast(t *testing.T) {
	policy := func(p Retention) *Rule { return newRule("%A", func(r *Rule) { r.Retention = p }) }
	in := func(name string, r *Rule) *Rule { r.Location = zone(name); return r }
	tests := []struct {
		name     string
		rule     *Rule
		files    []string
		from, to string
		want     string
	}{
		{
			name: "each goes on the day on which it is old enough",
			rule: policy(Retention{Purge: true, Count: 2, Age: 3 * Day}), files: []string{"01-01 02:00", "01-02 02:00", "01-03 02:00", "01-04 02:00", "01-05 02:00"},
			from: "01-05 12:00", to: "01-31 12:00",
			want: "01-05 12:00: 01-01 02:00, 01-02 02:00\n01-06 12:00: 01-03 02:00",
		},
		{
			name: "the last day counts", rule: policy(Retention{Purge: true, Count: 1, Age: 3 * Day}), files: []string{"01-02 12:00", "01-04 12:00"},
			from: "01-04 12:00", to: "01-05 12:00", want: "01-05 12:00: 01-02 12:00",
		},
		{
			name: "a moment before it does not", rule: policy(Retention{Purge: true, Count: 1, Age: 3 * Day}), files: []string{"01-02 12:00", "01-04 12:00"},
			from: "01-04 12:00", to: "01-05 11:59", want: "",
		},
		{
			name: "old enough after the day's look: the next day", rule: policy(Retention{Purge: true, Count: 1, Age: 3 * Day}), files: []string{"01-02 12:01", "01-04 12:00"},
			from: "01-04 12:00", to: "01-31 12:00", want: "01-06 12:00: 01-02 12:01",
		},
		{
			name: "without an age all goes at once", rule: policy(Retention{Purge: true, Count: 1}), files: []string{"01-01 02:00", "01-02 02:00", "01-03 02:00"},
			from: "01-05 12:00", to: "01-31 12:00", want: "01-05 12:00: 01-01 02:00, 01-02 02:00",
		},
		{
			name: "purge is off", rule: policy(Retention{Count: 1}), files: []string{"01-01 02:00", "01-02 02:00"},
			from: "01-05 12:00", to: "01-31 12:00", want: "",
		},
		{
			name: "keep rules", rule: policy(Retention{Purge: true, Keep: Keep{Daily: 1, Monthly: 1}}), files: []string{"01-01 02:00", "01-02 02:00", "01-02 05:00"},
			from: "01-05 12:00", to: "01-31 12:00", want: "01-05 12:00: 01-01 02:00, 01-02 02:00",
		},
		{
			name: "a file of the future counts once its time has come", rule: policy(Retention{Purge: true, Count: 1}), files: []string{"01-01 02:00", "01-08 02:00"},
			from: "01-05 12:00", to: "01-31 12:00", want: "01-08 12:00: 01-01 02:00",
		},
		{
			name: "the time of the clock stays when it changes", rule: in("Europe/Berlin", policy(Retention{Purge: true, Count: 1, Age: 2 * Day})),
			files: []string{"03-27 12:00", "03-28 12:00", "03-29 12:00"}, // the clock changed at 02:00 on the 29th
			from:  "03-28 12:00", to: "04-10 12:00", want: "03-30 12:00: 03-27 12:00\n03-31 12:00: 03-28 12:00",
		},
		{
			name: "a time that the clock skips", rule: in("Europe/Berlin", policy(Retention{Purge: true, Count: 1, Age: 3 * Day})),
			files: []string{"03-26 01:00", "03-28 02:30"}, from: "03-28 02:30", to: "03-30 12:00", want: "03-29 03:30: 03-26 01:00",
		},
		{
			name: "to before from", rule: policy(Retention{Purge: true, Count: 1}), files: []string{"01-01 02:00", "01-02 02:00"},
			from: "01-05 12:00", to: "01-05 11:00", want: "",
		},
		{name: "no files", rule: policy(Retention{Purge: true, Count: 1}), from: "01-05 12:00", to: "01-31 12:00", want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ends := filesOf(t, tt.rule.Location, tt.from, tt.to)
			days := Forecast(tt.rule, filesOf(t, tt.rule.Location, tt.files...), ends[0].Time, ends[1].Time)
			if diff := cmp.Diff(tt.want, outline(days)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A forecast reads no files but its own, and leaves the caller's as they are.
func TestForecastTellsWhy(t *testing.T) {
	r := newRule("%A", func(r *Rule) { r.Retention = Retention{Purge: true, Count: 1, Age: 2 * Day} })
	files := filesOf(t, time.UTC, "01-01 02:00", "01-02 02:00")
	before := fmt.Sprint(files)
	days := Forecast(r, files, files[1].Time, files[1].Time.Add(30*Day))
	want := []string{"of 2026-01-01 02:00 UTC, beyond the 1 newest, older than 2d"}
	if len(days) != 1 || !cmp.Equal(days[0].Files[0].Reasons, want) {
		t.Errorf("forecast %+v, want the reasons %q", days, want)
	}
	if after := fmt.Sprint(files); after != before {
		t.Errorf("files changed from %s to %s", before, after)
	}
}

// A far end costs nothing once nothing can change any more.
func TestForecastFarEnd(t *testing.T) {
	r := newRule("%A", func(r *Rule) { r.Retention = Retention{Purge: true, Count: 1, Age: Day} })
	files := filesOf(t, time.UTC, "01-01 02:00", "01-02 02:00")
	from, end := files[1].Time, time.Date(2_000_000_000, 1, 1, 0, 0, 0, 0, time.UTC)
	if got, want := outline(Forecast(r, files, from, end)), "01-02 02:00: 01-01 02:00"; got != want {
		t.Errorf("forecast %q, want %q", got, want)
	}
}

// naiveForecast asks the policy on every single day.
func naiveForecast(r *Rule, files []Dated, from, to time.Time) []PurgeDay {
	var days []PurgeDay
	local := from.In(r.Location)
	for i := 0; !local.AddDate(0, 0, i).After(to); i++ {
		day := PurgeDay{At: local.AddDate(0, 0, i)}
		decisions := Retain(r, files, day.At)
		files = nil
		for j := len(decisions) - 1; j >= 0; j-- {
			if decisions[j].Expired {
				day.Files = append(day.Files, decisions[j])
			} else {
				files = append(files, decisions[j].Dated)
			}
		}
		if len(day.Files) > 0 {
			days = append(days, day)
		}
	}
	return days
}

// Over random disks and policies: a forecast is the policy applied on each day,
// the newest good file never goes, nothing goes twice, and looking further ahead
// changes nothing of the days before.
func TestForecastProperties(t *testing.T) {
	for seed := range uint64(800) {
		s := newScenario(seed)
		r := s.definition.Directories[0].Rules[0]
		to := s.now.Add(time.Duration(s.rng.IntN(90*24)) * time.Hour)
		days := Forecast(r, s.dated(r), s.now, to)
		if diff := cmp.Diff(naiveForecast(r, s.dated(r), s.now, to), days, cmp.AllowUnexported(time.Location{})); diff != "" {
			t.Fatalf("seed %d, policy %+v: (-every day +forecast):\n%s", seed, r.Retention, diff)
		}
		verifyForecast(t, s, r, days, to)
		further := Forecast(r, s.dated(r), s.now, to.Add(40*Day))
		if !strings.HasPrefix(outline(further)+"\n", outline(days)) {
			t.Fatalf("seed %d: looking further ahead changes the days before:\n%s\nfurther:\n%s", seed, outline(days), outline(further))
		}
	}
}

func verifyForecast(t *testing.T, s *scenario, r *Rule, days []PurgeDay, to time.Time) {
	t.Helper()
	gone := map[string]bool{}
	for _, day := range days {
		newest := newestGood(r, s.dated(r), day.At)
		for i, f := range day.Files {
			if gone[f.Key] {
				t.Fatalf("seed %d: %s goes twice", s.seed, f.Key)
			}
			gone[f.Key] = true
			if f.Key == newest {
				t.Fatalf("seed %d, policy %+v: the newest good file %s goes on %v", s.seed, r.Retention, newest, day.At)
			}
			if i > 0 && f.Time.Before(day.Files[i-1].Time) {
				t.Fatalf("seed %d: %s goes after a younger one", s.seed, f.Key)
			}
		}
		if day.At.Before(s.now) || day.At.After(to) {
			t.Fatalf("seed %d: a day %v outside of %v to %v", s.seed, day.At, s.now, to)
		}
	}
	if newest := newestGood(r, s.dated(r), to); gone[newest] {
		t.Fatalf("seed %d: the newest good file at the end, %s, is gone", s.seed, newest)
	}
}

// newestGood is the key of the newest good file that is not ahead of now.
func newestGood(r *Rule, files []Dated, now time.Time) string {
	sortNewestFirst(files)
	for _, f := range files {
		if isGood(r, f) && !f.Time.After(now.Add(FutureTolerance)) {
			return f.Key
		}
	}
	return ""
}
