package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// troubled are incidents of two series and of a disk.
func troubled() []incident.Incident {
	of := func(group string, state backup.State) incident.Incident {
		return incident.Incident{
			Subject: boardtest.Status(group).Series, ID: "episode-" + group, State: state, Severity: state.Severity(), Worst: backup.SeverityCritical,
			Reasons: []backup.Reason{{Code: state.String(), Text: "because"}}, OpenedAt: boardtest.Noon, ChangedAt: boardtest.Noon,
		}
	}
	disk := of("", backup.Unknown)
	disk.Subject = incident.Subject{Environment: "prod", Disk: "gone"}
	return []incident.Incident{of("b/c", backup.Missing), disk, of("a", backup.Late)}
}

type incidentList struct {
	Total, Pages int
	Next         string
	Incidents    []struct {
		Disk, Group, URL string
		Told, Silences   []string
	}
	Pending []struct{ Receiver string }
}

func (l incidentList) names() string {
	var all []string
	for _, i := range l.Incidents {
		all = append(all, fmt.Sprintf("%s:%s%v%v", i.Disk, i.Group, i.Told, i.Silences))
	}
	return strings.Join(all, " ")
}

func TestIncidents(t *testing.T) {
	f := some(t)
	f.troubles.open = troubled()
	closed := troubled()[2]
	closed.Subject.Group, closed.ClosedAt = "old", boardtest.Noon.Add(time.Hour)
	f.troubles.closed = []incident.Incident{closed}
	f.troubles.silences = []incident.Silence{{ID: "quiet", Match: incident.Match{Disks: []string{"gone"}}, Until: time.Now().Add(time.Hour)}}
	f.troubles.groups = []incident.Group{{Receiver: "mail", Told: map[uint64]incident.Told{incident.Key(troubled()[2].Subject): {}}}, {Receiver: "chat", Pending: &incident.Notice{ID: "n", Receiver: "chat", Kind: incident.Problem, At: boardtest.Noon}}}
	all := "db:b/c[][] gone:[][quiet] db:a[mail][]"
	for query, want := range map[string]string{
		"":                            all,
		"?show=all":                   all + " db:old[][]",
		"?show=closed":                "db:old[][]",
		"?disk=gone":                  "gone:[][quiet]",
		"?severity=warning,critical":  "db:b/c[][] db:a[mail][]",
		"?state=LATE":                 "db:a[mail][]",
		"?group=a&env=prod&file=none": "",
		"?limit=1&page=3":             "db:a[mail][]",
		"?limit=1&page=9":             "",
	} {
		l := decode[incidentList](t, f.get(t, "/api/v1/incidents"+query))
		if got := l.names(); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		if len(l.Pending) != 1 || l.Pending[0].Receiver != "chat" {
			t.Errorf("%s: pending %+v", query, l.Pending)
		}
	}
	var seen []string
	for next := "/api/v1/incidents?limit=2&show=all"; next != ""; {
		l := decode[incidentList](t, f.get(t, next))
		seen, next = append(seen, l.names()), l.Next
	}
	if got := strings.Join(seen, " "); got != all+" db:old[][]" {
		t.Errorf("in parts: %s", got)
	}
	for _, i := range decode[incidentList](t, f.get(t, "/api/v1/incidents")).Incidents {
		if got := f.get(t, i.URL); got.status != 200 {
			t.Errorf("%s leads to %d", i.URL, got.status)
		}
	}
	wantProblem(t, f.get(t, "/api/v1/incidents?show=some&sort=name"), 400, `sort: is no parameter here`)
	f.troubles.replaying = true
	wantProblem(t, f.get(t, "/api/v1/incidents"), 503, "still being read")
}
