package view_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/view"
)

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.FixedZone("CET", 3600))

// marshal is a document as a program gets it.
func marshal(t *testing.T, document any) string {
	t.Helper()
	data, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func want(t *testing.T, document any, text string) {
	t.Helper()
	if diff := cmp.Diff(text, marshal(t, document)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A name that is not UTF-8 is there for people and, exactly, for programs.
func TestNames(t *testing.T) {
	want(t, view.NewSeriesID(backup.SeriesID{Environment: "prod", Disk: "db", Directory: "pg", File: "full", Group: "caf\xe9"}),
		`{"environment":"prod","disk":"db","directory":"pg","file":"full","group":"\"caf\\xe9\"","group_base64":"Y2Fm6Q=="}`)
	want(t, view.NewSeriesID(backup.SeriesID{Disk: `a"b`, Group: "café"}),
		`{"environment":"","disk":"a\"b","directory":"","file":"","group":"café"}`)
}

func TestInstant(t *testing.T) {
	want(t, view.Instant(noon), `"2026-01-15T11:00:00Z"`)
	if at := view.Instant(time.Time{}); at != nil {
		t.Errorf("the zero time is %v", at)
	}
}

// What does not apply is left out, and no list is null.
func TestIncident(t *testing.T) {
	i := incident.Incident{Subject: incident.Subject{Environment: "prod", Disk: "db"}, ID: "i", State: backup.Unknown, Severity: backup.SeverityUnknown, Worst: backup.SeverityUnknown, OpenedAt: noon, ChangedAt: noon}
	const disk = `"environment":"prod","disk":"db","directory":"","file":"","group":"","id":"i","state":"UNKNOWN","flags":[],"severity":"unknown","worst_severity":"unknown",` +
		`"reasons":[],"reason_codes":[],"opened_at":"2026-01-15T11:00:00Z","changed_at":"2026-01-15T11:00:00Z","flapping":false,"missed_slots":0`
	want(t, view.NewIncident(i), "{"+disk+"}")
	group := incident.Group{Receiver: "ops", Told: map[uint64]incident.Told{incident.Key(i.Subject): {}}}
	silence := incident.Silence{ID: "s", Since: noon.Add(-time.Hour), Until: noon.Add(time.Hour)}
	want(t, view.NewIncidentDetail(i, []incident.Group{group}, []incident.Silence{silence}, noon), "{"+disk+`,"told":["ops"],"on_the_way":[],"unheard":[],"silences":["s"]}`)
	i.Facts = incident.Facts{Schedule: "@daily", Missed: 2, LatestKey: "\xff", LatestSize: 7, LatestAt: noon}
	var got struct {
		Schedule string
		Missed   int `json:"missed_slots"`
		Latest   map[string]any
	}
	if err := json.Unmarshal([]byte(marshal(t, view.NewIncident(i))), &got); err != nil {
		t.Fatal(err)
	}
	latest := map[string]any{"key": `"\xff"`, "key_base64": "/w==", "size": 7.0, "time": "2026-01-15T11:00:00Z"}
	if diff := cmp.Diff(latest, got.Latest); diff != "" || got.Schedule != "@daily" || got.Missed != 2 {
		t.Errorf("%+v, latest (-want +got):\n%s", got, diff)
	}
}
