package page_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/gatewaytest"
)

func TestAuditKinds(t *testing.T) {
	id := &backmonv1.SeriesId{Environment: "prod", Disk: "db", Directory: "postgres", File: "nightly", Group: []byte("postgres/acme")}
	at := timestamppb.New(seven.Add(-time.Hour))
	purged := func(phase backmonv1.PurgePhase, mode backmonv1.PurgeMode, deleted int64) bus.AuditRecord {
		return bus.AuditRecord{Purged: &backmonv1.FilesPurged{Environment: "prod", Disk: "db", Run: "R", Phase: phase, Mode: mode, At: at, Chunk: 2, Chunks: 3, Totals: &backmonv1.PurgeTotals{Planned: 2, PlannedBytes: 2048, Deleted: deleted, FreedBytes: 1024}}}
	}
	const enforce = backmonv1.PurgeMode_PURGE_MODE_ENFORCE
	for _, c := range []struct {
		name   string
		record bus.AuditRecord
		want   []string
	}{
		{"purged", purged(backmonv1.PurgePhase_PURGE_PHASE_RESULT, enforce, 2), []string{"purged prod : db", "1h ago", "2 of 2 files, 2.0 KiB deleted, 1.0 KiB free now (part 2 of 3)"}},
		{"dry run", purged(backmonv1.PurgePhase_PURGE_PHASE_RESULT, backmonv1.PurgeMode_PURGE_MODE_DRY_RUN, 0), []string{"dry run", "2 files, 2.0 KiB, would be deleted"}},
		{"intent", purged(backmonv1.PurgePhase_PURGE_PHASE_INTENT, enforce, 0), []string{"intent", "no result yet"}},
		{"refused", bus.AuditRecord{Refused: &backmonv1.PurgeRefused{Environment: "prod", Disk: "db", Series: id, At: at, Reason: "LATE", Text: "the series is LATE", Files: 3}}, []string{"refused", "postgres/acme nightly", "the series is LATE (3 files wait)"}},
		{"cleared", bus.AuditRecord{Refused: &backmonv1.PurgeRefused{Environment: "prod", Disk: "db", At: at}}, []string{"cleared", "nothing forbids the purge any more"}},
		{"downloaded", bus.AuditRecord{Downloaded: &backmonv1.FileDownloaded{Environment: "prod", Disk: "db", Series: id, Key: []byte("x.gz"), Size: 2048, Sent: 2048, Complete: true, User: "eve", Client: "192.0.2.7", At: at}}, []string{"downloaded", "eve at 192.0.2.7 took x.gz, 2.0 KiB"}},
		{"broken off", bus.AuditRecord{Downloaded: &backmonv1.FileDownloaded{Environment: "prod", Disk: "db", Series: id, Key: []byte("x.gz"), Size: 2048, Sent: 1024, Client: "192.0.2.7", At: at}}, []string{"somebody at 192.0.2.7", "of which 1.0 KiB were sent before it broke off"}},
		{"a range", bus.AuditRecord{Downloaded: &backmonv1.FileDownloaded{Environment: "prod", Disk: "db", Series: id, Size: 2048, Sent: 1024, Complete: true, At: at}}, []string{"of which 1.0 KiB were asked for"}},
		{"a link", bus.AuditRecord{Downloaded: &backmonv1.FileDownloaded{Environment: "prod", Disk: "db", Series: id, Size: 2048, Mode: backmonv1.DownloadMode_DOWNLOAD_MODE_LINK, At: at}}, []string{"by a link to the storage"}},
		{"notified", bus.AuditRecord{Notified: &backmonv1.NoticeSent{Receiver: "ops", Title: "2 backups are late", Attempts: 3, At: at}}, []string{"notified", "ops was told: 2 backups are late, after 3 attempts"}},
		{"given up", bus.AuditRecord{Unnotified: &backmonv1.NoticeFailed{Receiver: "ops", Title: "2 backups are late", Attempts: 1, Error: "refused.", At: at}}, []string{"not told", "ops could not be told: 2 backups are late: refused"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := get(t, site(&gatewaytest.Bus{Audit: []bus.AuditRecord{c.record}}).Handler(t), "/audit").main(t)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is missing in %s", want, got)
				}
			}
		})
	}
}

// The newest records come first, and that there are older ones is said.
func TestAuditIsCut(t *testing.T) {
	b := new(gatewaytest.Bus)
	for i := range 1000 {
		b.Audit = append(b.Audit, bus.AuditRecord{Refused: &backmonv1.PurgeRefused{Environment: "prod", Disk: "db", Reason: "x", Text: fmt.Sprintf("record %d.", i), At: timestamppb.New(seven)}})
	}
	got := get(t, site(b).Handler(t), "/audit").main(t)
	if !strings.Contains(got, "record 999.") || !strings.Contains(got, "record 800.") || strings.Contains(got, "record 799.") || !strings.Contains(got, "Older ones are not shown") {
		t.Errorf("%d bytes: %.300s", len(got), got)
	}
	if strings.Index(got, "record 999.") > strings.Index(got, "record 998.") {
		t.Error("the oldest comes first")
	}
}

func TestAuditProblems(t *testing.T) {
	if got := get(t, site(&gatewaytest.Bus{Err: errors.New("not connected")}).Handler(t), "/audit").main(t); !strings.Contains(got, "Not all can be read: not connected") {
		t.Error(got)
	}
	if got := get(t, site(new(gatewaytest.Bus)).Handler(t), "/audit?since=3d").main(t); !strings.Contains(got, "choose one of the periods") {
		t.Error(got)
	}
	if got := get(t, site(new(gatewaytest.Bus)).Handler(t), "/audit?env=prod&disk=databases").main(t); !strings.Contains(got, "Nothing was written down in this time.") {
		t.Error(got)
	}
}

// What can't be read is said where it would stand, and the rest is shown.
func TestSeriesWithoutItsPast(t *testing.T) {
	got := get(t, site(&gatewaytest.Bus{Err: errors.New("not connected")}).Handler(t), acmePath).main(t)
	for _, want := range []string{"The history can’t be read: not connected.", "Last 30 slots", "The newest backup is there"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	if got := get(t, site(&gatewaytest.Bus{Err: errors.New("not connected")}).Handler(t), "/holds").main(t); !strings.Contains(got, "They can’t be read: not connected") {
		t.Error(got)
	}
}
