package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/backmon/backmon/pkg/storage"
)

var errUnanswered = fmt.Errorf("%w: the server's answer doesn't tell whether it is deleted", storage.ErrIncomplete)

// target is an object to delete on condition of its version mark.
type target struct{ key, etag string }

// outcome is what a batch did to one object.
type outcome struct {
	verdict storage.Verdict
	err     error
}

// outcomes is what became of a batch, by key.
type outcomes struct {
	byKey map[string]outcome
	whole error // of the batch as a whole: nothing is known of any key
}

// of returns what became of a key. A key that the server doesn't mention is not
// taken for deleted: some answer 200 with nothing.
func (o outcomes) of(key string) (storage.Verdict, error) {
	if o.whole != nil {
		return refused(o.whole)
	}
	if found, ok := o.byKey[key]; ok {
		return found.verdict, found.err
	}
	return storage.Failed, errUnanswered
}

// refused tells whether the server refused the request before it looked at any key.
// Some know no batches, or want another checksum.
func (o outcomes) refused() bool {
	status := answerTo(o.whole)
	return o.whole != nil && (status >= 400 && status < 500 || status == http.StatusNotImplemented)
}

// eraseAll deletes objects by one request. It may be repeated by the SDK, since
// every object has its condition. It is seen through when the context ends.
func (d *Disk) eraseAll(ctx context.Context, targets []target) outcomes {
	objects := make([]types.ObjectIdentifier, 0, len(targets))
	for _, t := range targets {
		objects = append(objects, types.ObjectIdentifier{Key: aws.String(t.key), ETag: aws.String(quoted(t.etag))})
	}
	input := &s3.DeleteObjectsInput{Bucket: &d.name, Delete: &types.Delete{Objects: objects, Quiet: aws.Bool(false)}}
	var output *s3.DeleteObjectsOutput
	err := d.do(context.WithoutCancel(ctx), func(ctx context.Context, set func(*s3.Options)) (err error) {
		output, err = d.provider.client.DeleteObjects(ctx, input, set)
		return err
	})
	if err != nil {
		return outcomes{whole: err}
	}
	return outcomes{byKey: reconcile(output)}
}

// reconcile reads the answer to a batch. A key of which it says two things failed.
func reconcile(output *s3.DeleteObjectsOutput) map[string]outcome {
	found := make(map[string]outcome, len(output.Deleted)+len(output.Errors))
	add := func(key *string, verdict storage.Verdict, err error) {
		if _, twice := found[aws.ToString(key)]; twice {
			verdict, err = storage.Failed, errUnanswered
		}
		found[aws.ToString(key)] = outcome{verdict: verdict, err: err}
	}
	for _, deleted := range output.Deleted {
		verdict := storage.Deleted
		if aws.ToBool(deleted.DeleteMarker) {
			verdict = storage.Hidden
		}
		add(deleted.Key, verdict, nil)
	}
	for _, failed := range output.Errors {
		verdict, err := keyRefused(failed)
		add(failed.Key, verdict, err)
	}
	return found
}

// keyRefused tells what the error of one key of a batch means.
func keyRefused(failed types.Error) (storage.Verdict, error) {
	code, message := aws.ToString(failed.Code), aws.ToString(failed.Message)
	err := fmt.Errorf("the server answers %s: %s", code, message)
	switch code {
	case "AccessDenied":
		err = storage.ErrAccessDenied
	case "SlowDown", "ServiceUnavailable":
		err = storage.ErrSlowDown
	}
	return refused(&failure{told: err, status: http.StatusOK, code: code, text: message})
}

// batch deletes some files by one request, after a look at each of them, and then
// their .stat files by another. What can't go in a batch goes singly.
func (r *removal) batch(ctx context.Context, tasks []*task) {
	var ready, alone []*task
	for _, t := range r.inspectAll(ctx, tasks) {
		if t.ETag != "" && fitsXML(t.Key) {
			ready = append(ready, t)
		} else {
			alone = append(alone, t)
		}
	}
	r.eraseReady(ctx, ready)
	r.eraseStats(ctx, tasks)
	r.each(ctx, alone, r.single)
}

// inspectAll returns the tasks whose files may be deleted at once.
func (r *removal) inspectAll(ctx context.Context, tasks []*task) []*task {
	r.each(ctx, tasks, func(ctx context.Context, t *task) {
		if !r.inspect(ctx, t) {
			r.stopFor(t.Verdict, t.Err)
		}
	})
	ready := make([]*task, 0, len(tasks))
	for _, t := range tasks {
		if t.allowed {
			ready = append(ready, t)
		}
	}
	return ready
}

func (r *removal) eraseReady(ctx context.Context, tasks []*task) {
	if len(tasks) == 0 || r.ended(ctx) {
		return
	}
	targets := make([]target, 0, len(tasks))
	for _, t := range tasks {
		targets = append(targets, target{key: t.Key, etag: t.ETag})
	}
	all := r.disk.eraseAll(ctx, targets)
	for _, t := range tasks {
		t.sent = true
		t.settle(all.of(t.Key))
		r.doubt(ctx, t)
		r.stopFor(t.Verdict, t.Err)
	}
}

// doubt looks again at a file that the batch refused as changed. If it is just as
// before, the server compares something else than we mean: no more batches.
func (r *removal) doubt(ctx context.Context, t *task) {
	if t.Verdict != storage.Changed {
		return
	}
	r.recheck(ctx, t)
	if errors.Is(t.Err, errConditionFailed) && r.inspect(ctx, t) {
		r.conditions.batch.learn(no)
		r.erase(ctx, t)
	}
}

// eraseStats deletes the .stat files of those files of a batch that are gone.
func (r *removal) eraseStats(ctx context.Context, tasks []*task) {
	var targets []target
	var batched []*task
	for _, t := range tasks {
		switch {
		case !t.Verdict.Gone() || t.stat == nil:
		case t.stat.etag == "" || !fitsXML(t.Key):
			r.removeStat(ctx, t)
		default:
			targets = append(targets, target{key: t.Key + storage.StatSuffix, etag: t.stat.etag})
			batched = append(batched, t)
		}
	}
	if len(targets) == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	all := r.disk.eraseAll(ctx, targets)
	for _, t := range batched {
		verdict, err := all.of(t.Key + storage.StatSuffix)
		r.statSettled(ctx, t, verdict, err)
	}
}

// fitsXML tells whether a key comes through XML as it is.
func fitsXML(key string) bool {
	for _, r := range key {
		if r == '\r' || !isCharacter(r) {
			return false
		}
	}
	return utf8.ValidString(key)
}
