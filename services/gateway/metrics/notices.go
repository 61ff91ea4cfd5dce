package metrics

import (
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
)

var (
	notifications     = prometheus.NewDesc("backmon_notifications_total", "Number of notices that receivers took, or that were given up, by the result.", []string{"receiver", "result"}, nil)
	openIncidents     = prometheus.NewDesc("backmon_incidents", "Number of incidents that are open, by their severity.", []string{"severity"}, nil)
	notificationQueue = prometheus.NewDesc("backmon_notification_queue", "Number of notices that the receiver has not taken yet.", []string{"receiver"}, nil)
)

// Told is what is known of incidents and of who was told.
type Told interface {
	// Open returns the incidents that are not over.
	Open() []incident.Incident
	// Groups returns what each receiver was told.
	Groups() []incident.Group
}

// Notices counts what the audit stream says of notices, and exports it with what is
// open and on its way. Its counters cover what the stream keeps, and wait for its
// replay, as those of a Ledger. It may be used concurrently.
type Notices struct {
	told Told

	mu      sync.Mutex
	current bool
	counts  map[noticeKey]int
}

// noticeKey names a counter.
type noticeKey struct{ receiver, result string }

// The results of a notice.
const (
	resultSent   = "sent"
	resultFailed = "failed"
)

// NewNotices returns a counter that has counted nothing.
func NewNotices(told Told) *Notices {
	return &Notices{told: told, counts: map[noticeKey]int{}}
}

// Apply takes in an event of the audit stream.
func (n *Notices) Apply(e bus.AuditEvent) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case e.Kind == bus.EventCurrent:
		n.current = true
	case e.Kind == bus.EventReset:
		n.current = false
		clear(n.counts)
	case e.Record.Notified != nil:
		n.counts[noticeKey{e.Record.Notified.GetReceiver(), resultSent}]++
	case e.Record.Unnotified != nil:
		n.counts[noticeKey{e.Record.Unnotified.GetReceiver(), resultFailed}]++
	}
}

// Describe sends nothing: the set of metrics depends on the receivers.
func (n *Notices) Describe(chan<- *prometheus.Desc) {}

// Collect sends the counts, the open incidents and the notices on their way.
func (n *Notices) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value int, label string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), label)
	}
	open := map[backup.Severity]int{}
	for _, i := range n.told.Open() {
		open[i.Severity]++
	}
	for _, severity := range incident.Severities() {
		gauge(openIncidents, open[severity], severity.String())
	}
	waiting := map[string]int{}
	for _, g := range n.told.Groups() {
		count := 0 // shown too: the receiver is known
		if g.OnTheWay() {
			count = 1
		}
		waiting[g.Receiver] += count
	}
	for receiver, count := range waiting {
		gauge(notificationQueue, count, prose.Label(receiver))
	}
	n.collectCounts(out, slices.Collect(maps.Keys(waiting)))
}

// collectCounts sends both counters of each receiver, those that are 0 too: Prometheus
// sees no increase in a counter that begins with 1.
func (n *Notices) collectCounts(out chan<- prometheus.Metric, receivers []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.current {
		return
	}
	for key := range n.counts {
		receivers = append(receivers, key.receiver)
	}
	slices.Sort(receivers)
	for _, receiver := range slices.Compact(receivers) {
		for _, result := range []string{resultSent, resultFailed} {
			count := float64(n.counts[noticeKey{receiver, result}])
			out <- prometheus.MustNewConstMetric(notifications, prometheus.CounterValue, count, prose.Label(receiver), result)
		}
	}
}
