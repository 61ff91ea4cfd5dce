package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
)

var (
	purgeDeletedFiles = describe("purge_deleted_files_total", "Number of files that the purger deleted.")
	purgeDeletedBytes = describe("purge_deleted_bytes_total", "Bytes that these freed.")
	purgeBlocked      = describe("purge_blocked", "Number of series that may not be purged at present, by the reason.", "reason")
	purgeLastRun      = describe("purge_last_run_timestamp_seconds", "Unix time of the last run that deleted or tried to.")
)

// describe describes a metric of disks.
func describe(name, help string, more ...string) *prometheus.Desc {
	return prometheus.NewDesc("backmon_"+name, help, append([]string{"env", "disk"}, more...), nil)
}

// Ledger sums up the audit stream for Prometheus: what was purged, and what is
// refused at present. Its counters cover what the stream keeps (400 days) and so
// survive restarts; until the stream's past is replayed there are none, as counters
// that grow from nothing would look like new events. It may be used concurrently.
type Ledger struct {
	board *board.Board

	mu      sync.Mutex
	current bool
	purged  map[board.DiskID]*purged
	blocked map[backup.SeriesID]string // the reason; a disk has no directory
}

// purged is the sum of a disk's runs.
type purged struct {
	files, bytes int64
	lastRun      time.Time
}

// NewLedger returns an empty ledger. What is no longer on the board is not
// reported as blocked.
func NewLedger(b *board.Board) *Ledger {
	return &Ledger{board: b, purged: map[board.DiskID]*purged{}, blocked: map[backup.SeriesID]string{}}
}

// Apply takes in an event of the audit stream.
func (l *Ledger) Apply(e bus.AuditEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case e.Kind == bus.EventCurrent:
		l.current = true
	case e.Kind == bus.EventReset:
		l.current = false
		clear(l.purged)
		clear(l.blocked)
	case e.Record.Purged != nil:
		l.addPurged(e.Record.Purged)
	case e.Record.Refused != nil:
		l.setBlocked(e.Record.Refused)
	}
}

// addPurged counts a run by the first chunk of its result: totals are in each.
func (l *Ledger) addPurged(m *backmonv1.FilesPurged) {
	if !wire.IsPurgeResult(m) {
		return
	}
	id := board.DiskID{Environment: m.GetEnvironment(), Disk: m.GetDisk()}
	p := l.purged[id]
	if p == nil {
		p = &purged{}
		l.purged[id] = p
	}
	p.files += m.GetTotals().GetDeleted()
	p.bytes += m.GetTotals().GetFreedBytes()
	if at := m.GetAt().AsTime(); at.After(p.lastRun) {
		p.lastRun = at
	}
}

func (l *Ledger) setBlocked(m *backmonv1.PurgeRefused) {
	id := backup.SeriesID{Environment: m.GetEnvironment(), Disk: m.GetDisk()}
	if m.GetSeries() != nil {
		id = wire.ParseSeriesID(m.GetSeries())
	}
	if m.GetReason() == "" {
		delete(l.blocked, id)
		return
	}
	l.blocked[id] = m.GetReason()
}

// Describe sends nothing: the set of metrics depends on the disks.
func (l *Ledger) Describe(chan<- *prometheus.Desc) {}

// Collect sends the sums of the present.
func (l *Ledger) Collect(out chan<- prometheus.Metric) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.current {
		return
	}
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	for id, p := range l.purged {
		env, disk := prose.Label(id.Environment), prose.Label(id.Disk)
		send(purgeDeletedFiles, prometheus.CounterValue, float64(p.files), env, disk)
		send(purgeDeletedBytes, prometheus.CounterValue, float64(p.bytes), env, disk)
		if at, ok := instant(p.lastRun); ok {
			send(purgeLastRun, prometheus.GaugeValue, at, env, disk)
		}
	}
	for key, n := range l.counts() {
		send(purgeBlocked, prometheus.GaugeValue, float64(n), prose.Label(key.disk.Environment), prose.Label(key.disk.Disk), key.reason)
	}
}

type blockedKey struct {
	disk   board.DiskID
	reason string
}

// counts counts what is blocked of what still exists.
func (l *Ledger) counts() map[blockedKey]int {
	counts := map[blockedKey]int{}
	for id, reason := range l.blocked {
		if l.board.Has(id) {
			counts[blockedKey{board.DiskID{Environment: id.Environment, Disk: id.Disk}, reason}]++
		}
	}
	return counts
}
