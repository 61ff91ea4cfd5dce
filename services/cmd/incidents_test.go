package cmd_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
)

// quiet is a program whose notifier is off, so that a test can keep the incidents.
func quiet(t *testing.T) (config string, notifier *bus.Bus) {
	t.Helper()
	away(t)
	config = newConfig(t, today(t, 0, 1), bustest.FreeAddress(t))
	put(t, "", config, read(t, config)+"notifier: {enabled: false}\n")
	launch(t, "run", "--config", config).url(t)
	backmon(t, "status", "--config", config, "--wait", "30s").expect(t, 0)
	return config, bustest.Connect(t, natsOf(t, config), bus.Options{Name: "notifier", OnError: bustest.Log(t)})
}

func openIncident(group string, severity backup.Severity, state backup.State) incident.Incident {
	opened := time.Now().Add(-time.Hour)
	return incident.Incident{
		Subject: incident.Subject{Environment: "home", Disk: "d", Directory: "db", File: "full", Group: group}, ID: group, Sequence: 1,
		State: state, Severity: severity, Worst: severity, OpenedAt: opened, ChangedAt: opened,
		Reasons: []backup.Reason{{Code: state.String(), Text: "no file for " + group}},
	}
}

func putIncident(t *testing.T, b *bus.Bus, i incident.Incident) {
	t.Helper()
	if _, err := b.PutIncident(t.Context(), wire.Incident(i), 0, 0); err != nil {
		t.Fatal(err)
	}
}

type incidentsDocument struct {
	Incidents []struct {
		Group, State, Severity string
		Reasons                []string
		Told                   []string
		Coming                 []string `json:"on_the_way"`
		Silences               []string
	}
	Pending []struct {
		Receiver, Kind string
		Attempts       int
		Error          string `json:"last_error"`
	}
}

func listIncidents(t *testing.T, config string) incidentsDocument {
	t.Helper()
	r := backmon(t, "incidents", "--config", config, "-o", "json")
	r.expect(t, 0)
	var document incidentsDocument
	if err := json.Unmarshal([]byte(r.out), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

// Incidents, what was told of them, what is on its way, and what is silent.
func TestIncidents(t *testing.T) {
	config, b := quiet(t)
	backmon(t, "incidents", "--config", config).expect(t, 0, "There are no open incidents.")

	late, missing, over := openIncident("late", backup.SeverityWarning, backup.Late), openIncident("missing", backup.SeverityCritical, backup.Missing), openIncident("over", backup.SeverityCritical, backup.Missing)
	over.ClosedAt = time.Now()
	for _, i := range []incident.Incident{late, missing, over} {
		putIncident(t, b, i)
	}
	by := map[string]string{"env": "home", "disk": "d"}
	told := incident.Group{Receiver: "ops", By: by, Told: map[uint64]incident.Told{incident.Key(late.Subject): {}}, WrittenAt: time.Now()}
	pending := incident.Group{Receiver: "chat", By: by, Told: map[uint64]incident.Told{incident.Key(missing.Subject): {}}, WrittenAt: time.Now()}
	pending.Pending = &incident.Notice{
		ID: "n", Receiver: "chat", Kind: incident.Problem, At: time.Now(), Group: by,
		Items: []incident.Item{{Incident: missing, Change: incident.Opened}}, Changes: map[incident.Change]int{incident.Opened: 1},
	}
	pending.Delivery = incident.Delivery{Attempts: 3, NextAttempt: time.Now().Add(time.Minute), LastError: "connection refused"}
	for _, g := range []incident.Group{told, pending} {
		if _, err := b.PutNoticeGroup(t.Context(), g.ID(), wire.NoticeGroup(g), 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	backmon(t, "silence", "add", "--config", config, "--group", "late", "--why", "x", "--by", "y", "--until", "1h").expect(t, 0, "keeps quiet now: 1 of 2.")

	backmon(t, "incidents", "--config", config).expect(t, 0, "2 open incidents: 1 critical, 1 warning", "no file for late", "chat (on the way)", "ops (silence ", "1 message is on the way", "connection refused", "home:d")
	d := listIncidents(t, config)
	if len(d.Incidents) != 2 || len(d.Pending) != 1 {
		t.Fatalf("document %+v", d)
	}
	if i := d.Incidents[0]; i.Group != "missing" || len(i.Told) != 0 || strings.Join(i.Coming, ",") != "chat" || len(i.Silences) != 0 {
		t.Errorf("the worst: %+v", i)
	}
	if i := d.Incidents[1]; i.Group != "late" || i.State != "LATE" || strings.Join(i.Told, ",") != "ops" || len(i.Silences) != 1 || i.Reasons[0] != "no file for late" {
		t.Errorf("the other: %+v", i)
	}
	if p := d.Pending[0]; p.Receiver != "chat" || p.Kind != "problem" || p.Attempts != 3 || p.Error != "connection refused" {
		t.Errorf("pending: %+v", p)
	}
}
