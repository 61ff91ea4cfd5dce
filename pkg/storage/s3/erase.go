package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/backmon/backmon/pkg/storage"
)

var (
	errConditionFailed = errors.New("the server says that it changed since it was looked at")
	errConflict        = errors.New("it is just being changed")
	errNewFile         = errors.New("a new file of this name has come")
	errStillThere      = fmt.Errorf("%w: the server didn't say that it is deleted, and it is still there", storage.ErrIncomplete)
)

// once keeps the SDK from sending a request a second time.
func once(o *s3.Options) { o.Retryer = aws.NopRetryer{} }

// erase deletes the object of that key, on condition of that version mark unless
// it is empty. The request is seen through even when the context ends: a delete
// whose answer nobody hears is the worst of all.
func (d *Disk) erase(ctx context.Context, key, etag string) (storage.Verdict, error) {
	ctx = context.WithoutCancel(ctx)
	input := &s3.DeleteObjectInput{Bucket: &d.name, Key: &key}
	if etag != "" {
		input.IfMatch = aws.String(quoted(etag))
	}
	var output *s3.DeleteObjectOutput
	err := d.do(ctx, func(ctx context.Context, set func(*s3.Options)) (err error) {
		output, err = d.provider.client.DeleteObject(ctx, input, set, once)
		return err
	})
	if err != nil {
		return refused(err)
	}
	if aws.ToBool(output.DeleteMarker) {
		return storage.Hidden, nil
	}
	if answered(output.ResultMetadata) == http.StatusNoContent {
		return storage.Deleted, nil
	}
	return d.disbelieve(ctx, key)
}

func quoted(etag string) string { return `"` + etag + `"` }

func answered(metadata middleware.Metadata) int {
	if response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response); ok {
		return response.StatusCode
	}
	return 0
}

// disbelieve looks whether a file is gone of which the server didn't say so in
// S3's words: a proxy answers 200 to anything.
func (d *Disk) disbelieve(ctx context.Context, key string) (storage.Verdict, error) {
	file, err := d.head(ctx, key)
	if err == nil && file == nil {
		return storage.Deleted, nil
	}
	if err == nil {
		err = errStillThere
	}
	return storage.Failed, err
}

// refused tells what an error that came instead of a delete means.
func refused(err error) (storage.Verdict, error) {
	failed, ok := errors.AsType[*failure](err)
	if !ok {
		return storage.Failed, err
	}
	switch {
	case failed.status == http.StatusPreconditionFailed, failed.code == "PreconditionFailed":
		return storage.Changed, errConditionFailed
	case failed.status == http.StatusConflict, failed.code == "ConditionalRequestConflict":
		return storage.Changed, errConflict
	case isLock(failed.text):
		return storage.Held, errors.New(strings.TrimSuffix(failed.text, "."))
	case failed.code == "NoSuchKey":
		return storage.Absent, nil
	case errors.Is(err, storage.ErrAccessDenied):
		return storage.Denied, err
	}
	return storage.Failed, err
}

// isLock knows object lock by its message: the codes (AccessDenied,
// InvalidRequest) are those of other refusals.
func isLock(message string) bool {
	message = strings.ToLower(message)
	return strings.Contains(message, "object lock") || strings.Contains(message, "worm protected")
}

// removeStat deletes the .stat file of a file that is gone, if it is still the
// one that lay beside it.
func (r *removal) removeStat(ctx context.Context, t *task) {
	if t.stat == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	key := t.Key + storage.StatSuffix
	verdict, err := r.eraseStat(ctx, key, t)
	r.statSettled(ctx, t, verdict, err)
}

func (r *removal) eraseStat(ctx context.Context, key string, t *task) (storage.Verdict, error) {
	etag := r.conditions.etag(t.stat.etag)
	if etag == "" {
		if verdict, err := r.statUnchanged(ctx, key, t); err != nil || verdict == storage.Absent {
			return verdict, err
		}
	}
	return r.disk.erase(ctx, key, etag)
}

// statUnchanged looks again where the server can't be told a condition: a new
// file of the old name may have come with a .stat of its own.
func (r *removal) statUnchanged(ctx context.Context, key string, t *task) (storage.Verdict, error) {
	file, err := r.disk.head(ctx, t.Key)
	if err != nil {
		return storage.Failed, err
	}
	if file != nil {
		return storage.Changed, errNewFile
	}
	stat, err := r.disk.head(ctx, key)
	switch {
	case err != nil:
		return storage.Failed, err
	case stat == nil:
		return storage.Absent, nil
	case stat.locked != nil:
		return storage.Held, stat.locked
	case stat.etag != t.stat.etag || stat.size != t.stat.size || !stat.modifiedAt.Equal(t.stat.modifiedAt):
		return storage.Changed, errConditionFailed
	}
	return storage.Deleted, nil
}

// statSettled tells of a .stat file that didn't go. One that somebody else deleted
// fails a condition just as one that changed.
func (r *removal) statSettled(ctx context.Context, t *task, verdict storage.Verdict, err error) {
	t.StatDeleted = verdict == storage.Deleted || verdict == storage.Hidden
	if verdict == storage.Changed {
		if stat, errLook := r.headStat(ctx, t.Key); errLook == nil && stat == nil {
			verdict = storage.Absent
		}
	}
	if verdict.Gone() {
		return
	}
	t.Err = fmt.Errorf("its %s file stayed: %w", storage.StatSuffix, err)
	r.stopFor(verdict, err) // no second orphan
}
