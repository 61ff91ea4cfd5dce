// Package boardtest makes statuses for tests of what shows them. It is for tests only.
package boardtest

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
)

// Noon is the present of the statuses.
var Noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// Status is one series in full: every field that a metric shows is set.
func Status(group string) backup.Status {
	at := Noon.Add(-10 * time.Hour)
	return backup.Status{
		Series: backup.SeriesID{Environment: "prod", Disk: "db", Directory: "postgres", File: "nightly", Group: group},
		State:  backup.OK, Since: at, KnownSince: at, SeenAt: Noon, EvaluatedAt: Noon,
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

// Bad is a series that is flagged and late.
func Bad(group string) backup.Status {
	s := Status(group)
	s.State, s.Severity, s.Flags, s.Slot.Missed = backup.Missing, backup.SeverityCritical, []backup.Flag{backup.Empty, backup.TooFew}, 3
	return s
}

// Unseen is a series of a broken rule, which was never evaluated.
func Unseen(group string) backup.Status {
	return backup.Status{
		Series: backup.SeriesID{Environment: "prod", Disk: "db", Directory: "postgres", File: "broken", Group: group},
		State:  backup.Unknown, Severity: backup.SeverityUnknown, Since: Noon, EvaluatedAt: Noon,
	}
}

// Disk is the status of a disk with a bit of everything.
func Disk(name string) *backmonv1.DiskStatus {
	return &backmonv1.DiskStatus{
		Environment: "prod", Disk: name, EvaluatedAt: timestamppb.New(Noon), SucceededAt: timestamppb.New(Noon), DefinitionSound: true,
		Totals:         &backmonv1.DiskTotals{Files: 40, Bytes: 3 << 30, QuotaBytes: 2 << 30, UnmatchedFiles: 4},
		AmbiguousFiles: 1,
		Cost:           &backmonv1.ListingCost{Requests: 3, Objects: 44, Elapsed: durationpb.New(1500 * time.Millisecond)},
		Problems:       []*backmonv1.Problem{{Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR}, {Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_WARNING}, {Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_WARNING}},
	}
}

// UnseenDisk is one that could not be listed.
func UnseenDisk(name string) *backmonv1.DiskStatus {
	return &backmonv1.DiskStatus{
		Environment: "prod", Disk: name, EvaluatedAt: timestamppb.New(Noon), Error: "access denied", ErrorKind: backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED,
	}
}

// SeriesEvent is what the stream tells of a series.
func SeriesEvent(s backup.Status) bus.Event {
	return bus.Event{Kind: bus.EventBackup, Backup: wire.Status(s, nil), Gone: s.State == backup.Gone}
}

// DiskEvent is what the stream tells of a disk.
func DiskEvent(d *backmonv1.DiskStatus) bus.Event {
	return bus.Event{Kind: bus.EventDisk, Disk: d, Gone: d.GetGone()}
}

// Board is one with the events on it.
func Board(events ...bus.Event) *board.Board {
	b := board.New()
	for _, e := range events {
		b.Apply(e)
	}
	return b
}
