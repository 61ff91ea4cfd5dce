package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/gateway/guard"
)

// order is what a hold or silence answers with.
type order struct {
	ID, By, Why, URL  string
	Group             string
	Group_Base64      string //nolint:revive // as the JSON has it
	Until             *time.Time
	Series, Incidents int
}

func TestHolds(t *testing.T) {
	f := some(t)
	if got := f.get(t, "/api/v1/holds"); got.body != `{"holds":[]}`+"\n" {
		t.Errorf("none: %s", got.body)
	}
	got := f.ask(t, "POST", "/api/v1/holds", `{"disk":"db","group":"a","why":"legal case","by":"eve","until":"12h"}`)
	h := decode[order](t, got)
	if got.status != 201 || h.By != "eve" || h.Series != 2 || h.Until == nil || time.Until(*h.Until) > 12*time.Hour || h.Group != "a" {
		t.Errorf("%d %+v", got.status, h)
	}
	if stored := f.hold(t, h.ID); stored.GetDisk() != "db" || stored.GetWhy() != "legal case" {
		t.Errorf("stored %v", stored)
	}
	if all := decode[struct{ Holds []order }](t, f.get(t, "/api/v1/holds")).Holds; len(all) != 1 || all[0].ID != h.ID {
		t.Errorf("listed %+v", all)
	}
	if got := f.ask(t, "DELETE", h.URL, ""); got.status != 204 || f.hold(t, h.ID) != nil {
		t.Errorf("removed: %d, %v", got.status, f.hold(t, h.ID))
	}
	wantProblem(t, f.ask(t, "DELETE", h.URL, ""), 404, "there is no hold")
	wantProblem(t, f.ask(t, "DELETE", "/api/v1/holds/=2A", ""), 404, `there is no hold "*"`)
}

// A name that is no UTF-8 can be held, too.
func TestHoldOfBytes(t *testing.T) {
	f := some(t)
	h := decode[order](t, f.ask(t, "POST", "/api/v1/holds", `{"group_base64":"/w==","why":"x","by":"eve"}`))
	if string(f.hold(t, h.ID).GetGroup()) != "\xff" || h.Group_Base64 != "/w==" || h.Until != nil {
		t.Errorf("%+v, stored %v", h, f.hold(t, h.ID))
	}
}

// Who has logged in puts the order, whatever the body says.
func TestOrdersAreSigned(t *testing.T) {
	f := some(t)
	f.user = guard.Identity{Name: "alice", Role: guard.Operator}
	if h := decode[order](t, f.ask(t, "POST", "/api/v1/holds", `{"all":true,"why":"x","by":"mallory"}`)); h.By != "alice" || h.Series != 4 {
		t.Errorf("%+v", h)
	}
	if s := decode[order](t, f.ask(t, "POST", "/api/v1/silences", `{"all":true,"why":"x","until":"1h"}`)); s.By != "alice" {
		t.Errorf("%+v", s)
	}
}

