package receiver

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
)

// alert is one of Alertmanager's API v2. Its labels make out which one it is.
type alert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// Names of alerts.
const (
	alertBackup = "BackmonBackup"
	alertDisk   = "BackmonDisk"
	alertTest   = "BackmonTest"
)

// alert is an incident as it is: firing, or over.
func (a *alertmanager) alert(i incident.Incident, now time.Time) alert {
	if i.Open() {
		return a.firing(i, now)
	}
	return a.over(i, i.ClosedAt, now)
}

// firing is an open incident. It ends by itself unless it is told again.
func (a *alertmanager) firing(i incident.Incident, now time.Time) alert {
	i.ClosedAt = time.Time{}
	return a.describe(i, now, now.Add(max(lifetimes*a.resend, leastLife)))
}

// over is an incident that ended.
func (a *alertmanager) over(i incident.Incident, ended, now time.Time) alert {
	i.ClosedAt = earliest(ended, now)
	return a.describe(i, now, i.ClosedAt)
}

func (a *alertmanager) describe(i incident.Incident, now, ends time.Time) alert {
	words := a.writer.Incident(i, now)
	out := alert{
		Labels: labelsOf(i), StartsAt: i.OpenedAt, EndsAt: ends, GeneratorURL: a.writer.Link(i.Subject),
		Annotations: map[string]string{"summary": words.Title, "description": words.Text, "state": i.State.String()},
	}
	if len(i.Flags) > 0 {
		out.Annotations["flags"] = strings.Join(i.Flags, " ")
	}
	if i.Flapping {
		out.Annotations["flapping"] = "true"
	}
	if out.GeneratorURL != "" {
		out.Annotations["link"] = out.GeneratorURL
	}
	if out.StartsAt.IsZero() || out.StartsAt.After(ends) { // clocks differ
		out.StartsAt = ends
	}
	return out
}

// labelsOf are the labels of an incident, the same from its beginning to its end
// unless its severity or its definition's labels change. They are spelt as in
// metrics. Labels of the definition give way to those of backmon.
func labelsOf(i incident.Incident) map[string]string {
	labels := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(i.Labels)) {
		if spelt := labelName(name); labels[spelt] == "" {
			labels[spelt] = prose.Label(i.Labels[name])
		}
	}
	labels["alertname"] = alertBackup
	labels["env"], labels["disk"] = prose.Label(i.Subject.Environment), prose.Label(i.Subject.Disk)
	labels["severity"] = i.Severity.String()
	of := map[string]string{"directory": i.Subject.Directory, "file": i.Subject.File, "group": i.Subject.Group}
	for name, value := range of {
		labels[name] = prose.Label(value)
	}
	if incident.OfDisk(i.Subject) {
		labels["alertname"] = alertDisk
		for name := range of {
			delete(labels, name)
		}
	}
	return labels
}

// labelName makes a name fit for Prometheus: letters, digits and "_", no digit first.
func labelName(name string) string {
	spelt := strings.Map(func(r rune) rune {
		if r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, name)
	if spelt == "" || '0' <= spelt[0] && spelt[0] <= '9' {
		spelt = "_" + spelt
	}
	return spelt
}

// test is an alert that ends by itself.
func (a *alertmanager) test(n incident.Notice, now time.Time) alert {
	words := a.writer.Write(n)
	return alert{
		Labels:      map[string]string{"alertname": alertTest, "severity": backup.SeverityWarning.String(), "receiver": prose.Label(a.name)},
		Annotations: map[string]string{"summary": words.Title, "description": words.Text},
		StartsAt:    now, EndsAt: now.Add(testLife),
	}
}
