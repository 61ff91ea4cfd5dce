package s3

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/backmon/backmon/pkg/storage"
)

const (
	atOnce    = 8   // victims under way side by side
	batchSize = 100 // far below the protocol's 1,000: the files of a batch are checked just before it is sent
)

var _ storage.Deleter = (*Disk)(nil)

// Delete deletes objects of the current version only: it never names a version
// and never lifts a retention. Each object is looked at (HEAD: version mark, size,
// time, lock) just before its delete, whatever the server promises beyond that.
// What closes the window in between depends on the server, see conditions.
//
// It needs the rights s3:GetObject and s3:DeleteObject on the files and their
// .stat files, and s3:ListBucket: without it the server doesn't tell files that
// are gone from those that may not be seen, and such files are Denied.
func (d *Disk) Delete(ctx context.Context, victims []storage.Victim) ([]storage.Deletion, error) {
	r := &removal{disk: d, conditions: d.provider.conditionsOf(d.name)}
	deletions := storage.NewDeletions(victims)
	r.run(ctx, tasksOf(deletions))
	if r.cause == nil {
		return deletions, nil
	}
	storage.NotTried(deletions, r.cause)
	return deletions, fmt.Errorf("delete from bucket %q: %w", d.name, r.cause)
}

// task is one victim under way.
type task struct {
	*storage.Deletion
	stat    *seen // its .stat file, as it was before the delete
	allowed bool  // it was looked at, and may be deleted at once
	sent    bool  // a delete was sent
}

func tasksOf(deletions []storage.Deletion) []*task {
	tasks := make([]*task, 0, len(deletions))
	for i := range deletions {
		if deletions[i].Verdict != storage.Strange {
			tasks = append(tasks, &task{Deletion: &deletions[i]})
		}
	}
	return tasks
}

func (t *task) settle(verdict storage.Verdict, err error) { t.Verdict, t.Err = verdict, err }

// untried settles a task for which a delete can't be sent, or not again.
func (t *task) untried(cause error) {
	if !t.sent {
		cause = fmt.Errorf("%w: %w", storage.ErrNotTried, cause)
	}
	t.settle(storage.Failed, cause)
}

// removal is one call of Delete under way.
type removal struct {
	disk       *Disk
	conditions *conditions
	bucket     sync.Once // asks once whether the bucket is there
	missing    error     // the answer

	mu    sync.Mutex
	cause error // what ended the whole
}

// stop ends the whole; the first cause counts.
func (r *removal) stop(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == nil {
		r.cause = cause
	}
}

// ended tells whether nothing new may be begun.
func (r *removal) ended(ctx context.Context) bool {
	if ctx.Err() != nil {
		r.stop(context.Cause(ctx))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cause != nil
}

// stopFor ends the whole when the verdict is more than one file's bad luck.
func (r *removal) stopFor(verdict storage.Verdict, err error) {
	if verdict != storage.Failed && verdict != storage.Denied {
		return
	}
	for _, general := range []error{
		storage.ErrAccessDenied, storage.ErrSlowDown, storage.ErrTimeout, storage.ErrIncomplete, storage.ErrNotFound,
	} {
		if errors.Is(err, general) {
			r.stop(general)
			return
		}
	}
	if failed, ok := errors.AsType[*failure](err); ok && failed.status == 0 {
		r.stop(failed.told) // no answer at all
	}
}

func (r *removal) run(ctx context.Context, tasks []*task) {
	tasks = r.probe(ctx, tasks)
	for len(tasks) > 0 && r.conditions.batch.honoured() && !r.ended(ctx) {
		n := min(batchSize, len(tasks))
		r.batch(ctx, tasks[:n])
		tasks = tasks[n:]
	}
	r.each(ctx, tasks, r.single)
}

// each works on the tasks side by side until the whole is ended.
func (r *removal) each(ctx context.Context, tasks []*task, work func(context.Context, *task)) {
	queue := make(chan *task)
	var workers sync.WaitGroup
	for range min(atOnce, len(tasks)) {
		workers.Go(func() {
			for t := range queue {
				if !r.ended(ctx) {
					work(ctx, t)
				}
			}
		})
	}
	for _, t := range tasks {
		if r.ended(ctx) {
			break
		}
		queue <- t
	}
	close(queue)
	workers.Wait()
}

// single deletes one file by a request of its own. Each attempt looks at the file
// anew: the SDK's own retries would send a delete long after the check.
func (r *removal) single(ctx context.Context, t *task) {
	backoff := retry.NewExponentialJitterBackoff(maxBackoff)
	for attempt := 1; r.inspect(ctx, t); attempt++ {
		r.erase(ctx, t)
		if !errors.Is(t.Err, storage.ErrSlowDown) || attempt >= r.disk.provider.config.MaxAttempts {
			break
		}
		if delay, err := backoff.BackoffDelay(attempt-1, t.Err); err != nil || !wait(ctx, delay) {
			break
		}
	}
	r.finish(ctx, t)
}

// erase sends the delete of a file that was just found to be what it was.
func (r *removal) erase(ctx context.Context, t *task) {
	t.sent = true
	t.settle(r.disk.erase(ctx, t.Key, r.conditions.etag(t.ETag)))
	if t.Verdict == storage.Changed {
		r.recheck(ctx, t)
	}
}

// finish is for a file whose verdict stands: its .stat file follows it, and what
// concerns all files ends the whole.
func (r *removal) finish(ctx context.Context, t *task) {
	r.stopFor(t.Verdict, t.Err)
	if t.Verdict.Gone() {
		r.removeStat(ctx, t)
	}
}

// wait tells whether the time has passed and the context has not.
func wait(ctx context.Context, delay time.Duration) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