func TestOrderErrors(t *testing.T) {
	f := some(t)
	long := `"` + strings.Repeat("x", 70_000) + `"`
	for _, c := range []struct {
		path, body string
		status     int
		text       string
		pointers   string
	}{
		{"holds", `{"why":"x","by":"e"}`, 422, "all: name what to hold", "#/all"},
		{"holds", `{"all":true,"disk":"db","until":"Friday"}`, 422, "all: everything is meant", "#/all #/why #/by #/until"},
		{"holds", `{"group":"a","group_base64":"/w==","why":"x","by":"e"}`, 422, "group_base64: stands in place of group", "#/group_base64"},
		{"holds", `{"disk":1}`, 400, "not what is expected", "#/disk"},
		{"holds", `{"dusk":"db"}`, 400, `unknown field "dusk"`, ""},
		{"holds", `{"disk":"db"} {}`, 400, "something follows the object", ""},
		{"holds", `[]`, 400, "not what is expected", "#"},
		{"holds", `{"why":` + long + `}`, 413, "over 65536 bytes", ""},
		{"holds", `{`, 400, "unexpected EOF", ""},
		{"silences", `{"match":{"disk":["db"]},"why":"x","by":"e"}`, 422, "until: say when it ends", "#/until"},
		{"silences", `{"match":{"disk":["*"]},"why":"x","by":"e","until":"1h"}`, 422, "all: name what to silence", "#/all"},
		{"silences", `{"match":{"severity":["critical","bad"],"state":["LATTE"]},"why":"x","by":"e","until":"1h"}`, 422, `unknown severity "bad"`, "#/match/severity/1 #/match/state/0"},
		{"silences", `{"match":{"disk":"db"}}`, 400, "not what is expected", "#/match/disk"},
	} {
		t.Run(c.path+c.body[:min(len(c.body), 60)], func(t *testing.T) {
			got := f.ask(t, "POST", "/api/v1/"+c.path, c.body)
			wantProblem(t, got, c.status, c.text)
			var p struct{ Errors []struct{ Pointer string } }
			if err := json.Unmarshal([]byte(got.body), &p); err != nil {
				t.Fatal(err)
			}
			var pointers []string
			for _, e := range p.Errors {
				pointers = append(pointers, e.Pointer)
			}
			if text := strings.Join(pointers, " "); text != c.pointers {
				t.Errorf("pointers %q, want %q", text, c.pointers)
			}
		})
	}
	if holds, err := f.bus.Holds(t.Context()); err != nil || len(holds)+len(f.bus.Silences()) != 0 {
		t.Errorf("something was put: %v %v, %v", holds, f.bus.Silences(), err)
	}
	wantProblem(t, f.ask(t, "POST", "/api/v1/holds", ""), 415, "application/json")
	f.bus.Err = bus.ErrDisconnected
	for _, ask := range [][2]string{
		{"GET", "/api/v1/holds"}, {"DELETE", "/api/v1/holds/x"}, {"DELETE", "/api/v1/silences/x"}, {"GET", "/api/v1/purge"}, {"GET", "/api/v1/audit"},
	} {
		wantProblem(t, f.ask(t, ask[0], ask[1], ""), 503, "NATS")
	}
	wantProblem(t, f.ask(t, "POST", "/api/v1/holds", `{"all":true,"why":"x","by":"e"}`), 503, "NATS")
	wantProblem(t, f.ask(t, "POST", "/api/v1/silences", `{"all":true,"why":"x","by":"e","until":"1h"}`), 503, "NATS")
}

func TestSilences(t *testing.T) {
	f := some(t)
	f.troubles.open = troubled()
	got := f.ask(t, "POST", "/api/v1/silences", `{"match":{"env":["prod"],"group":["a*"],"severity":["warning"],"state":["LATE"],"labels":{}},"why":"the storage moves","by":"eve","until":"2099-12-31"}`)
	s := decode[order](t, got)
	// The series a is one that it may keep quiet about, whatever its state now.
	if got.status != 201 || s.Series != 1 || s.Incidents != 1 || s.Until.Format(time.DateOnly) != "2100-01-01" {
		t.Errorf("%d %+v", got.status, s)
	}
	stored := f.bus.Silences()
	if len(stored) != 1 || stored[0].GetId() != s.ID {
		t.Fatalf("stored %v", stored)
	}
	if m := stored[0].GetMatch(); fmt.Sprint(m.GetEnvironments(), len(m.GetGroups()), m.GetSeverities(), m.GetStates()) != "[prod] 1 [SEVERITY_WARNING] [STATE_LATE]" {
		t.Errorf("stored %v", m)
	}
	f.troubles.silences = []incident.Silence{wire.ParseSilence(stored[0])}
	if all := decode[struct{ Silences []order }](t, f.get(t, "/api/v1/silences")).Silences; len(all) != 1 || all[0].ID != s.ID {
		t.Errorf("listed %+v", all)
	}
	if got := f.ask(t, "DELETE", s.URL, ""); got.status != 204 {
		t.Errorf("removed: %d", got.status)
	}
	wantProblem(t, f.ask(t, "DELETE", s.URL, ""), 404, "there is no silence")
	f.troubles.replaying = true
	wantProblem(t, f.get(t, "/api/v1/silences"), 503, "still being read")
}
