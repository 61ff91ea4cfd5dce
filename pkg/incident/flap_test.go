package incident

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// flap applies what is seen at multiples of a step, of a series with a schedule.
func flap(t *testing.T, i Incident, schedule string, first uint64, step time.Duration, seen string) Incident {
	t.Helper()
	for n, what := range strings.Fields(seen) {
		sequence := first + uint64(n)
		o := saw(t, dumps("a"), sequence, night.Add(time.Duration(sequence)*step), what)
		o.Facts.Schedule, o.Facts.Timezone = schedule, "UTC"
		i, _ = i.Apply(o)
	}
	return i
}

func TestFlapping(t *testing.T) {
	const daily, hourly = "0 3 * * *", "0 * * * *"
	cases := []struct {
		name, schedule string
		step           time.Duration
		seen, want     string
	}{
		{"3 turns", daily, backup.Day, "LATE OK LATE", "open LATE warning"},
		{"4 turns", daily, backup.Day, "LATE OK LATE OK", "closed LATE warning flapping"},
		{"changes of state are no turns", daily, backup.Day, "LATE MISSING LATE MISSING LATE MISSING OK", "closed MISSING critical"},
		{"due is no turn", daily, backup.Day, "LATE DUE LATE DUE LATE DUE LATE", "open LATE warning"},
		{"4 turns in 20 slots", daily, backup.Day, "LATE OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK LATE OK", "closed LATE warning flapping"},
		{"4 turns in 21 slots", daily, backup.Day, "LATE OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK OK LATE OK", "closed LATE warning"},
		{"slots count, not time", hourly, 24 * time.Hour, "LATE OK LATE OK LATE OK", "closed LATE warning"},
		{"one slot may hold them all", daily, time.Minute, "LATE OK LATE OK", "closed LATE warning flapping"},
		{"without a schedule a day counts", "", 6 * time.Hour, "MISSING OK MISSING OK", "closed MISSING critical flapping"},
		{"without a schedule, slower", "", 9 * time.Hour, "MISSING OK MISSING OK MISSING OK", "closed MISSING critical"},
		{"a schedule that nobody understands", "every now and then", 6 * time.Hour, "MISSING OK MISSING OK", "closed MISSING critical flapping"},
		{"a schedule that never ticks", "0 0 30 2 *", 6 * time.Hour, "MISSING OK MISSING OK", "closed MISSING critical flapping"},
		{"it goes on as the fifth turn comes", daily, backup.Day, "LATE OK LATE OK LATE", "open LATE warning flapping"},
		{"who can't be seen doesn't flap", daily, backup.Day, "UNKNOWN OK UNKNOWN OK UNKNOWN OK", "closed UNKNOWN unknown"},
		{"to be out of sight in between is no turn", daily, backup.Day, "LATE UNKNOWN OK UNKNOWN LATE UNKNOWN OK", "closed UNKNOWN unknown"},
		{"turns that are seen count beside it", daily, backup.Day, "LATE OK UNKNOWN OK LATE UNKNOWN LATE OK", "closed LATE warning flapping"},
		{"its end ends it", daily, backup.Day, "LATE OK LATE OK GONE", "closed LATE warning gone"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := describe(flap(t, Incident{}, c.schedule, 1, c.step, c.seen)); got != c.want {
				t.Errorf("%s", got)
			}
		})
	}
}

// A disk that can't be seen now and then flaps itself: its series don't.
func TestADiskFlaps(t *testing.T) {
	var i Incident
	for n := range uint64(4) {
		o := Observation{Subject: DiskOf(dumps("a")), Sequence: n + 1, At: night.Add(time.Duration(n) * time.Hour), State: backup.OK}
		if n%2 == 0 {
			o.State, o.Severity, o.Unseen = backup.Unknown, backup.SeverityUnknown, true
		}
		i, _ = i.Apply(o)
	}
	if !i.Flapping || len(i.Turns) != 4 {
		t.Errorf("%s, turns %v", describe(i), i.Turns)
	}
}

// It takes 4 turns to flap, and it goes on until no more than 2 are left.
func TestFlappingEnds(t *testing.T) {
	flapping := flap(t, Incident{}, "0 3 * * *", 1, backup.Day, "LATE OK LATE OK") // on days 1 to 4
	cases := []struct {
		name, seen, want string
		day              int
	}{
		{"all turns count", "OK", "closed LATE warning flapping", 20},
		{"3 are left", "OK", "closed LATE warning flapping", 21},
		{"2 are left", "OK", "closed LATE warning", 22},
		{"2 are left and a slot is due", "DUE", "closed LATE warning", 22},
		{"2 are left, and a third comes", "LATE", "open LATE warning flapping", 22},
		{"1 is left, and a second comes", "LATE", "open LATE warning", 23},
		{"none", "OK", "closed LATE warning", 24},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			i := flap(t, flapping, "0 3 * * *", uint64(c.day), backup.Day, c.seen)
			if got := describe(i); got != c.want {
				t.Errorf("%s, turns %v", got, i.Turns)
			}
			if ended, at := !i.Flapping, night.AddDate(0, 0, c.day); ended && i.ChangedAt != at {
				t.Errorf("changed at %v", i.ChangedAt)
			}
		})
	}
}

