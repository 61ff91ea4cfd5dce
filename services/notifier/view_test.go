package notifier

import (
	"fmt"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
)

// A notifier runs for years, in which names come and go: what has ended leaves nothing.
func TestViewForgetsWhatHasEnded(t *testing.T) {
	v := newView([]string{"env", "disk", "group"})
	fill := func() (incidents, groups []string) {
		for n := range 10 {
			i := incident.Incident{Subject: incident.Subject{Environment: "prod", Disk: "db", Directory: "dumps", File: "nightly", Group: fmt.Sprint(n)}, OpenedAt: time.Now()}
			v.setIncident(i, 1)
			g := incident.Group{Receiver: "ops", By: v.byOf(i), Written: 1}
			v.setGroup(g, 1)
			incidents = append(incidents, bus.IncidentKey(wire.SeriesID(i.Subject)))
			groups = append(groups, bus.NoticeGroupKey(g.Receiver, g.ID()))
		}
		if len(v.buckets) != 10 || len(v.groups) != 10 {
			t.Fatalf("%d buckets and %d groups, want 10 of each", len(v.buckets), len(v.groups))
		}
		return incidents, groups
	}
	empty := func(when string) {
		t.Helper()
		if n := len(v.buckets) + len(v.groups) + len(v.incidents) + len(v.keys); n != 0 {
			t.Errorf("%s: %d buckets, %d groups, %d incidents and %d keys are left", when, len(v.buckets), len(v.groups), len(v.incidents), len(v.keys))
		}
	}
	incidents, groups := fill()
	v.dropGroup(groups[0], 0)
	if len(v.groups) != 10 {
		t.Error("a record ended by a mark that is older than itself")
	}
	for n := range incidents {
		v.dropIncident(incidents[n], 2)
		v.dropGroup(groups[n], 2)
	}
	empty("when all have ended")
	fill()
	v.reset(fromIncidents)
	v.reset(fromGroups)
	empty("after resets")
}
