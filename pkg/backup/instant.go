package backup

import "time"

// FormatInstant writes an instant for people, in the zone that it has:
// "2026-01-14 02:12 UTC".
func FormatInstant(t time.Time) string { return t.Format("2006-01-02 15:04 MST") }

// FormatDistance says how far an instant lies from now: "in 3h 29m", "5d 21h ago",
// "now".
func FormatDistance(t, now time.Time) string {
	switch distance := t.Sub(now).Truncate(time.Second); {
	case distance > 0:
		return "in " + FormatDuration(distance)
	case distance < 0:
		return FormatDuration(-distance) + " ago"
	default:
		return "now"
	}
}
