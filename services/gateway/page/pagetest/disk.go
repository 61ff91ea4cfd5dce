// Package pagetest makes boards for tests of the page: disks with files, judged
// by the core as the evaluator judges them, and what a bus tells beside them. It is
// for tests only.
package pagetest

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/definition"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// Disk is a disk with its definitions and files.
type Disk struct {
	Environment, Name string
	Definitions       string
	Files             []backup.File
	// Now is when it is looked at.
	Now time.Time
	// Change, when set, alters the disk's status before it is published.
	Change func(*backmonv1.DiskStatus)
}

// Evaluate judges the disk as one that has been watched for a year, and returns
// what the stream then tells.
func (d Disk) Evaluate() []bus.Event {
	parsed, err := definition.Parse([]byte(d.Definitions), definition.Options{})
	evaluation := backup.NewPlan(parsed).Evaluation(d.Now)
	for _, f := range d.Files {
		evaluation.Add(f)
	}
	outcome := evaluation.Finish(d.Environment, d.Name, []backup.Status{})
	var events []bus.Event
	for _, s := range outcome.Statuses {
		s.KnownSince = d.Now.Add(-365 * backup.Day)
		if s.State == backup.OK && s.Since.Equal(d.Now) {
			s.Since = d.Now.Add(-40 * backup.Day)
		}
		events = append(events, boardtest.SeriesEvent(s))
	}
	return append(events, boardtest.DiskEvent(d.status(parsed, outcome, err)))
}

func (d Disk) status(parsed *backup.Definition, outcome backup.Outcome, err error) *backmonv1.DiskStatus {
	s := &backmonv1.DiskStatus{
		Environment: d.Environment, Disk: d.Name, EvaluatedAt: timestamppb.New(d.Now), SucceededAt: timestamppb.New(d.Now),
		DefinitionSound: !backup.HasErrors(parsed.Problems), Problems: wire.Problems(parsed.Problems),
		Totals: wire.Totals(outcome.Totals, parsed.Quota), States: wire.StateCounts(outcome.Statuses),
		AmbiguousFiles: outcome.Totals.Ambiguous, AmbiguousSamples: wire.AmbiguousFiles(outcome.Totals.AmbiguousSamples),
		Cost:         &backmonv1.ListingCost{Requests: 4, Objects: outcome.Totals.Files, Elapsed: durationpb.New(734 * time.Millisecond)},
		NextDeadline: wire.Stamp(outcome.NextDeadline),
	}
	if err != nil {
		s.Error, s.ErrorKind = err.Error(), backmonv1.ErrorKind_ERROR_KIND_BAD_DEFINITIONS
	}
	if !s.GetDefinitionSound() {
		s.PurgeFrozen = "the definitions have an error"
	}
	if q := s.GetTotals().GetQuotaBytes(); q > 0 && s.GetTotals().GetBytes() > q {
		s.Flags = append(s.Flags, backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA)
	}
	if d.Change != nil {
		d.Change(s)
	}
	return s
}

// Board is one on which the disks stand and nothing else comes.
func Board(disks ...Disk) *board.Board {
	var events []bus.Event
	for _, d := range disks {
		events = append(events, d.Evaluate()...)
	}
	return boardtest.Board(append(events, bus.Event{Kind: bus.EventCurrent})...)
}
