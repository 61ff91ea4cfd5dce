package schedule_test

import (
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // the tests need no zone files of the system

	"github.com/backmon/backmon/pkg/schedule"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func parse(t testing.TB, expression string, l *time.Location) *schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(expression, l)
	if err != nil {
		t.Fatalf("Parse(%q): %v", expression, err)
	}
	return s
}

// ticksCase lists all ticks that follow an instant, with none in between.
type ticksCase struct {
	name, zone, expression, from string
	want                         []string
}

// check walks the ticks with Next and back again with Prev.
func (c ticksCase) check(t *testing.T) {
	s := parse(t, c.expression, location(t, c.zone))
	at := instant(t, c.from)
	for i, text := range c.want {
		want := instant(t, text)
		got := s.Next(at)
		if !got.Equal(want) || got.Format(time.RFC3339) != text {
			t.Fatalf("Next(%s) = %s, want %s", at.Format(time.RFC3339), got.Format(time.RFC3339), text)
		}
		if prev := s.Prev(got); !prev.Equal(got) {
			t.Errorf("Prev(%s) = %s, want the tick itself", text, prev.Format(time.RFC3339))
		}
		if i > 0 {
			before := instant(t, c.want[i-1])
			if prev := s.Prev(got.Add(-time.Second)); !prev.Equal(before) {
				t.Errorf("Prev(%s - 1s) = %s, want %s", text, prev.Format(time.RFC3339), c.want[i-1])
			}
		}
		at = got
	}
}

func runTicks(t *testing.T, cases []ticksCase) {
	for _, c := range cases {
		t.Run(c.name, c.check)
	}
}

func TestSyntax(t *testing.T) {
	from := "2026-01-30T12:00:00Z"
	runTicks(t, []ticksCase{
		{"daily", "UTC", "30 2 * * *", from, []string{"2026-01-31T02:30:00Z", "2026-02-01T02:30:00Z"}},
		{"six fields end in the year", "UTC", "0 0 1 1 * 2028", from, []string{"2028-01-01T00:00:00Z"}},
		{"seven fields begin with the second", "UTC", "5,10 0 0 1 2 * 2026", from, []string{"2026-02-01T00:00:05Z", "2026-02-01T00:00:10Z"}},
		{"last day", "UTC", "0 0 L * *", from, []string{"2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"}},
		{"last working day", "UTC", "0 0 LW * *", from, []string{"2026-02-27T00:00:00Z", "2026-03-31T00:00:00Z"}},
		{"working day next to the 1st", "UTC", "0 0 1W * *", from, []string{"2026-02-02T00:00:00Z", "2026-03-02T00:00:00Z", "2026-04-01T00:00:00Z"}},
		{"last Friday", "UTC", "0 0 * * 5L", from, []string{"2026-02-27T00:00:00Z", "2026-03-27T00:00:00Z"}},
		{"last Friday by name", "UTC", "0 0 * * friL", from, []string{"2026-02-27T00:00:00Z"}},
		{"last Sunday as 7", "UTC", "0 0 * * 7L", from, []string{"2026-02-22T00:00:00Z"}},
		{"third Monday", "UTC", "0 0 * * mon#3", from, []string{"2026-02-16T00:00:00Z", "2026-03-16T00:00:00Z"}},
		{"names", "UTC", "0 6 * feb,mar sun", from, []string{"2026-02-01T06:00:00Z", "2026-02-08T06:00:00Z"}},
		{"long names", "UTC", "0 6 1 February-March *", from, []string{"2026-02-01T06:00:00Z", "2026-03-01T06:00:00Z"}},
		{"Sunday as 7", "UTC", "0 0 * * 7", from, []string{"2026-02-01T00:00:00Z"}},
		{"range to Sunday as 7", "UTC", "0 0 * * 6-7", from, []string{"2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-07T00:00:00Z"}},
		{"range to Sunday by name", "UTC", "0 0 * * sat-sun", from, []string{"2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-07T00:00:00Z"}},
		{"week day with a zero before it", "UTC", "0 0 * * 05", from, []string{"2026-02-06T00:00:00Z"}},
		{"step", "UTC", "*/20 13 * * *", from, []string{"2026-01-30T13:00:00Z", "2026-01-30T13:20:00Z", "2026-01-30T13:40:00Z", "2026-01-31T13:00:00Z"}},
		{"step from a value", "UTC", "0 20/2 * * *", from, []string{"2026-01-30T20:00:00Z", "2026-01-30T22:00:00Z", "2026-01-31T20:00:00Z"}},
		{"step in a range", "UTC", "0 13-18/3 * * *", from, []string{"2026-01-30T13:00:00Z", "2026-01-30T16:00:00Z", "2026-01-31T13:00:00Z"}},
		{"either day field", "UTC", "0 0 31 * sun", from, []string{"2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z"}},
		{"question mark", "UTC", "0 0 1 * ?", from, []string{"2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"}},
		{"blanks around", "UTC", "  0\t0 1  * * ", from, []string{"2026-02-01T00:00:00Z"}},
		{"empty items", "UTC", ",0, 13,,14 * * *", from, []string{"2026-01-30T13:00:00Z", "2026-01-30T14:00:00Z"}},
		{"leap day", "UTC", "0 0 29 2 *", from, []string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
		{"@hourly", "UTC", "@hourly", from, []string{"2026-01-30T13:00:00Z", "2026-01-30T14:00:00Z"}},
		{"@daily", "UTC", "@daily", from, []string{"2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"}},
		{"@Weekly", "UTC", "@Weekly", from, []string{"2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z"}},
		{"@monthly", "UTC", "@monthly", from, []string{"2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"}},
		{"@yearly", "UTC", "@yearly", from, []string{"2027-01-01T00:00:00Z"}},
		{"@annually", "UTC", "@annually", from, []string{"2027-01-01T00:00:00Z"}},
	})
}

func TestStrictlyAfterAndAtOrBefore(t *testing.T) {
	s := parse(t, "30 2 * * *", nil)
	tick, next := instant(t, "2026-01-30T02:30:00Z"), instant(t, "2026-01-31T02:30:00Z")
	for _, c := range []struct {
		name, at   string
		prev, next time.Time
	}{
		{"just before", "2026-01-30T02:29:59.999Z", tick.AddDate(0, 0, -1), tick},
		{"at it", "2026-01-30T02:30:00Z", tick, next},
		{"a fraction after", "2026-01-30T02:30:00.5Z", tick, next},
		{"in another zone", "2026-01-30T04:30:00+02:00", tick, next},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := instant(t, c.at)
			if got := s.Prev(at); !got.Equal(c.prev) {
				t.Errorf("Prev = %s, want %s", got, c.prev)
			}
			if got := s.Next(at); !got.Equal(c.next) {
				t.Errorf("Next = %s, want %s", got, c.next)
			}
		})
	}
}

