package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/definition"
	"github.com/backmon/backmon/pkg/storage"
)

// Scanner turns a disk into an outcome: it reads the definitions, lists the disk
// once, matches, reads the .stat files that matter, and judges. It knows no bus,
// so that `backmon check` runs the very same code. It may be used concurrently.
type Scanner struct {
	Stats *storage.StatReader
	// MaxDefinition is the largest definitions file in bytes.
	MaxDefinition int64
}

// Target is the disk to scan.
type Target struct {
	Environment string
	Disk        storage.Disk
	Definitions string // key of the definitions file
	// Prefix limits the scan to the keys that begin so: for a closer look at one
	// series. Totals are then of these keys only.
	Prefix string
	// Override, when not nil, is used in place of the disk's definitions file.
	Override []byte
}

// Result is what one scan of a disk found.
type Result struct {
	Statuses       []backup.Status
	Totals         backup.Totals
	NextDeadline   time.Time
	Definition     *backup.Definition // nil when it could not be fetched
	DefinitionETag string             // of the definitions file; a hash of it on local disks
	Cost           storage.Cost
	StatRequests   int
	StatProblems   storage.Problems
	Listed         bool     // the disk was listed to its end: Totals hold
	Failure        *Failure // nil: the disk was seen as a whole
}

// Scan evaluates the target at the instant now. previous are the last statuses of
// the disk. progress is called after each page with the number of objects seen so
// far. Whatever fails is in the result's Failure, and then every known series is
// UNKNOWN: a disk that can't be seen is neither good nor bad.
func (s *Scanner) Scan(ctx context.Context, target Target, now time.Time, previous []backup.Status, progress func(objects int64)) Result {
	run := scanRun{Scanner: s, target: target, progress: progress}
	failure := run.readDefinition(ctx)
	if failure == nil || failure.Kind != Unreachable {
		if f := run.list(ctx, now); f != nil {
			failure = f
		}
	}
	run.result.Failure = failure
	run.judge(now, previous)
	return run.result
}

// scanRun is the state of one scan.
type scanRun struct {
	*Scanner
	target     Target
	progress   func(int64)
	result     Result
	evaluation *backup.Evaluation
	collect    func(storage.Entry) // nil, or told of each entry that may be a backup
}

// readDefinition fetches and parses the definitions file.
func (r *scanRun) readDefinition(ctx context.Context) *Failure {
	data := r.target.Override
	if data == nil {
		object, err := r.target.Disk.Read(ctx, r.target.Definitions, r.MaxDefinition)
		r.result.Cost.Requests++
		if err != nil {
			return &Failure{Kind: definitionFailure(err), Err: err}
		}
		data, r.result.DefinitionETag = object.Data, versionOf(object)
	}
	parsed, err := definition.Parse(data, definition.Options{File: r.target.Definitions, MaxBytes: r.MaxDefinition})
	r.result.Definition = parsed
	if err != nil {
		return &Failure{Kind: BadDefinitions, Err: err}
	}
	return nil
}

// versionOf tells versions of a file apart, also where the storage does not.
func versionOf(o storage.Object) string {
	if o.ETag != "" {
		return o.ETag
	}
	sum := sha256.Sum256(o.Data)
	return hex.EncodeToString(sum[:16])
}

func definitionFailure(err error) Kind {
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return NoDefinitions
	case errors.Is(err, storage.ErrTooLarge):
		return BadDefinitions
	case errors.Is(err, storage.ErrAccessDenied), errors.Is(err, storage.ErrEscapes):
		return DefinitionsUnreadable
	default:
		return Unreachable
	}
}

// list streams the disk through an evaluation. Without a usable definition the
// plan is empty, and only the totals come out.
func (r *scanRun) list(ctx context.Context, now time.Time) *Failure {
	usable := r.result.Definition
	if usable == nil {
		usable = &backup.Definition{}
	}
	r.evaluation = backup.NewPlan(usable).Evaluation(now)
	var seen int64
	cost, err := r.target.Disk.List(ctx, storage.Listing{Prefix: r.target.Prefix}, func(page []storage.Entry) error {
		for _, entry := range page {
			r.add(entry)
		}
		seen += int64(len(page))
		if r.progress != nil {
			r.progress(seen)
		}
		return r.resolve(ctx)
	})
	cost.Requests += r.result.Cost.Requests
	r.result.Cost = cost
	if err == nil {
		err = r.completeLatest(ctx)
	}
	r.result.Cost.Requests += r.result.StatRequests
	if err != nil {
		return &Failure{Kind: listFailure(err), Err: err}
	}
	r.result.Listed = true
	return nil
}

func listFailure(err error) Kind {
	switch {
	case errors.Is(err, storage.ErrAccessDenied):
		return AccessDenied
	case errors.Is(err, storage.ErrNotFound):
		return NotFound
	default:
		return Unreachable
	}
}

func (r *scanRun) add(e storage.Entry) {
	switch {
	case e.Orphan:
		r.evaluation.AddOrphan(e.Key)
	case e.Key == r.target.Definitions:
		r.evaluation.AddOwn(toFile(e))
	default:
		r.evaluation.Add(toFile(e))
		if r.collect != nil {
			r.collect(e)
		}
	}
}

func toFile(e storage.Entry) backup.File {
	return backup.File{Key: e.Key, Size: e.Size, ModifiedAt: e.ModifiedAt, ETag: e.ETag, StatRef: e.Stat}
}

// resolve reads the .stat files that a page's files wait for.
func (r *scanRun) resolve(ctx context.Context) error {
	waiting := r.evaluation.Waiting()
	if len(waiting) == 0 {
		return nil
	}
	files := make([]*backup.File, len(waiting))
	for i, w := range waiting {
		files[i] = &w.File
	}
	if err := r.fill(ctx, files); err != nil {
		return err
	}
	for _, w := range waiting {
		r.evaluation.Resolve(w)
	}
	return nil
}

// completeLatest reads the .stat files of the files that statuses will show.
func (r *scanRun) completeLatest(ctx context.Context) error {
	latest := r.evaluation.Latest()
	files := make([]*backup.File, len(latest))
	for i, d := range latest {
		files[i] = &d.File
	}
	return r.fill(ctx, files)
}

// fill sets the Stat of each file.
func (r *scanRun) fill(ctx context.Context, files []*backup.File) error {
	pending := make([]*storage.Pending, len(files))
	for i, f := range files {
		pending[i] = &storage.Pending{Key: f.Key, Ref: f.StatRef}
	}
	report, err := r.Stats.Fill(ctx, r.target.Environment+"/"+r.target.Disk.Name(), r.target.Disk, pending)
	r.result.StatRequests += report.Requests
	r.result.StatProblems.Merge(report.Problems)
	for i, p := range pending {
		files[i].Stat = p.Stat
	}
	return err
}

// judge fills in statuses and totals.
func (r *scanRun) judge(now time.Time, previous []backup.Status) {
	if !r.result.Listed {
		r.result.Statuses = backup.Blind(previous, "the disk can't be evaluated: "+r.result.Failure.Error(), now)
		return
	}
	outcome := r.evaluation.Finish(r.target.Environment, r.target.Disk.Name(), previous)
	r.result.Totals = outcome.Totals
	if r.result.Failure != nil {
		r.result.Statuses = backup.Blind(previous, "its definitions can't be used: "+r.result.Failure.Error(), now)
		return
	}
	r.result.Statuses, r.result.NextDeadline = outcome.Statuses, outcome.NextDeadline
}
