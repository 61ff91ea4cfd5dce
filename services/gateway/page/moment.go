package page

import (
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// moment is an instant as a page shows it: absolute in a zone, and relative to
// the time at which the page was made, which the browser goes on with.
type moment struct {
	at, now time.Time
	zone    *time.Location
}

// IsZero reports whether there is nothing to show.
func (m moment) IsZero() bool { return m.at.IsZero() }

// ISO is the instant for machines.
func (m moment) ISO() string { return m.at.UTC().Format(time.RFC3339) }

// Absolute is the instant in its zone.
func (m moment) Absolute() string { return backup.FormatInstant(m.at.In(m.zone)) }

// Relative is the distance in words: "in 3h 29m", "5d 21h ago", "now". The
// page's script writes the same.
func (m moment) Relative() string { return backup.FormatDistance(m.at, m.now) }

// withDay is an instant in a zone with its day of the week.
func withDay(at time.Time, zone *time.Location) string {
	at = at.In(zone)
	return at.Format("Mon ") + backup.FormatInstant(at)
}