func TestNoTick(t *testing.T) {
	now := instant(t, "2026-06-01T00:00:00Z")
	first, last := instant(t, "1970-01-01T00:00:00Z"), instant(t, "2099-12-31T00:00:00Z")
	for _, c := range []struct {
		name, expression string
		at, prev, next   time.Time
	}{
		{"30 February", "0 0 30 2 *", now, time.Time{}, time.Time{}},
		{"the 31st of short months", "0 0 31 2,4,6,9,11 *", now, time.Time{}, time.Time{}},
		{"fifth week of a Monday in short Februaries", "0 0 * 2 1#5 2027", now, time.Time{}, time.Time{}},
		{"a year in the past", "0 0 1 1 * 2020", now, instant(t, "2020-01-01T00:00:00Z"), time.Time{}},
		{"a year to come", "0 0 1 1 * 2090", now, time.Time{}, instant(t, "2090-01-01T00:00:00Z")},
		{"no leap year", "0 0 29 2 * 2099", now, time.Time{}, time.Time{}},
		{"before 1970", "0 0 * * *", time.Time{}, time.Time{}, first},
		{"after 2099", "0 0 * * *", instant(t, "2150-01-01T00:00:00Z"), last, time.Time{}},
		{"far out", "0 0 * * *", time.Unix(1<<60, 0), last, time.Time{}},
		{"far back", "*/5 * * * *", time.Unix(-1<<60, 0), time.Time{}, first},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, c.expression, time.UTC)
			if got := s.Prev(c.at); !got.Equal(c.prev) {
				t.Errorf("Prev = %s, want %s", got, c.prev)
			}
			if got := s.Next(c.at); !got.Equal(c.next) {
				t.Errorf("Next = %s, want %s", got, c.next)
			}
		})
	}
}

// Sparse and empty schedules are where searches run away. The limit is some
// hundred times what they need.
func TestBoundedWork(t *testing.T) {
	at := instant(t, "2026-11-01T05:30:00Z")
	for _, expression := range []string{
		"0 0 30 2 *", "0 0 29 2 * 2099", "0 0 29 2 1 1972", "* * * * * * 2099", "59 59 23 31 12 * 1970",
		"*/5 2 * 3 0#2", "*/5 2 * 3 sun#2 2099", "*/1 2 31 2,4,6,9,11 *", "0 0 29 2 sat#5", "0 0 29W 2 mon#5",
	} {
		t.Run(expression, func(t *testing.T) {
			s := parse(t, expression, location(t, "America/New_York"))
			start := time.Now()
			s.Next(at)
			s.Prev(at)
			if spent := time.Since(start); spent > 2*time.Second {
				t.Errorf("took %s", spent)
			}
		})
	}
}

func TestAccessors(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	s := parse(t, " @daily", berlin)
	if s.String() != " @daily" {
		t.Errorf("String() = %q", s)
	}
	if s.Location() != berlin {
		t.Errorf("Location() = %v", s.Location())
	}
	if got := parse(t, "@daily", nil).Location(); got != time.UTC {
		t.Errorf("Location() without one = %v, want UTC", got)
	}
	if got := s.Next(instant(t, "2026-06-01T12:00:00Z")).Location(); got != berlin {
		t.Errorf("Next is in %v", got)
	}
	if got := s.Prev(instant(t, "2026-06-01T12:00:00Z")).Location(); got != berlin {
		t.Errorf("Prev is in %v", got)
	}
}

// The race detector watches: cronexpr itself may not be shared.
func TestSharedByGoroutines(t *testing.T) {
	s := parse(t, "0 0 15 * 1", nil)
	var group sync.WaitGroup
	for month := time.January; month <= time.December; month++ {
		group.Go(func() {
			at := time.Date(2026, month, 15, 0, 0, 0, 0, time.UTC)
			if got := s.Prev(at); !got.Equal(at) {
				t.Errorf("Prev(%s) = %s", at, got)
			}
		})
	}
	group.Wait()
}
