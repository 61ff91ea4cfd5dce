package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

// Test is the notice that shows whether a receiver can be reached.
func Test(receiver, id string, at time.Time) incident.Notice {
	return incident.Notice{ID: id, Receiver: receiver, Kind: incident.Test, At: at}
}

// samples are notices of every kind and change, with everything and with nothing
// in them: what a template does on these it does on all.
func samples() []incident.Notice {
	var out []incident.Notice
	for _, kind := range []incident.Kind{incident.Problem, incident.Resolved, incident.Reminder, incident.KindDigest, incident.Test} {
		for _, change := range incident.Changes() {
			for _, n := range []int{0, 1, 3, 25} {
				out = append(out, sample(kind, change, n))
			}
		}
	}
	return out
}

// sample is a notice about n incidents.
func sample(kind incident.Kind, change incident.Change, n int) incident.Notice {
	at := time.Date(2026, 11, 26, 3, 10, 0, 0, time.UTC)
	notice := incident.Notice{
		ID: "sample", Receiver: "sample", Kind: kind, At: at, Group: map[string]string{"env": "prod", "disk": "db"},
		Changes: map[incident.Change]int{}, Open: n, Severity: backup.SeverityCritical,
	}
	if n > 0 {
		notice.Changes[change] = n
	} else {
		notice.Group = nil
	}
	for i := range min(n, 20) {
		notice.Items = append(notice.Items, incident.Item{Incident: sampleIncident(i, at), Change: change, Told: backup.SeverityWarning})
	}
	if kind == incident.KindDigest {
		notice.Digest = sampleDigest(n, at)
	}
	return notice
}

// sampleIncident is of a disk, bare, or in full, by its number.
func sampleIncident(n int, at time.Time) incident.Incident {
	subject := incident.Subject{Environment: "prod", Disk: "db", Directory: "postgres", File: "nightly", Group: fmt.Sprintf("postgres/%d", n)}
	switch n % 3 {
	case 1:
		return incident.Incident{Subject: incident.DiskOf(subject), State: backup.Unknown, Severity: backup.SeverityUnknown, OpenedAt: at.Add(-time.Hour)}
	case 2:
		return incident.Incident{Subject: subject, State: backup.Missing, Severity: backup.SeverityCritical, OpenedAt: at.Add(-time.Hour)}
	}
	return incident.Incident{
		Subject: subject, ID: "sample", State: backup.Late, Flags: []string{backup.Empty.String()},
		Severity: backup.SeverityCritical, Worst: backup.SeverityCritical,
		Reasons:  []backup.Reason{{Code: backup.Empty.String(), Text: strings.Repeat("a reason ", 20)}, {Code: backup.Late.String(), Text: "another"}},
		Labels:   map[string]string{"team": "db"},
		OpenedAt: at.Add(-time.Hour), ChangedAt: at.Add(-time.Minute), ClosedAt: at.Add(-time.Second), Turns: []time.Time{at.Add(-time.Hour)}, Flapping: true, Gone: true,
		Facts: incident.Facts{
			Schedule: "0 2 * * *", Timezone: "UTC", Expected: at.Add(-2 * time.Hour), Deadline: at.Add(-time.Hour), NextDeadline: at.Add(time.Hour),
			Missed: 1, LatestKey: "postgres/dump.sql", LatestSize: 1 << 30, LatestAt: at.Add(-backup.Day), SeenAt: at.Add(-time.Hour),
		},
	}
}

func sampleDigest(n int, at time.Time) *incident.Digest {
	d := &incident.Digest{From: at.Add(-backup.Day), To: at, Series: n, Open: n, Recovered: n}
	for i := range n {
		d.Disks = append(d.Disks, incident.DigestDisk{Environment: "prod", Disk: fmt.Sprint(i), Series: 3, Open: 1, Slots: 3, Met: 2, PurgedFiles: 1, PurgedBytes: 1 << 30})
		d.Bad, d.Closed = append(d.Bad, sampleIncident(i, at)), append(d.Closed, sampleIncident(3*i, at))
	}
	return d
}
