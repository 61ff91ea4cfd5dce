package backup

import (
	"testing"
	"time"
)

func TestFormatInstant(t *testing.T) {
	now := time.Date(2026, 1, 14, 2, 12, 30, 0, time.UTC)
	for _, c := range []struct {
		from time.Duration
		want string
	}{
		{0, "now"},
		{900 * time.Millisecond, "now"},
		{-900 * time.Millisecond, "now"},
		{-time.Second, "1s ago"},
		{3*time.Hour + 29*time.Minute + 59*time.Second, "in 3h 29m"},
		{-(5*Day + 21*time.Hour), "5d 21h ago"},
	} {
		if got := FormatDistance(now.Add(c.from), now); got != c.want {
			t.Errorf("%v: %q, want %q", c.from, got, c.want)
		}
	}
	if got := FormatInstant(now.In(time.FixedZone("CET", 3600))); got != "2026-01-14 03:12 CET" {
		t.Error(got)
	}
}
