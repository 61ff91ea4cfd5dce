package evaluator

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/scan"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// DiskStatus sums up a scan as of now. What could not be seen keeps the facts of
// the disk's last status, which may be nil. purgeable is how many files the last
// statuses offered to the purger: that they are gone is no surprise.
func DiskStatus(target scan.Target, result scan.Result, now time.Time, last *backmonv1.DiskStatus, purgeable int64) *backmonv1.DiskStatus {
	status := &backmonv1.DiskStatus{
		Environment: target.Environment, Disk: target.Disk.Name(), EvaluatedAt: timestamppb.New(now),
		Totals: last.GetTotals(), SucceededAt: last.GetSucceededAt(), DefinitionEtag: result.DefinitionETag,
		Cost:   cost(result),
		States: wire.StateCounts(result.Statuses),
	}
	if !result.NextDeadline.IsZero() {
		status.NextDeadline = timestamppb.New(result.NextDeadline)
	}
	if result.Listed {
		status.Totals = wire.Totals(result.Totals, quota(result.Definition))
		status.AmbiguousFiles = result.Totals.Ambiguous
		status.AmbiguousSamples = wire.AmbiguousFiles(result.Totals.AmbiguousSamples)
	}
	addFailure(status, result.Failure, last)
	addDefinition(status, result)
	if q := status.GetTotals().GetQuotaBytes(); q > 0 && status.GetTotals().GetBytes() > q {
		status.Flags = append(status.Flags, backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA)
	}
	addMassDelete(status, result, last, purgeable)
	return status
}

// Bounds of a mass deletion, and how long it is held against the disk.
const (
	massDeleteShare  = 0.2
	massDeleteFiles  = 10
	massDeleteMemory = 24 * time.Hour
)

// addMassDelete notices that far more files vanished since the last evaluation
// than the purger can have taken. It freezes purging: what deletes backups may go
// on to delete the newer ones, and then the older ones are all there is.
func addMassDelete(status *backmonv1.DiskStatus, result scan.Result, last *backmonv1.DiskStatus, purgeable int64) {
	status.MassDeleteAt, status.MassDeleteFiles = last.GetMassDeleteAt(), last.GetMassDeleteFiles()
	before := last.GetTotals().GetMatchedFiles()
	// Other definitions, or none that can be used, match other files.
	sameRules := result.Failure == nil && result.DefinitionETag == last.GetDefinitionEtag()
	if lost := before - result.Totals.Matched - purgeable; sameRules && lost >= massDeleteFiles && float64(lost) > massDeleteShare*float64(before) {
		status.MassDeleteAt, status.MassDeleteFiles = status.GetEvaluatedAt(), lost
	}
	if status.GetMassDeleteAt() == nil || status.GetEvaluatedAt().AsTime().Sub(status.GetMassDeleteAt().AsTime()) >= massDeleteMemory {
		status.MassDeleteAt, status.MassDeleteFiles = nil, 0
		return
	}
	status.Flags = append(status.Flags, backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE)
	if status.GetPurgeFrozen() == "" {
		status.PurgeFrozen = fmt.Sprintf("%d files vanished at once on %s", status.GetMassDeleteFiles(), backup.FormatInstant(status.GetMassDeleteAt().AsTime()))
	}
}

func addFailure(status *backmonv1.DiskStatus, failure *scan.Failure, last *backmonv1.DiskStatus) {
	if failure == nil {
		status.SucceededAt = status.GetEvaluatedAt()
		return
	}
	status.Error, status.ErrorKind = wire.Text(failure.Error()), backmonv1.ErrorKind(failure.Kind)
	status.PurgeFrozen = "the disk can't be judged: " + status.GetError()
	status.FailingSince = last.GetFailingSince()
	if status.GetFailingSince() == nil {
		status.FailingSince = status.GetEvaluatedAt()
	}
}

// addDefinition reports the problems of the definitions and of single files.
func addDefinition(status *backmonv1.DiskStatus, result scan.Result) {
	var problems []backup.Problem
	if result.Definition != nil {
		problems = append(problems, result.Definition.Problems...)
		status.DefinitionSound = !backup.HasErrors(problems)
		if !status.GetDefinitionSound() && status.GetPurgeFrozen() == "" {
			status.PurgeFrozen = "the definitions have an error"
		}
	}
	status.Problems = wire.Problems(append(problems, fileProblems(result)...))
}

// fileProblems reports files that could not be used as warnings.
func fileProblems(result scan.Result) []backup.Problem {
	var problems []backup.Problem
	for _, p := range result.StatProblems.First {
		problems = append(problems, backup.Problem{Level: backup.Warning, File: p.Key, Message: p.Err.Error()})
	}
	for _, p := range result.Cost.Skipped.First {
		problems = append(problems, backup.Problem{Level: backup.Warning, File: p.Key, Message: p.Err.Error()})
	}
	return problems
}

func quota(d *backup.Definition) int64 {
	if d == nil {
		return 0
	}
	return d.Quota
}

func cost(result scan.Result) *backmonv1.ListingCost {
	return &backmonv1.ListingCost{
		Requests: int64(result.Cost.Requests), Objects: result.Cost.Objects, Elapsed: durationpb.New(result.Cost.Elapsed), StatRequests: int64(result.StatRequests),
	}
}