// While it flaps nothing about it is news; when that ends it is what it is.
func TestContentOfFlapping(t *testing.T) {
	i := flap(t, Incident{}, "0 3 * * *", 1, backup.Day, "LATE OK LATE OK")
	began, content := i.ChangedAt, i.Content()
	if began != night.AddDate(0, 0, 4) {
		t.Errorf("flapping since %v", began)
	}
	for _, what := range []string{"LATE", "MISSING", "UNKNOWN", "OK"} {
		if i = flap(t, i, "0 3 * * *", i.Sequence+1, backup.Day, what); i.Content() != content {
			t.Errorf("%s is news", what)
		}
	}
	open := flap(t, i, "0 3 * * *", i.Sequence+1, backup.Day, "LATE")
	changed := open.ChangedAt
	calm := flap(t, open, "0 3 * * *", 40, backup.Day, "LATE")
	if calm.Flapping || calm.Content() == content || calm.ChangedAt.Equal(changed) {
		t.Errorf("%s since %v", describe(calm), calm.ChangedAt)
	}
}

func TestTurnsAreBounded(t *testing.T) {
	i := flap(t, Incident{}, "0 0 1 1 *", 1, time.Hour, strings.Repeat("LATE OK ", 50))
	if last := night.Add(100 * time.Hour); len(i.Turns) != maxTurns || i.Turns[maxTurns-1] != last || !slices.IsSortedFunc(i.Turns, time.Time.Compare) {
		t.Errorf("%d turns: %v", len(i.Turns), i.Turns)
	}
}

func TestWindow(t *testing.T) {
	const layout = "2006-01-02 15:04:05"
	cases := []struct{ name, schedule, zone, at, want string }{
		{"daily", "0 3 * * *", "UTC", "2026-01-25 12:00:00", "2026-01-06 03:00:00 UTC"},
		{"at a tick", "0 3 * * *", "UTC", "2026-01-25 03:00:00", "2026-01-06 03:00:00 UTC"},
		{"before it", "0 3 * * *", "UTC", "2026-01-25 02:59:59", "2026-01-05 03:00:00 UTC"},
		{"hourly", "0 * * * *", "UTC", "2026-01-25 12:30:00", "2026-01-24 17:00:00 UTC"},
		{"weekly", "0 3 * * sun", "UTC", "2026-01-25 12:00:00", "2025-09-14 03:00:00 UTC"},
		{"over a night without the hour", "30 2 * * *", "Europe/Berlin", "2026-04-10 12:00:00", "2026-03-22 02:30:00 CET"},
		{"from a night without the hour", "30 2 * * *", "Europe/Berlin", "2026-04-17 02:30:00", "2026-03-29 03:00:00 CEST"},
		{"from a night with the hour twice", "30 2 * * *", "Europe/Berlin", "2026-11-13 12:00:00", "2026-10-25 02:30:00 CEST"},
		{"hourly over such a night", "0 * * * *", "Europe/Berlin", "2026-10-25 12:30:00", "2026-10-24 18:00:00 CEST"},
		{"the clock of another place", "0 3 * * *", "America/New_York", "2026-01-25 12:00:00", "2026-01-06 03:00:00 EST"},
		{"none", "", "UTC", "2026-01-25 12:00:00", "2026-01-24 12:00:00 UTC"},
		{"never", "0 0 30 2 *", "UTC", "2026-01-25 12:00:00", "2026-01-24 12:00:00 UTC"},
		{"fewer than 20 ever", "0 3 1-9 1 * 2026", "UTC", "2026-01-25 12:00:00", "2026-01-24 12:00:00 UTC"},
		{"19 ever", "0 3 1-19 1 * 2026", "UTC", "2026-01-25 12:00:00", "2026-01-24 12:00:00 UTC"},
		{"20 ever", "0 3 1-20 1 * 2026", "UTC", "2026-01-25 12:00:00", "2026-01-01 03:00:00 UTC"},
		{"not a schedule", "soon", "UTC", "2026-01-25 12:00:00", "2026-01-24 12:00:00 UTC"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			location, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.ParseInLocation(layout, c.at, location)
			if err != nil {
				t.Fatal(err)
			}
			o := Observation{At: at, Facts: Facts{Schedule: c.schedule, Timezone: c.zone}}
			if got := o.window().Format(layout + " MST"); got != c.want {
				t.Errorf("from %s", got)
			}
		})
	}
	nowhere := Observation{At: night, Facts: Facts{Schedule: "0 3 * * *", Timezone: "Mars/Olympus"}}
	if got := nowhere.window(); !got.Equal(night.Add(-unscheduled)) {
		t.Errorf("in a zone that is unknown: from %v", got)
	}
}
