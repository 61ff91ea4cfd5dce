package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/backmon/backmon/pkg/backup"
)

// Defaults of NewStatReader.
const (
	DefaultStatConcurrency = 32
	DefaultStatCache       = 100_000 // files; about 250 bytes each
)

// Pending is a file whose .stat file is to be read.
type Pending struct {
	Key  string      // of the file, not of its .stat
	Ref  StatRef     // as the listing gave it; without Found nothing is done
	Stat backup.Stat // the result: zero when there is none or it can't be read
}

// StatReport is what filling cost and what could not be read.
type StatReport struct {
	Requests int      // files fetched; the others came from the cache
	Problems Problems // .stat files that vanished, are broken or too large
}

// StatReader fetches .stat files, several at a time, and remembers them by the
// version that the listing tells. It may be used concurrently.
type StatReader struct {
	slots chan struct{}
	cache *lru[statVersion, statOutcome]
}

type statVersion struct {
	scope, key, etag string
	size             int64
	modifiedAt       int64 // unix nanoseconds: some servers have no ETag
}

// statOutcome is remembered for broken files as well: that version stays broken.
type statOutcome struct {
	stat    backup.Stat
	problem error
}

// NewStatReader returns a reader that has at most so many fetches under way and
// remembers at most so many files. Zero or less means the default.
func NewStatReader(concurrency, cacheEntries int) *StatReader {
	if concurrency <= 0 {
		concurrency = DefaultStatConcurrency
	}
	if cacheEntries <= 0 {
		cacheEntries = DefaultStatCache
	}
	return &StatReader{
		slots: make(chan struct{}, concurrency),
		cache: newLRU[statVersion, statOutcome](cacheEntries),
	}
}

// Fill reads the .stat file of every pending file that has one and sets its Stat.
// The scope names the disk uniquely among all that this reader is used for: its
// environment and its name. A .stat file that vanished, is broken or too large is
// a problem in the report and leaves Stat zero; whatever else keeps one from
// being read (access denied, a time-out, the network) is an error, and then what
// was filled is not the whole.
func (r *StatReader) Fill(ctx context.Context, scope string, disk Disk, pending []*Pending) (StatReport, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	run := &statRun{reader: r, scope: scope, disk: disk, cancel: cancel}
	for _, file := range pending {
		if !file.Ref.Found || run.fromCache(file) {
			continue
		}
		if !r.acquire(ctx) {
			break
		}
		run.group.Go(func() {
			defer func() { <-r.slots }()
			run.fetch(ctx, file)
		})
	}
	run.group.Wait()
	return run.report, context.Cause(ctx)
}

// acquire waits for a free slot; false means that the context is done.
func (r *StatReader) acquire(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case r.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// statRun is one call of Fill.
type statRun struct {
	reader *StatReader
	scope  string
	disk   Disk
	cancel context.CancelCauseFunc
	group  sync.WaitGroup

	mu     sync.Mutex
	report StatReport
}

func (s *statRun) fromCache(file *Pending) bool {
	outcome, found := s.reader.cache.find(s.version(file))
	if found {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.apply(file, outcome)
	}
	return found
}

func (s *statRun) fetch(ctx context.Context, file *Pending) {
	object, err := s.disk.Read(ctx, file.Key+StatSuffix, MaxStatSize)
	outcome := statOutcome{problem: err}
	if err == nil {
		outcome.stat, outcome.problem = ParseStat(object.Data)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report.Requests++
	if err != nil && !isStatProblem(err) {
		s.cancel(fmt.Errorf("read the .stat file of %q: %w", file.Key, err))
		return
	}
	if !errors.Is(err, ErrNotFound) { // it may come back
		s.reader.cache.put(s.version(file), outcome)
	}
	s.apply(file, outcome)
}

func isStatProblem(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrEscapes)
}

// apply needs s.mu.
func (s *statRun) apply(file *Pending, outcome statOutcome) {
	file.Stat = outcome.stat
	if outcome.problem != nil {
		s.report.Problems.Add(file.Key+StatSuffix, outcome.problem)
	}
}

// version clones the strings: they may share the memory of a listing's page.
func (s *statRun) version(file *Pending) statVersion {
	return statVersion{
		scope:      s.scope,
		key:        strings.Clone(file.Key),
		etag:       strings.Clone(file.Ref.ETag),
		size:       file.Ref.Size,
		modifiedAt: file.Ref.ModifiedAt.UnixNano(),
	}
}
