package report_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/goldentest"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/cmd/report"
)

func routing() *report.Routing {
	at := func(s incident.Subject, state backup.State, severity backup.Severity, labels map[string]string) incident.Incident {
		return incident.Incident{Subject: s, State: state, Severity: severity, Labels: labels}
	}
	series := incident.Subject{Environment: "prod", Disk: "db", Directory: "postgres", File: "full", Group: "postgres/acme"}
	wild := incident.Subject{Environment: "prod", Disk: "d\x1b[2J", Directory: "\u202e", File: "f\n", Group: "\xff"}
	return &report.Routing{Answers: []report.RouteAnswer{
		{Incident: at(incident.DiskOf(series), backup.Unknown, backup.SeverityUnknown, nil), Receivers: []string{"ops"}, Lines: []int{12}},
		{Incident: at(series, backup.Missing, backup.SeverityCritical, map[string]string{"team": "db", "tier": "1"}), Receivers: []string{"chat", "ops"}, Lines: []int{12, 15}},
		{Incident: at(wild, backup.Late, backup.SeverityWarning, map[string]string{"a": "\x07"})},
		{Incident: at(series, backup.Missing, backup.SeverityCritical, nil), Receivers: []string{"chat"}, Everyone: true},
		{Incident: at(series, backup.Missing, backup.SeverityCritical, nil), Everyone: true},
	}}
}

func TestRoutingGolden(t *testing.T) {
	text := written(t, func(b *strings.Builder) error { return report.RoutingTable(b, routing(), false) })
	goldentest.Compare(t, "routing.txt", text)
	goldentest.Compare(t, "routing.json", written(t, func(b *strings.Builder) error { return report.RoutingJSON(b, routing()) }))
	for _, bad := range []string{"\x1b", "\x07", "\u202e", "\xff"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q gets through", bad)
		}
	}
	assumed := written(t, func(b *strings.Builder) error {
		return report.RoutingTable(b, &report.Routing{Assumed: "no \x1b"}, false)
	})
	if !strings.HasPrefix(assumed, `no \x1b`+"\n\n") {
		t.Errorf("assumption: %q", assumed)
	}
}

func TestRoutingWriteErrors(t *testing.T) {
	for name, err := range map[string]error{"table": report.RoutingTable(broken{}, routing(), true), "json": report.RoutingJSON(broken{}, routing())} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
