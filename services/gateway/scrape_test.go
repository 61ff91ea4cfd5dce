package gateway_test

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/metrics"
)

// told is a bus that has told all of these when done is closed.
type told struct {
	stream   // of which nothing comes
	statuses []bus.Event
	audit    []bus.AuditEvent
	done     chan struct{}
	ended    chan struct{}
}

// WatchStatuses tells the statuses once the audit is told.
func (b told) WatchStatuses(ctx context.Context, _ bus.Filter, visit func(bus.Event) error) error {
	for _, e := range append(b.statuses, bus.Event{Kind: bus.EventCurrent}) {
		if err := visit(e); err != nil {
			return err
		}
	}
	<-b.ended
	close(b.done)
	<-ctx.Done()
	return nil
}

// WatchAudit tells the audit.
func (b told) WatchAudit(ctx context.Context, _ bus.AuditFilter, visit func(bus.AuditEvent) error) error {
	for _, e := range append(b.audit, bus.AuditEvent{Kind: bus.EventCurrent}) {
		if err := visit(e); err != nil {
			return err
		}
	}
	close(b.ended)
	<-ctx.Done()
	return nil
}

// scrape is what a real gateway answers at /metrics when the bus has told it that.
func scrape(t *testing.T, statuses []bus.Event, audit []bus.AuditEvent) string {
	t.Helper()
	b := told{stream: newStream(), statuses: statuses, audit: audit, done: make(chan struct{}), ended: make(chan struct{})}
	g := startOn(t, b, plain)
	<-b.done
	return request(t, "GET", g.url+"/metrics", http.DefaultClient).body
}

// scrapeTLS is scrape with a certificate that ends in an hour.
func scrapeTLS(t *testing.T, statuses []bus.Event, audit []bus.AuditEvent) string {
	t.Helper()
	certificate, key, roots := newCertificate(t)
	b := told{stream: newStream(), statuses: statuses, audit: audit, done: make(chan struct{}), ended: make(chan struct{})}
	g := startOn(t, b, func(c *gateway.Config) { c.TLS = &gateway.TLS{Certificate: certificate, Key: key} })
	<-b.done
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	response, err := client.Get(strings.Replace(g.url, "http:", "https:", 1) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func refused(id backup.SeriesID, reason string) bus.AuditEvent {
	m := &backmonv1.PurgeRefused{Environment: id.Environment, Disk: id.Disk, Reason: reason, Series: wire.SeriesID(id)}
	return bus.AuditEvent{Kind: bus.EventAudit, Record: bus.AuditRecord{Refused: m}}
}

func purged(disk string) bus.AuditEvent {
	return bus.AuditEvent{Kind: bus.EventAudit, Record: bus.AuditRecord{Purged: &backmonv1.FilesPurged{
		Environment: "prod", Disk: disk, Mode: backmonv1.PurgeMode_PURGE_MODE_ENFORCE, Phase: backmonv1.PurgePhase_PURGE_PHASE_RESULT, Chunk: 1, Chunks: 1,
		At: timestamppb.New(boardtest.Noon), Totals: &backmonv1.PurgeTotals{Planned: 3, Deleted: 3, FreedBytes: 300},
	}}}
}

// everything is a scrape with all metrics that there are.
func everything(t *testing.T) string {
	t.Helper()
	full := boardtest.Disk("db")
	full.Flags = []backmonv1.DiskFlag{backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA}
	statuses := []bus.Event{
		boardtest.DiskEvent(full), boardtest.DiskEvent(boardtest.UnseenDisk("denied")),
		boardtest.SeriesEvent(boardtest.Status("postgres/a")), boardtest.SeriesEvent(boardtest.Bad("postgres/b")), boardtest.SeriesEvent(boardtest.Unseen("postgres/c")),
	}
	return scrapeTLS(t, statuses, []bus.AuditEvent{purged("db"), refused(boardtest.Bad("postgres/b").Series, "MISSING")})
}

// waiting are notices that a receiver has not taken.
type waiting int

// Open returns an incident.
func (w waiting) Open() []incident.Incident {
	return []incident.Incident{{Severity: backup.SeverityCritical}}
}

// Groups returns one for each notice.
func (w waiting) Groups() []incident.Group {
	groups := []incident.Group{{Receiver: "chat"}}
	for range int(w) {
		groups = append(groups, incident.Group{Receiver: "chat", Pending: &incident.Notice{ID: "1"}})
	}
	return groups
}

// notifying is what the metrics of notices say when so many were given up, and so many
// wait.
func notifying(t *testing.T, failed, pending int) string {
	t.Helper()
	counts := metrics.NewNotices(waiting(pending))
	counts.Apply(bus.AuditEvent{Record: bus.AuditRecord{Notified: &backmonv1.NoticeSent{Receiver: "chat"}}})
	for range failed {
		counts.Apply(bus.AuditEvent{Record: bus.AuditRecord{Unnotified: &backmonv1.NoticeFailed{Receiver: "chat"}}})
	}
	counts.Apply(bus.AuditEvent{Kind: bus.EventCurrent})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(counts)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}
