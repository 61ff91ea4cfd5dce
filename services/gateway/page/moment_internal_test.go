package page

import (
	"testing"
	"time"
)

func TestMoment(t *testing.T) {
	now := time.Date(2026, 1, 15, 7, 0, 0, 0, time.UTC)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		in       time.Duration
		relative string
	}{
		{"now", 0, "now"},
		{"less than a second is now", 999 * time.Millisecond, "now"},
		{"ahead", 3*time.Hour + 29*time.Minute + 59*time.Second, "in 3h 29m"},
		{"past", -5*24*time.Hour - 21*time.Hour, "5d 21h ago"},
		{"seconds", -45 * time.Second, "45s ago"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := moment{now.Add(c.in), now, berlin}
			if got := m.Relative(); got != c.relative {
				t.Errorf("relative %q, want %q", got, c.relative)
			}
		})
	}
	m := moment{now, now, berlin}
	if m.Absolute() != "2026-01-15 08:00 CET" || m.ISO() != "2026-01-15T07:00:00Z" {
		t.Errorf("%s, %s", m.Absolute(), m.ISO())
	}
	if !(moment{}).IsZero() || m.IsZero() {
		t.Error("only the zero moment is zero")
	}
}
