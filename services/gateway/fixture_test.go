package gateway_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway"
)

var update = flag.Bool("update", false, "write the golden files")

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got, go test -update writes it):\n%s", file, diff)
	}
}

// status is one series in full: every field that a metric shows is set.
func status(group string) backup.Status {
	at := noon.Add(-10 * time.Hour)
	return backup.Status{
		Series: backup.SeriesID{Environment: "prod", Disk: "db", Directory: "postgres", File: "nightly", Group: group},
		State:  backup.OK, Since: at, KnownSince: at, SeenAt: noon, EvaluatedAt: noon,
		Policy: backup.Policy{
			Schedule: "0 2 * * *", Timezone: "UTC", Grace: time.Hour, Sort: "interpolation",
			Purge: true, RetentionCount: 7, RetentionAge: 7 * backup.Day,
		},
		Files: backup.FileFacts{Count: 9, Young: 7, Bytes: 9 << 20, Latest: &backup.LatestFile{Time: at, Good: true, File: backup.File{
			Key: group + "/x.gz", Size: 1 << 20, ModifiedAt: at,
			Stat: backup.Stat{BornAt: at, ModifiedAt: at.Add(90 * time.Second), ArchivedAt: at.Add(3 * time.Minute)},
		}}},
		Slot:    backup.SlotFacts{Previous: at, Open: at.Add(backup.Day), Deadline: at.Add(25 * time.Hour), NextDeadline: at.Add(25 * time.Hour)},
		Expired: backup.ExpiredFacts{Count: 2, Bytes: 2 << 20},
	}
}

// bad is a series that is flagged and late.
func bad(group string) backup.Status {
	s := status(group)
	s.State, s.Severity, s.Flags, s.Slot.Missed = backup.Missing, backup.SeverityCritical, []backup.Flag{backup.Empty, backup.TooFew}, 3
	return s
}

// unseen is a series of a broken rule, which was never evaluated.
func unseen(group string) backup.Status {
	return backup.Status{
		Series: backup.SeriesID{Environment: "prod", Disk: "db", Directory: "postgres", File: "broken", Group: group},
		State:  backup.Unknown, Severity: backup.SeverityUnknown, Since: noon, EvaluatedAt: noon,
	}
}

func diskStatus(name string) *backmonv1.DiskStatus {
	return &backmonv1.DiskStatus{
		Environment: "prod", Disk: name, EvaluatedAt: timestamppb.New(noon), SucceededAt: timestamppb.New(noon), DefinitionSound: true,
		Totals:         &backmonv1.DiskTotals{Files: 40, Bytes: 3 << 30, QuotaBytes: 2 << 30, UnmatchedFiles: 4},
		AmbiguousFiles: 1,
		Cost:           &backmonv1.ListingCost{Requests: 3, Objects: 44, Elapsed: durationpb.New(1500 * time.Millisecond)},
		Problems:       []*backmonv1.Problem{{Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR}, {Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_WARNING}, {Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_WARNING}},
	}
}

func unseenDisk(name string) *backmonv1.DiskStatus {
	return &backmonv1.DiskStatus{
		Environment: "prod", Disk: name, EvaluatedAt: timestamppb.New(noon), Error: "access denied", ErrorKind: backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED,
	}
}

func seriesEvent(s backup.Status) bus.Event {
	return bus.Event{Kind: bus.EventBackup, Backup: wire.Status(s, nil), Gone: s.State == backup.Gone}
}

func diskEvent(d *backmonv1.DiskStatus) bus.Event {
	return bus.Event{Kind: bus.EventDisk, Disk: d, Gone: d.GetGone()}
}

// board is one with the statuses on it.
func board(events ...bus.Event) *gateway.Board {
	b := gateway.NewBoard()
	for _, e := range events {
		b.Apply(e)
	}
	return b
}

// stream is a bus whose events the test sends.
type stream chan bus.Event

func (s stream) WatchStatuses(ctx context.Context, _ bus.Filter, visit func(bus.Event) error) error {
	for {
		select {
		case e := <-s:
			if err := visit(e); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// WatchAudit has nothing to tell.
func (s stream) WatchAudit(ctx context.Context, _ bus.AuditFilter, _ func(bus.AuditEvent) error) error {
	<-ctx.Done()
	return nil
}
