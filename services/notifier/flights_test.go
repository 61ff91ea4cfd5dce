package notifier

import (
	"context"
	"testing"
)

// Whoever is told that a flight is over finds it over, also when there was no time
// for it any more; and one that is under way isn't begun twice.
func TestFlightIsOverWhenItSaysSo(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for name, ctx := range map[string]context.Context{"in time": t.Context(), "at the end": ended} {
		t.Run(name, func(t *testing.T) {
			f := newFlights()
			var under []bool
			done := func() { under = append(under, f.has("a")) }
			f.start(ctx, "ops", "a", func() {
				f.start(ctx, "ops", "a", func() { t.Error("begun twice") }, func() { t.Error("ended twice") })
			}, done)
			f.wait()
			if len(under) != 1 || under[0] {
				t.Errorf("under way when it was over: %v", under)
			}
		})
	}
}
