package notifier

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

// nobody takes notices, and is never asked to in a benchmark.
type nobody struct{}

func (nobody) Send(context.Context, incident.Notice) error { return nil }

// crowded is a notifier with five receivers, who all know of 10,000 incidents on 200 disks.
func crowded(b *testing.B, groupBy ...string) (*Service, []incident.Incident) {
	b.Helper()
	config := Config{GroupBy: groupBy, Wait: 30 * time.Second, Interval: 5 * time.Minute, Repeat: backup.Day, GiveUp: backup.Day}
	for r := range 5 {
		config.Receivers = append(config.Receivers, Receiver{Name: fmt.Sprint("receiver-", r), Sender: nobody{}, Timeout: time.Second})
	}
	config.Routes = []incident.Route{
		{Match: incident.Match{Environments: []string{"prod"}, Labels: map[string][]string{"team": {"db"}}}, Receivers: []string{"receiver-0", "receiver-1"}, Continue: true},
		{Match: incident.Match{Disks: []string{"disk-*"}}, Receivers: []string{"receiver-2", "receiver-3", "receiver-4"}},
	}
	s, err := New(config, nil, zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	var all []incident.Incident
	for n := range 10_000 {
		i, _ := incident.Incident{}.Apply(incident.Observation{
			Subject:  incident.Subject{Environment: "prod", Disk: fmt.Sprint("disk-", n%200), Directory: "postgres", File: "nightly", Group: fmt.Sprint("tenant-", n)},
			Sequence: uint64(n) + 1, At: now, State: backup.Late, Severity: backup.SeverityWarning, Labels: map[string]string{"team": "db"},
			Reasons: []backup.Reason{{Code: "LATE", Text: "expected a backup"}}, Facts: incident.Facts{Schedule: "0 2 * * *", Timezone: "UTC"},
		})
		s.view.setIncident(i, uint64(n)+1)
		all = append(all, i)
	}
	for id := range s.view.buckets {
		x := s.view.read(id, s)
		for _, f := range x.groups {
			g := f.group.value.Write(x.by(f.receiver.Name), s.timing(f.receiver), now.Add(time.Hour))
			g.Pending = nil
			s.view.setGroup(g, 1)
		}
	}
	return s, all
}

func BenchmarkOneChange(b *testing.B) {
	for name, groupBy := range map[string][]string{"by disk": {"env", "disk"}, "by series": {"env", "disk", "group"}, "all in one": {}} {
		b.Run(name, func(b *testing.B) {
			s, all := crowded(b, groupBy...)
			waiting := alarms{}
			s.view.take(waiting, time.Now())
			revision := uint64(len(all))
			b.ReportAllocs()
			for b.Loop() {
				revision++
				s.view.setIncident(all[revision%uint64(len(all))], revision)
				due, _ := s.view.take(waiting, time.Now())
				for _, id := range due {
					if next := s.planBucket(b.Context(), id); next.IsZero() {
						b.Fatal("nothing is to be told again")
					}
				}
			}
		})
	}
}

func BenchmarkAllChange(b *testing.B) {
	for name, groupBy := range map[string][]string{"by disk": {"env", "disk"}, "by series": {"env", "disk", "group"}, "all in one": {}} {
		b.Run(name, func(b *testing.B) {
			s, _ := crowded(b, groupBy...)
			waiting := alarms{}
			b.ReportAllocs()
			for b.Loop() {
				s.view.markAll()
				due, _ := s.view.take(waiting, time.Now())
				for _, id := range due {
					s.planBucket(b.Context(), id)
				}
			}
		})
	}
}
