package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/backmon/backmon/pkg/storage"
)

const maxKeyBytes = 1024

// failure is an error as it is told, with what it was.
type failure struct {
	told   error
	status int // of the answer; 0: there was none
	code   string
	text   string // the server's own
}

func (e *failure) Error() string { return e.told.Error() }
func (e *failure) Unwrap() error { return e.told }

// answerTo returns the status of the answer that the error came with, or 0.
func answerTo(err error) int {
	if failed, ok := errors.AsType[*failure](err); ok {
		return failed.status
	}
	return 0
}

// do makes a request. Its error is a *failure.
func (d *Disk) do(ctx context.Context, request request) error {
	var raw error
	told := d.provider.call(ctx, d.name, func(ctx context.Context, set func(*s3.Options)) error {
		raw = request(ctx, set)
		return raw
	})
	if told == nil {
		return nil
	}
	failed := &failure{told: told, status: status(raw)}
	if api, ok := errors.AsType[smithy.APIError](raw); ok {
		failed.code, failed.text = api.ErrorCode(), api.ErrorMessage()
	}
	return failed
}

// seen is an object as HEAD tells of it.
type seen struct {
	size       int64
	modifiedAt time.Time // whole seconds: HTTP has no more
	etag       string
	locked     error     // why it can't be deleted now
	until      time.Time // how long, where that is known
}

// head looks at an object; nil: there is none. On the way it learns whose server
// it is.
func (d *Disk) head(ctx context.Context, key string) (*seen, error) {
	var output *s3.HeadObjectOutput
	err := d.do(ctx, func(ctx context.Context, set func(*s3.Options)) (err error) {
		output, err = d.provider.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &d.name, Key: &key}, set)
		return err
	})
	if answerTo(err) == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if response, ok := awsmiddleware.GetRawResponse(output.ResultMetadata).(*smithyhttp.Response); ok {
		d.provider.conditionsOf(d.name).amazon.Store(response.Header.Get("Server") == "AmazonS3")
	}
	return seenOf(output, time.Now())
}

func seenOf(output *s3.HeadObjectOutput, now time.Time) (*seen, error) {
	if output.ContentLength == nil || output.LastModified == nil {
		return nil, errNoSize
	}
	found := &seen{
		size: *output.ContentLength, modifiedAt: *output.LastModified, etag: strings.Trim(aws.ToString(output.ETag), `"`),
	}
	if until := aws.ToTime(output.ObjectLockRetainUntilDate); until.After(now) {
		found.locked, found.until = fmt.Errorf("retained until %s", until.UTC().Format(time.RFC3339)), until
	}
	if output.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn {
		found.locked, found.until = errors.New("under legal hold"), time.Time{}
	}
	return found, nil
}

// inspect looks at the .stat file and then at the file. True means that the file
// may be deleted, at once; otherwise the task is settled.
func (r *removal) inspect(ctx context.Context, t *task) bool {
	t.allowed = false
	stat, err := r.headStat(ctx, t.Key)
	if err != nil {
		t.notInspected(err)
		return false
	}
	file, err := r.look(ctx, t)
	if err != nil {
		t.notInspected(err)
		return false
	}
	t.stat = stat
	if file == nil {
		r.absent(ctx, t)
		return false
	}
	t.allowed = t.allows(file)
	return t.allowed
}

// Bounds of the patience with an object that is losing its version mark.
const (
	lookAttempts = 5
	lookPause    = 50 * time.Millisecond
)

// look is head, again after a moment where the object that had a version mark
// shows none: versitygw answers so while another request deletes it.
func (r *removal) look(ctx context.Context, t *task) (*seen, error) {
	for attempt := 1; ; attempt++ {
		file, err := r.disk.head(ctx, t.Key)
		if err != nil || file == nil || file.etag != "" || t.ETag == "" || attempt == lookAttempts {
			return file, err
		}
		if !wait(ctx, lookPause) {
			return nil, context.Cause(ctx)
		}
	}
}

// headStat looks at the .stat file of a file. The longest keys can't have one.
func (r *removal) headStat(ctx context.Context, key string) (*seen, error) {
	key += storage.StatSuffix
	if len(key) > maxKeyBytes {
		return nil, nil
	}
	stat, err := r.disk.head(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("look at %q: %w", key, err)
	}
	return stat, nil
}

// notInspected settles a file that can't be looked at: it isn't touched.
func (t *task) notInspected(err error) {
	if errors.Is(err, storage.ErrAccessDenied) {
		t.settle(storage.Denied, fmt.Errorf("%w to look at it (without s3:ListBucket also of what is gone)", storage.ErrAccessDenied))
		return
	}
	t.untried(err)
}

// absent believes that the file is gone only of a bucket that is there: HEAD
// doesn't tell an absent bucket from an absent object.
func (r *removal) absent(ctx context.Context, t *task) {
	r.bucket.Do(func() {
		err := r.disk.do(ctx, func(ctx context.Context, set func(*s3.Options)) error {
			_, err := r.disk.provider.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &r.disk.name}, set)
			return err
		})
		if answerTo(err) == http.StatusNotFound {
			r.missing = fmt.Errorf("bucket %w", storage.ErrNotFound)
			r.stop(r.missing)
		}
	})
	if r.missing != nil {
		t.untried(r.missing)
		return
	}
	t.settle(storage.Absent, nil)
	if !t.HasStat {
		t.stat = nil // whose it is isn't known
	}
}

// allows tells whether the file is the victim, and neither it nor its .stat file,
// which would be left as an orphan, is locked.
func (t *task) allows(file *seen) bool {
	if err := difference(t.Victim, file); err != nil {
		t.settle(storage.Changed, err)
		return false
	}
	for _, part := range []*seen{file, t.stat} {
		if part != nil && part.locked != nil {
			t.settle(storage.Held, part.locked)
			t.Until = part.until
			return false
		}
	}
	return true
}

// difference says in what the object isn't the victim.
func difference(victim storage.Victim, file *seen) error {
	switch {
	case victim.ETag != file.etag:
		return fmt.Errorf("the version mark is %q, not %q", file.etag, victim.ETag)
	case victim.Size != file.size:
		return fmt.Errorf("the size is %d bytes, not %d", file.size, victim.Size)
	case !victim.ModifiedAt.Truncate(time.Second).Equal(file.modifiedAt):
		return fmt.Errorf("it is of %s, not of %s", stamp(file.modifiedAt), stamp(victim.ModifiedAt))
	}
	return nil
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// recheck finds out what a server means that refused a delete by its condition.
func (r *removal) recheck(ctx context.Context, t *task) {
	file, err := r.look(context.WithoutCancel(ctx), t)
	switch {
	case err != nil:
		t.settle(storage.Changed, fmt.Errorf("%w, and can't be looked at: %w", errConditionFailed, err))
	case file == nil:
		t.settle(storage.Absent, nil)
	default:
		if err := difference(t.Victim, file); err != nil {
			t.settle(storage.Changed, err)
		}
	}
}
