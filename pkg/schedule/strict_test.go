package schedule_test

import (
	"testing"

	"github.com/backmon/backmon/pkg/schedule"
)

func TestLoadLocation(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin"} {
		if location, err := schedule.LoadLocation(name); err != nil || location.String() != name {
			t.Errorf("%s: %v, %v", name, location, err)
		}
	}
	for name, want := range map[string]string{
		"":              `"" is no time zone: it would depend on where the program runs; write a name such as Europe/Berlin, America/New_York or UTC`,
		"  ":            `"  " is no time zone: it would depend on where the program runs; write a name such as Europe/Berlin, America/New_York or UTC`,
		"Local":         `"Local" is no time zone: it would depend on where the program runs; write a name such as Europe/Berlin, America/New_York or UTC`,
		"Europe/Berlan": `unknown time zone "Europe/Berlan"; write a name such as Europe/Berlin, America/New_York or UTC`,
		"../etc/passwd": `unknown time zone "../etc/passwd"; write a name such as Europe/Berlin, America/New_York or UTC`,
	} {
		location, err := schedule.LoadLocation(name)
		if checkError(t, "  ", err); location != nil || err.Error() != want {
			t.Errorf("%q: %v, %v", name, location, err)
		}
	}
}

func TestParseRecurring(t *testing.T) {
	if s, err := schedule.ParseRecurring("0 0 29 2 *", nil); err != nil || s.String() != "0 0 29 2 *" {
		t.Errorf("a leap day: %v, %v", s, err)
	}
	for expression, want := range map[string]string{
		"0 0 30 2 *": "it never comes: no date fits; look at the day and the month",
		"0 25 * * *": "hour: 25 is not in 0-23",
	} {
		s, err := schedule.ParseRecurring(expression, nil)
		if checkError(t, expression, err); s != nil || err.Error() != want {
			t.Errorf("%s: %v, %v", expression, s, err)
		}
	}
}
