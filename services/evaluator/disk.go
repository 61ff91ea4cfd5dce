package evaluator

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// DiskStatus sums up a scan as of now. What could not be seen keeps the facts of
// the disk's last status, which may be nil.
func DiskStatus(target Target, scan Scan, now time.Time, last *backmonv1.DiskStatus) *backmonv1.DiskStatus {
	status := &backmonv1.DiskStatus{
		Environment: target.Environment, Disk: target.Disk.Name(), EvaluatedAt: timestamppb.New(now),
		Totals: last.GetTotals(), SucceededAt: last.GetSucceededAt(), DefinitionEtag: scan.DefinitionETag,
		Cost:   cost(scan),
		States: wire.StateCounts(scan.Statuses),
	}
	if !scan.NextDeadline.IsZero() {
		status.NextDeadline = timestamppb.New(scan.NextDeadline)
	}
	if scan.Listed {
		status.Totals = wire.Totals(scan.Totals, quota(scan.Definition))
		status.AmbiguousFiles = scan.Totals.Ambiguous
		status.AmbiguousSamples = wire.AmbiguousFiles(scan.Totals.AmbiguousSamples)
	}
	addFailure(status, scan.Failure, last)
	addDefinition(status, scan)
	if q := status.GetTotals().GetQuotaBytes(); q > 0 && status.GetTotals().GetBytes() > q {
		status.Flags = append(status.Flags, backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA)
	}
	return status
}

func addFailure(status *backmonv1.DiskStatus, failure *Failure, last *backmonv1.DiskStatus) {
	if failure == nil {
		status.SucceededAt = status.GetEvaluatedAt()
		return
	}
	status.Error, status.ErrorKind = wire.Text(failure.Error()), failure.Kind
	status.PurgeFrozen = "the disk can't be judged: " + status.GetError()
	status.FailingSince = last.GetFailingSince()
	if status.GetFailingSince() == nil {
		status.FailingSince = status.GetEvaluatedAt()
	}
}

// addDefinition reports the problems of the definitions and of single files.
func addDefinition(status *backmonv1.DiskStatus, scan Scan) {
	var problems []backup.Problem
	if scan.Definition != nil {
		problems = append(problems, scan.Definition.Problems...)
		status.DefinitionSound = !backup.HasErrors(problems)
		if !status.GetDefinitionSound() && status.GetPurgeFrozen() == "" {
			status.PurgeFrozen = "the definitions have an error"
		}
	}
	status.Problems = wire.Problems(append(problems, fileProblems(scan)...))
}

// fileProblems reports files that could not be used as warnings.
func fileProblems(scan Scan) []backup.Problem {
	var problems []backup.Problem
	for _, p := range scan.StatProblems.First {
		problems = append(problems, backup.Problem{Level: backup.Warning, File: p.Key, Message: p.Err.Error()})
	}
	for _, p := range scan.Cost.Skipped.First {
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

func cost(scan Scan) *backmonv1.ListingCost {
	return &backmonv1.ListingCost{
		Requests: int64(scan.Cost.Requests), Objects: scan.Cost.Objects, Elapsed: durationpb.New(scan.Cost.Elapsed), StatRequests: int64(scan.StatRequests),
	}
}
