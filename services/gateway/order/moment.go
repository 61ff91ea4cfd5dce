package order

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// MomentHelp explains what ParseMoment reads.
const MomentHelp = "a time (2026-12-31T12:00:00Z), a day (2026-12-31: to its end in UTC), or from now on (36h, 7d, 2M)"

// ParseMoment reads an instant of the future as a person writes it: a time, a day,
// which ends at midnight UTC, or how long it is until then.
func ParseMoment(text string, now time.Time) (time.Time, error) {
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
		return time.Time{}, fmt.Errorf("%q is not %s", text, MomentHelp)
	case !at.After(now):
		return time.Time{}, fmt.Errorf("%s has passed", at.UTC().Format(time.RFC3339))
	default:
		return at, nil
	}
}

// PastHelp explains what ParsePast reads.
const PastHelp = "how long ago (7d), a day (2026-01-31) or a time (2026-01-31T12:00:00Z)"

// ParsePast reads an instant of the past: how long ago, a day in UTC, or a time.
func ParsePast(text string, now time.Time) (time.Time, error) {
	if ago, err := backup.ParseDuration(text); err == nil {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not %s", text, PastHelp)
}
