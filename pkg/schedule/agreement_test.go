package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/cronexpr"

	"github.com/backmon/backmon/pkg/schedule"
)

var zones = []string{
	"UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut",
	"America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca", "Antarctica/Troll", "Asia/Kathmandu", "Europe/Dublin",
}

// checkAgreement checks what Next and Prev promise about each other.
func checkAgreement(t testing.TB, s *schedule.Schedule, at time.Time) {
	t.Helper()
	prev, next := s.Prev(at), s.Next(at)
	fail := func(rule string) {
		t.Helper()
		t.Fatalf("%q in %s at %s: %s (Prev %s, Next %s)", s, s.Location(), at.In(s.Location()), rule, prev, next)
	}
	if !prev.IsZero() {
		switch {
		case prev.After(at):
			fail("Prev(x) is after x")
		case !s.Prev(prev).Equal(prev):
			fail("Prev(Prev(x)) is another tick")
		case !s.Next(prev.Add(-time.Second)).Equal(prev):
			fail("Next(Prev(x) - 1s) is not Prev(x)")
		case !s.Next(prev).Equal(next):
			fail("Next(Prev(x)) is not Next(x)")
		}
	}
	if !next.IsZero() {
		switch {
		case !next.After(at):
			fail("Next(x) is not after x")
		case !s.Prev(next).Equal(next):
			fail("Prev(Next(x)) is not Next(x)")
		case !s.Prev(next.Add(-time.Second)).Equal(prev):
			fail("Prev(Next(x) - 1s) is not Prev(x)")
		case !s.Next(next.Add(-time.Second)).Equal(next):
			fail("Next(Next(x) - 1s) is not Next(x)")
		}
	}
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

// randomExpression makes expressions that meet transitions often.
func randomExpression(r *rand.Rand) string {
	fields := []string{
		pick(r, "*", "*/7", "0", "30", "0,15,59", fmt.Sprint(r.IntN(60)), "10-40/10"),
		pick(r, "*", "*/2", "*/5", "0", "1", "2", "3", "23", "0-23", "1-3", "22/1", fmt.Sprint(r.IntN(24))),
		pick(r, "*", "*", "*", "1", "L", "LW", "15W", "1-7", "31", "*/10"),
		pick(r, "*", "*", "*", "3", "10", "mar-apr", "2", "*/3"),
		pick(r, "*", "*", "sun", "0#2", "7L", "1-5", "sat-sun", "5#5"),
	}
	switch r.IntN(6) {
	case 0:
		fields = append(fields, pick(r, "*", "2026", "2011,2018", "*/4"))
	case 1:
		fields = append([]string{pick(r, "*", "0", "*/15", "59")}, append(fields, pick(r, "*", "2026-2030"))...)
	}
	return strings.Join(fields, " ")
}

// randomInstant is often close to a transition.
func randomInstant(r *rand.Rand, l *time.Location) time.Time {
	at := time.Unix(r.Int64N(130*365*24*3600), r.Int64N(2)*500_000_000).In(l)
	if _, end := at.ZoneBounds(); !end.IsZero() && r.IntN(4) > 0 {
		at = end.Add(time.Duration(r.IntN(4*3600)-2*3600) * time.Second)
	}
	return at
}

func TestNextAndPrevAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		l := location(t, pick(r, zones...))
		s := parse(t, randomExpression(r), l)
		checkAgreement(t, s, randomInstant(r, l))
	}
}

// TestNaive compares a week around each transition with cron(8)'s rule carried
// out literally, minute by minute.
func TestNaive(t *testing.T) {
	middles := map[string][]string{
		"America/New_York":    {"2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"},
		"Europe/Berlin":       {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"},
		"Australia/Lord_Howe": {"2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"},
		"Africa/Cairo":        {"2026-04-23T22:00:00Z", "2026-10-29T21:00:00Z"},
		"Asia/Beirut":         {"2026-03-28T22:00:00Z", "2026-10-24T21:00:00Z"},
		"Pacific/Apia":        {"2011-12-30T10:00:00Z"},
	}
	expressions := []string{
		"30 2 * * *", "0 * * * *", "*/20 * * * *", "*/20 1-3 * * *", "0,30 0-3 * * *", "15 */3 * * *",
		"0 0 * * *", "30 23 * * *", "0 0-23 * * *", "45 1 * * sun", "10-50/20 2 * * 0", "@daily", "@hourly",
	}
	for zone, instants := range middles {
		for _, middle := range instants {
			for _, expression := range expressions {
				t.Run(zone+" "+middle+" "+expression, func(t *testing.T) {
					compareNaive(t, expression, location(t, zone), instant(t, middle))
				})
			}
		}
	}
}

func compareNaive(t *testing.T, expression string, l *time.Location, middle time.Time) {
	s := parse(t, expression, l)
	from, to := middle.Add(-84*time.Hour), middle.Add(84*time.Hour)
	at := from.Add(-time.Second)
	for _, want := range naiveTicks(expression, l, from, to) {
		got := s.Next(at)
		if !got.Equal(want) {
			t.Fatalf("Next(%s) = %s, want %s", at.In(l), got, want.In(l))
		}
		at = got
	}
	if got := s.Next(at); got.Before(to) {
		t.Fatalf("Next(%s) = %s, want none before %s", at, got, to)
	}
}

// naiveTicks is cron's loop: it wakes every minute and looks at the clock.
func naiveTicks(expression string, l *time.Location, from, to time.Time) []time.Time {
	cron := cronexpr.MustParse(expression)
	matches := func(wall time.Time) bool { return cron.Next(wall.Add(-time.Second)).Equal(wall) }
	fields := strings.Fields(expression)
	wild := expression == "@hourly" || fields[0][0] == '*' || len(fields) > 1 && fields[1][0] == '*'
	var ticks []time.Time
	done := wallOf(from.Add(-time.Minute), l) // the latest minute that was handled
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		wall := wallOf(at, l)
		due := wild && matches(wall)
		for ; !wild && done.Before(wall); done = done.Add(time.Minute) {
			due = matches(done.Add(time.Minute)) || due
		}
		if due {
			ticks = append(ticks, at)
		}
	}
	return ticks
}

// wallOf reads a location's clock as if it stood in UTC.
func wallOf(at time.Time, l *time.Location) time.Time {
	at = at.In(l)
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
}

func FuzzSchedule(f *testing.F) {
	for i, expression := range []string{
		"30 2 * * *", "@daily", "0 0 L * fri#3", "* * * * * * 2099", "0 0 30 2 *", "5-2 * * * *", "0 0 1 12-1 *",
		"@dayly", "1,,2 * * * *", "0 0 31W * 7L", "*/61 * * * *", "? ? ? ? ?", "0 0 \xff * *",
	} {
		f.Add(expression, uint8(i), int64(i)*12345678)
	}
	f.Fuzz(func(t *testing.T, expression string, zone uint8, seconds int64) {
		s, err := schedule.Parse(expression, location(t, zones[int(zone)%len(zones)]))
		if (s == nil) == (err == nil) {
			t.Fatalf("Parse(%q) = %v, %v: want exactly one of them", expression, s, err)
		}
		if err != nil {
			checkError(t, expression, err)
			return
		}
		checkAgreement(t, s, time.Unix(seconds, 0))
	})
}
