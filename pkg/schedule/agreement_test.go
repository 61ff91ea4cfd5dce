package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

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
