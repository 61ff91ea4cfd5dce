package incident_test

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

var night = time.Date(2026, 1, 5, 3, 0, 0, 0, time.UTC)

func status(group string, state backup.State, at time.Time) backup.Status {
	return backup.Status{
		Series: backup.SeriesID{Environment: "prod", Disk: "db", Directory: "dumps", File: "%Y.gz", Group: group},
		State:  state, Severity: state.Severity(), EvaluatedAt: at,
	}
}

// A backup is late and comes after all: what one receiver is told of it, and when.
func Example() {
	timing := incident.Timing{Wait: 30 * time.Second, Interval: 5 * time.Minute, Repeat: backup.Day}
	group := incident.Group{Receiver: "ops", By: map[string]string{"env": "prod", "disk": "db"}}
	var late incident.Incident
	for sequence, state := range []backup.State{backup.OK, backup.Late, backup.Due, backup.OK} {
		now := night.Add(time.Duration(sequence) * time.Hour)
		late, _ = late.Apply(incident.Observe(status("dumps/a", state, now), uint64(sequence)+1))
		seen := []incident.Seen{{Incident: late, Routed: true}}
		due := group.Due(seen, timing, now)
		if due.IsZero() || due.Sub(now) > time.Hour {
			continue
		}
		group = group.Write(seen, timing, due)
		n := group.Pending
		fmt.Println(n.At.Format("15:04:05"), n.Kind, n.Items[0].Change, n.Items[0].Incident.Subject)
		group.Pending = nil // the receiver has it
	}
	// Output:
	// 04:00:30 problem opened prod / db / dumps / %Y.gz / dumps/a
	// 06:00:30 resolved closed prod / db / dumps / %Y.gz / dumps/a
}

// A silence keeps notices back; what is still wrong when it ends is told then.
func ExampleSilence() {
	var missing incident.Incident
	missing, _ = missing.Apply(incident.Observe(status("dumps/a", backup.Missing, night), 1))
	silence := incident.Silence{
		Match: incident.Match{Environments: []string{"prod"}, Groups: []string{"dumps/*"}},
		Why:   "the database moves", Since: night, Until: night.Add(4 * time.Hour),
	}
	for _, hour := range []int{0, 3, 4} {
		fmt.Println(hour, silence.Covers(missing, night.Add(time.Duration(hour)*time.Hour)))
	}
	// Output:
	// 0 true
	// 3 true
	// 4 false
}

// What is critical wakes somebody, and everything is in the chat.
func ExampleReceivers() {
	routes := []incident.Route{
		{Match: incident.Match{Severities: []backup.Severity{backup.SeverityCritical}}, Receivers: []string{"pager"}, Continue: true},
		{Receivers: []string{"chat"}},
	}
	for _, state := range []backup.State{backup.Late, backup.Missing} {
		i, _ := incident.Incident{}.Apply(incident.Observe(status("dumps/a", state, night), 1))
		fmt.Println(state, incident.Receivers(routes, nil, i))
	}
	// Output:
	// LATE [chat]
	// MISSING [pager chat]
}

// A series that is late every other night is told of as flapping, once.
func ExampleIncident_Apply() {
	var i incident.Incident
	for n, state := range []backup.State{backup.Late, backup.OK, backup.Late, backup.OK, backup.Late} {
		s := status("dumps/a", state, night.AddDate(0, 0, n))
		s.Policy.Schedule, s.Policy.Timezone = "0 3 * * *", "UTC"
		i, _ = i.Apply(incident.Observe(s, uint64(n)+1))
		fmt.Println("open", i.Open(), "flapping", i.Flapping)
	}
	// Output:
	// open true flapping false
	// open false flapping false
	// open true flapping false
	// open false flapping true
	// open true flapping true
}
