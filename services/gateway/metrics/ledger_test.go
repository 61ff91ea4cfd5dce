package metrics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/metrics"
)

func purgedEvent(disk string, mode backmonv1.PurgeMode, phase backmonv1.PurgePhase, chunk int32, deleted int64) bus.AuditEvent {
	return bus.AuditEvent{Kind: bus.EventAudit, Record: bus.AuditRecord{Purged: &backmonv1.FilesPurged{
		Environment: "prod", Disk: disk, Mode: mode, Phase: phase, Chunk: chunk, Chunks: 2, At: timestamppb.New(time.Unix(1_700_000_000, 0)),
		Totals: &backmonv1.PurgeTotals{Planned: deleted + 1, Deleted: deleted, FreedBytes: 100 * deleted},
	}}}
}

func refusedEvent(id backup.SeriesID, reason string) bus.AuditEvent {
	m := &backmonv1.PurgeRefused{Environment: id.Environment, Disk: id.Disk, Reason: reason}
	if id.Directory != "" {
		m.Series = wire.SeriesID(id)
	}
	return bus.AuditEvent{Kind: bus.EventAudit, Record: bus.AuditRecord{Refused: m}}
}

func TestLedgerCountsResultsOfRunsThatDelete(t *testing.T) {
	const enforce, dryRun = backmonv1.PurgeMode_PURGE_MODE_ENFORCE, backmonv1.PurgeMode_PURGE_MODE_DRY_RUN
	const intent, result = backmonv1.PurgePhase_PURGE_PHASE_INTENT, backmonv1.PurgePhase_PURGE_PHASE_RESULT
	ledger := metrics.NewLedger(boardtest.Board())
	for _, e := range []bus.AuditEvent{
		purgedEvent("db", enforce, intent, 1, 3),
		purgedEvent("db", enforce, result, 1, 3),
		purgedEvent("db", enforce, result, 2, 3), // the second chunk of the same run
		purgedEvent("db", dryRun, result, 1, 50),
		purgedEvent("db", enforce, result, 1, 4),
	} {
		ledger.Apply(e)
	}
	if n := testutil.CollectAndCount(ledger); n != 0 {
		t.Errorf("%d metrics are told while the past is replayed: counters would seem to grow", n)
	}
	ledger.Apply(bus.AuditEvent{Kind: bus.EventCurrent})
	want := `# HELP backmon_purge_deleted_bytes_total Bytes that these freed.
# TYPE backmon_purge_deleted_bytes_total counter
backmon_purge_deleted_bytes_total{disk="db",env="prod"} 700
# HELP backmon_purge_deleted_files_total Number of files that the purger deleted.
# TYPE backmon_purge_deleted_files_total counter
backmon_purge_deleted_files_total{disk="db",env="prod"} 7
# HELP backmon_purge_last_run_timestamp_seconds Unix time of the last run that deleted or tried to.
# TYPE backmon_purge_last_run_timestamp_seconds gauge
backmon_purge_last_run_timestamp_seconds{disk="db",env="prod"} 1.7e+09
`
	if err := testutil.CollectAndCompare(ledger, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	ledger.Apply(bus.AuditEvent{Kind: bus.EventReset})
	if n := testutil.CollectAndCount(ledger); n != 0 {
		t.Errorf("%d metrics after a reset", n)
	}
}

func TestLedgerTellsWhatIsBlocked(t *testing.T) {
	there, gone := boardtest.Status("postgres/a"), boardtest.Status("postgres/gone")
	disk := boardtest.Disk("db")
	ledger := metrics.NewLedger(boardtest.Board(boardtest.DiskEvent(disk), boardtest.SeriesEvent(there)))
	diskID := backup.SeriesID{Environment: disk.GetEnvironment(), Disk: disk.GetDisk()}
	ledger.Apply(refusedEvent(there.Series, "LATE"))
	ledger.Apply(refusedEvent(gone.Series, "LATE")) // no longer on the board
	ledger.Apply(refusedEvent(diskID, "mass_delete"))
	ledger.Apply(bus.AuditEvent{Kind: bus.EventCurrent})
	blocked := func() int { return testutil.CollectAndCount(ledger, "backmon_purge_blocked") }
	if n := blocked(); n != 2 {
		t.Fatalf("%d reasons are reported, want those of the series and of the disk", n)
	}
	ledger.Apply(refusedEvent(there.Series, "hold"))
	if n := blocked(); n != 2 {
		t.Errorf("%d reasons after another one for the same series, want 2", n)
	}
	ledger.Apply(refusedEvent(there.Series, ""))
	ledger.Apply(refusedEvent(diskID, ""))
	if n := blocked(); n != 0 {
		t.Errorf("%d reasons after all were taken back", n)
	}
}
