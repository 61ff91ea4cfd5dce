package wire_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
)

// A group that knows as much as one can, with a notice of incidents whose names are as
// long as a storage allows, fits into one message of NATS: else nobody would ever be
// told of them.
func TestTheLargestGroupFitsIntoOneMessage(t *testing.T) {
	now := time.Now()
	long := strings.Repeat("x", 1000)
	seen := func(n int, name string) incident.Seen {
		i, _ := incident.Incident{}.Apply(incident.Observation{
			Subject:  incident.Subject{Environment: "prod", Disk: "db", Directory: "dumps", File: "full", Group: fmt.Sprint(n, name)},
			Sequence: 1 << 40, At: now, State: backup.Missing, Severity: backup.SeverityCritical, Labels: map[string]string{"team": name},
			Reasons: []backup.Reason{{Code: "MISSING", Text: name}, {Code: "EMPTY", Text: name}},
			Facts:   incident.Facts{Schedule: "0 2 * * *", Timezone: "Europe/Berlin", LatestKey: name, LatestAt: now, SeenAt: now},
		})
		return incident.Seen{Incident: i, Routed: true}
	}
	for _, each := range []int{0, 300} {
		t.Run(fmt.Sprint("each ", each), func(t *testing.T) {
			g := incident.Group{Receiver: "ops", By: map[string]string{"env": "prod", "disk": long}, Told: map[uint64]incident.Told{}}
			for n := range uint64(29_000) {
				g.Told[n] = incident.Told{Content: ^n, Severity: backup.SeverityCritical, Muted: true}
			}
			var incidents []incident.Seen
			for n := range 1000 {
				incidents = append(incidents, seen(n, long))
			}
			for told := 0; told < len(incidents); {
				g = g.Write(incidents, incident.Timing{Each: each}, now.Add(time.Hour))
				if g.Pending == nil || len(g.Pending.Items) == 0 {
					t.Fatalf("after %d incidents nothing is told", told)
				}
				if size := proto.Size(wire.NoticeGroup(g)); size > 1<<20-4096 {
					t.Fatalf("%d bytes with %d incidents", size, len(g.Pending.Items))
				}
				told += g.Pending.Total()
				g.Pending = nil
			}
		})
	}
}
