package incident

import (
	"slices"
	"time"
)

// Silence keeps notices back of what it matches. An incident that is still open
// when it ends is told then. That one is over is told at once, to those who knew.
type Silence struct {
	ID    string
	Match Match
	By    string // who put it
	Why   string
	Since time.Time
	Until time.Time // never zero
}

// Active reports whether the silence holds at an instant.
func (s Silence) Active(now time.Time) bool { return !now.Before(s.Since) && now.Before(s.Until) }

// Covers reports whether the silence keeps notices of the incident back now.
func (s Silence) Covers(i Incident, now time.Time) bool { return s.Active(now) && s.Match.Covers(i) }

// Covering returns the silences that keep notices of an incident back now.
func Covering(silences []Silence, i Incident, now time.Time) []Silence {
	return slices.DeleteFunc(slices.Clone(silences), func(s Silence) bool { return !s.Covers(i, now) })
}
