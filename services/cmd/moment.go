package cmd

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// momentHelp explains what parseMoment reads.
const momentHelp = "a time (2026-12-31T12:00:00Z), a day (2026-12-31: to its end in UTC), or from now on (36h, 7d, 2M)"

// parseMoment reads an instant of the future for a flag: a time, a day, which
// ends at midnight UTC, or how long it is until then.
func parseMoment(flag, text string, now time.Time) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if at, err = time.Parse(time.DateOnly, text); err == nil {
			at = at.AddDate(0, 0, 1)
		}
	}
	if err != nil {
		var in time.Duration
		if in, err = backup.ParseDuration(text); err == nil {
			at = now.Add(in)
		}
	}
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("--%s: %q is not %s", flag, text, momentHelp)
	case !at.After(now):
		return time.Time{}, fmt.Errorf("--%s: %s has passed", flag, at.UTC().Format(time.RFC3339))
	default:
		return at, nil
	}
}
