package s3

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/backmon/backmon/pkg/storage"
)

// conditions is what is known of a bucket's server: whether it deletes on
// condition of a version mark, one by one (If-Match) and in batches (an ETag for
// each key). With neither, a file that is replaced between the look at it and its
// delete, some milliseconds, is lost.
//
// A server that doesn't know a condition ignores it, and of a key that doesn't
// exist many a server says that it deleted it, without a look at the condition.
// The only probe that tells the truth is a wrong version mark on an object that
// exists. It is done on a victim that was just found to be what it was: if the
// server ignores the condition, this victim is deleted as rightly as all others
// will be then. So the probe creates nothing and touches nothing else.
//
// Batches are probed only on servers that say that they are Amazon's: others that
// honour If-Match, but not the ETag in a batch, would delete the probe's victim
// with less care than without the probe.
type conditions struct {
	ifMatch, batch fact
	amazon         atomic.Bool // the server says so
}

// fact is something that is found out once. It may be used concurrently.
type fact struct{ value atomic.Int32 }

const (
	unknown int32 = iota
	yes
	no
)

func (f *fact) isKnown() bool     { return f.value.Load() != unknown }
func (f *fact) honoured() bool    { return f.value.Load() == yes }
func (f *fact) learn(value int32) { f.value.Store(value) }

// wrongETag has the form of an MD5 sum; no content of that sum is known.
const wrongETag = "00000000000000000000000000000000"

// fewest is how many victims make a batch worth its probe.
const fewest = 20

func (p *Provider) conditionsOf(bucket string) *conditions {
	known, _ := p.conditions.LoadOrStore(bucket, &conditions{})
	return known.(*conditions)
}

// etag returns the version mark to send along. As long as it isn't known whether
// the server honours it, it is sent; a server that ignores it does no harm.
func (c *conditions) etag(etag string) string {
	if c.ifMatch.isKnown() && !c.ifMatch.honoured() {
		return ""
	}
	return etag
}

// probe finds out what isn't known yet, and returns the tasks that are left.
func (r *removal) probe(ctx context.Context, tasks []*task) []*task {
	tasks = r.probeUntil(ctx, tasks, &r.conditions.ifMatch, r.probeIfMatch)
	if !r.conditions.ifMatch.honoured() || !r.conditions.amazon.Load() || len(tasks) < fewest {
		return tasks
	}
	return r.probeUntil(ctx, tasks, &r.conditions.batch, r.probeBatch)
}

// probeUntil spends victims on the probe, one after the other, until it told: one
// that changed or is gone tells nothing.
func (r *removal) probeUntil(ctx context.Context, tasks []*task, learned *fact, probe func(context.Context, *task)) []*task {
	for !learned.isKnown() && !r.ended(ctx) {
		i := slices.IndexFunc(tasks, func(t *task) bool { return t.ETag != "" && t.ETag != wrongETag && fitsXML(t.Key) })
		if i < 0 {
			break
		}
		t := tasks[i]
		tasks = slices.Concat(tasks[:i], tasks[i+1:])
		if r.inspect(ctx, t) {
			probe(ctx, t)
		}
		r.finish(ctx, t)
	}
	return tasks
}

// probeIfMatch deletes a victim on a condition that it doesn't fulfil, and then
// really.
func (r *removal) probeIfMatch(ctx context.Context, t *task) {
	verdict, err := r.disk.erase(ctx, t.Key, wrongETag)
	switch {
	case errors.Is(err, errConditionFailed):
		r.conditions.ifMatch.learn(yes)
	case verdict == storage.Deleted || verdict == storage.Hidden, isUnknown(err):
		r.conditions.ifMatch.learn(no)
	}
	r.afterProbe(ctx, t, verdict, err, isUnknown(err))
}

// probeBatch does the same with a batch of one. Whatever isn't a clear refusal of
// the wrong version mark means that batches are no good here.
func (r *removal) probeBatch(ctx context.Context, t *task) {
	all := r.disk.eraseAll(ctx, []target{{key: t.Key, etag: wrongETag}})
	verdict, err := all.of(t.Key)
	switch {
	case errors.Is(err, errConditionFailed):
		r.conditions.batch.learn(yes)
	case !errors.Is(err, storage.ErrSlowDown):
		r.conditions.batch.learn(no)
	}
	r.afterProbe(ctx, t, verdict, err, all.refused())
}

// afterProbe settles the victim when the probe did. When the server kept it by the
// condition, or took the whole request for ill, it is deleted by a request of its
// own, after another look at it.
func (r *removal) afterProbe(ctx context.Context, t *task, verdict storage.Verdict, err error, ill bool) {
	if errors.Is(err, errConditionFailed) || ill {
		if r.inspect(ctx, t) {
			r.erase(ctx, t)
		}
		return
	}
	t.settle(verdict, err)
}

// isUnknown tells whether the server refused the request for its form.
func isUnknown(err error) bool {
	switch answerTo(err) {
	case http.StatusBadRequest, http.StatusNotImplemented, http.StatusMethodNotAllowed:
		return true
	}
	return false
}
