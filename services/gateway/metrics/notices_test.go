package metrics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/metrics"
)

// told is what a test knows of incidents.
type told struct {
	open   []incident.Incident
	groups []incident.Group
}

func (t told) Open() []incident.Incident { return t.open }
func (t told) Groups() []incident.Group  { return t.groups }

func TestNotices(t *testing.T) {
	pending := &incident.Notice{ID: "1"}
	notices := metrics.NewNotices(told{
		open: []incident.Incident{{Severity: backup.SeverityWarning}, {Severity: backup.SeverityWarning}, {Severity: backup.SeverityCritical}},
		groups: []incident.Group{
			{Receiver: "chat", Pending: pending},
			{Receiver: "chat", Pending: pending},
			{Receiver: "chat"},
			{Receiver: "chat", Pending: pending, Delivery: incident.Delivery{SettledAt: time.Unix(1, 0)}},
			{Receiver: "ops"},
		},
	})
	sent := bus.AuditEvent{Record: bus.AuditRecord{Notified: &backmonv1.NoticeSent{Receiver: "chat"}}}
	failed := bus.AuditEvent{Record: bus.AuditRecord{Unnotified: &backmonv1.NoticeFailed{Receiver: "ops"}}}
	for _, e := range []bus.AuditEvent{sent, {Kind: bus.EventCurrent}, {Kind: bus.EventReset}, sent, failed, sent} {
		notices.Apply(e)
	}
	if n := testutil.CollectAndCount(notices, "backmon_notifications_total"); n != 0 {
		t.Errorf("%d counters are told while the past is replayed: they would seem to grow", n)
	}
	notices.Apply(bus.AuditEvent{Kind: bus.EventCurrent})
	const want = `
# HELP backmon_incidents Number of incidents that are open, by their severity.
# TYPE backmon_incidents gauge
backmon_incidents{severity="critical"} 1
backmon_incidents{severity="unknown"} 0
backmon_incidents{severity="warning"} 2
# HELP backmon_notification_queue Number of notices that the receiver has not taken yet.
# TYPE backmon_notification_queue gauge
backmon_notification_queue{receiver="chat"} 2
backmon_notification_queue{receiver="ops"} 0
# HELP backmon_notifications_total Number of notices that receivers took, or that were given up, by the result.
# TYPE backmon_notifications_total counter
backmon_notifications_total{receiver="chat",result="failed"} 0
backmon_notifications_total{receiver="chat",result="sent"} 2
backmon_notifications_total{receiver="ops",result="failed"} 1
backmon_notifications_total{receiver="ops",result="sent"} 0
`
	if err := testutil.CollectAndCompare(notices, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
