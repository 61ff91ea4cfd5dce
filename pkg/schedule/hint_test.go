package schedule_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/schedule"
)

// suggestion returns what a hint proposes to write, or "".
func suggestion(t *testing.T, err error) string {
	t.Helper()
	var e *schedule.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is not an *Error", err)
	}
	quoted, found := strings.CutPrefix(e.Hint, "did you mean ")
	if !found {
		return ""
	}
	text, err := strconv.Unquote(strings.TrimSuffix(quoted, "?"))
	if err != nil {
		t.Fatalf("hint %q: %v", e.Hint, err)
	}
	return text
}

// Whoever follows a hint must not meet the next error.
func TestSuggestedRangesAreRight(t *testing.T) {
	r := rand.New(rand.NewPCG(45, 46))
	for _, u := range rulers {
		t.Run(u.name, func(t *testing.T) {
			for range 200 {
				first, last := u.low+r.IntN(u.high-u.low+1), u.low+r.IntN(u.high-u.low+1)
				if first <= last || u.name == "day of week" && last == 0 {
					continue
				}
				field := u.spell(r, first) + "-" + u.spell(r, last)
				_, err := schedule.Parse(fmt.Sprintf(u.pattern, field), nil)
				u.check(t, suggestion(t, err), append(span(first, u.high, 1), span(u.low, last, 1)...))
			}
		})
	}
}

func TestSundayAsSevenRunsFromZero(t *testing.T) {
	for field, want := range map[string]string{"7-2": "0-2", "07-wed": "0-wed", "7-6": "0-6", "007-06": "0-06"} {
		_, err := schedule.Parse("0 0 * * "+field, nil)
		if got := suggestion(t, err); got != want {
			t.Errorf("for %q: %q, want %q", field, got, want)
		}
		parse(t, "0 0 * * "+want, nil)
	}
}

func TestSuggestedExpressionsAreRight(t *testing.T) {
	for _, c := range []struct{ name, expression, want string }{
		{"one field", "*/5", "*/5 * * * *"},
		{"two fields", "30 2", "30 2 * * *"},
		{"three fields", "0 0 LW", "0 0 LW * *"},
		{"four fields", "0 0 1 jan", "0 0 1 jan *"},
		{"a time of day", "7:05", "5 7 * * *"},
		{"midnight as a time", "00:00", "0 0 * * *"},
		{"no time of day", "24:00", ""},
		{"no minute of an hour", "12:60", ""},
		{"a macro's name", "HOURLY", "@hourly"},
		{"a misspelled macro", "@Hurly", "@hourly"},
		{"a word", "nightly", ""},
		{"a macro as a field", "0 @hourly", ""},
		{"a bad value", "61 2", ""},
		{"hour and minute the wrong way round", "2 30", ""},
		{"a year", "2026", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := schedule.Parse(c.expression, nil)
			if err == nil {
				t.Fatal("no error")
			}
			got := suggestion(t, err)
			if got != c.want {
				t.Fatalf("%q, want %q", got, c.want)
			}
			if got != "" {
				parse(t, got, nil)
			}
		})
	}
}

// Every name that is misspelled by swapping two letters is recognised.
func TestMisspelledNames(t *testing.T) {
	swapped := func(name string, i int) string { return name[:i] + name[i+1:i+2] + name[i:i+1] + name[i+2:] }
	for _, u := range []ruler{rulers[4], rulers[5]} {
		for _, name := range u.names {
			if len(name) < len("march") {
				continue // "jnue" is as near to "jun" as to "june"
			}
			for i := range len(name) - 1 {
				wrong := swapped(strings.ToLower(name), i)
				_, err := schedule.Parse(fmt.Sprintf(u.pattern, wrong), nil)
				if got := suggestion(t, err); got != strings.ToLower(name) {
					t.Errorf("%q: %q", wrong, got)
				}
			}
		}
	}
}
