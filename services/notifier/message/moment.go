package message

import (
	"time"

	"github.com/backmon/backmon/pkg/prose"
)

// layout of an instant in a message: with the day of the week, which people think
// in, and always with the zone.
const layout = "Mon 2 Jan 2006 15:04 MST"

// moment writes an instant, which is in the message's zone already.
func moment(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(layout)
}

// following writes an instant after another one, without repeating the day.
func following(before, t time.Time) string {
	if before.Format(time.DateOnly) != t.Format(time.DateOnly) {
		return moment(t)
	}
	return t.Format("15:04 MST")
}

// distance says how far an instant lies from now.
func distance(t, now time.Time) string {
	switch d := t.Sub(now).Truncate(time.Second); {
	case t.IsZero():
		return ""
	case d > 0:
		return "in " + prose.Duration(d)
	case d < 0:
		return prose.Duration(d) + " ago"
	default:
		return "now"
	}
}

// both writes an instant and its distance: "Thu 26 Nov 2026 03:00 UTC (2 hours ago)".
func both(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return moment(t) + " (" + distance(t, now) + ")"
}

// zoned is an instant in the writer's zone; the zero time stays zero.
func (w *Writer) zoned(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(w.config.Zone)
}
