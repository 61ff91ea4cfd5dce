package schedule

import (
	"fmt"
	"strings"
	"time"
)

const zoneHint = "write a name such as Europe/Berlin, America/New_York or UTC"

// LoadLocation returns the time zone of a name, without the names that stand for
// the zone of where the program runs: blank and Local. The error is always an
// *Error.
func LoadLocation(name string) (*time.Location, error) {
	if strings.TrimSpace(name) == "" || name == "Local" {
		return nil, &Error{Column: 1, Message: fmt.Sprintf("%q is no time zone: it would depend on where the program runs", name), Hint: zoneHint}
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, &Error{Column: 1, Message: fmt.Sprintf("unknown time zone %q", name), Hint: zoneHint}
	}
	return location, nil
}

// ParseRecurring is Parse for schedules that have to come: one that never ticks is
// an error.
func ParseRecurring(expression string, location *time.Location) (*Schedule, error) {
	s, err := Parse(expression, location)
	if err == nil && s.Next(epoch).IsZero() {
		return nil, &Error{Column: 1, Message: "it never comes: no date fits", Hint: "look at the day and the month"}
	}
	return s, err
}

// epoch is the instant after which a schedule has to come at least once.
var epoch = time.Unix(0, 0)
