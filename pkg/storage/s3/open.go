package s3

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/backmon/backmon/pkg/storage"
)

var _ storage.Opener = (*Disk)(nil)

// Stat tells of an object, by HEAD. It needs the right s3:GetObject; without
// s3:ListBucket Amazon says storage.ErrAccessDenied of objects that don't exist.
func (d *Disk) Stat(ctx context.Context, key string) (storage.Info, error) {
	info, err := d.stat(ctx, key)
	if err != nil {
		return storage.Info{}, fmt.Errorf("look at %q in bucket %q: %w", key, d.name, err)
	}
	return info, nil
}

func (d *Disk) stat(ctx context.Context, key string) (storage.Info, error) {
	if key == "" {
		return storage.Info{}, storage.ErrNotFound
	}
	found, err := d.head(ctx, key)
	if err != nil {
		return storage.Info{}, err
	}
	if found == nil {
		return storage.Info{}, storage.ErrNotFound
	}
	return newInfo(found.size, found.modifiedAt, found.etag), nil
}

// unmarked begins the mark of an object that has none of the server's.
const unmarked = "unmarked-"

func newInfo(size int64, modifiedAt time.Time, etag string) storage.Info {
	if etag == "" {
		etag = fmt.Sprintf("%s%x-%x", unmarked, size, modifiedAt.Unix())
	}
	return storage.Info{Size: size, ModifiedAt: modifiedAt, ETag: etag}
}

// Open begins to read an object, by one request. The time allowed for a request is
// that for the answer to begin, and then for each piece of it.
func (d *Disk) Open(ctx context.Context, key string, part storage.Part) (*storage.Content, error) {
	content, err := d.openPart(ctx, key, part)
	if err != nil {
		return nil, fmt.Errorf("open %q in bucket %q: %w", key, d.name, err)
	}
	return content, nil
}

func (d *Disk) openPart(ctx context.Context, key string, part storage.Part) (*storage.Content, error) {
	input := &s3.GetObjectInput{Bucket: &d.name, Key: &key}
	if key == "" {
		return nil, storage.ErrNotFound
	}
	if !part.Whole() {
		if _, err := part.Of(math.MaxInt64); err != nil {
			return nil, err
		}
		input.Range = aws.String(rangeOf(part))
	}
	if part.ETag != "" && !strings.HasPrefix(part.ETag, unmarked) {
		input.IfMatch = aws.String(quoted(part.ETag))
	}
	output, body, err := d.get(ctx, input)
	if err != nil {
		return nil, notOpened(err)
	}
	info, length, err := check(output, part)
	if err != nil {
		body.Close()
		return nil, err
	}
	return storage.NewContent(info, length, body), nil
}

func rangeOf(part storage.Part) string {
	if part.Length == 0 || part.Length > math.MaxInt64-part.Offset {
		return fmt.Sprintf("bytes=%d-", part.Offset)
	}
	return fmt.Sprintf("bytes=%d-%d", part.Offset, part.Offset+part.Length-1)
}

// get sends the request. The body outlives it, and has the context's end.
func (d *Disk) get(ctx context.Context, input *s3.GetObjectInput) (*s3.GetObjectOutput, *body, error) {
	reading, cancel := context.WithCancelCause(ctx)
	var output *s3.GetObjectOutput
	err := d.do(ctx, func(answering context.Context, set func(*s3.Options)) (err error) {
		stop := context.AfterFunc(answering, func() { cancel(context.Cause(answering)) })
		defer stop()
		output, err = d.provider.client.GetObject(reading, input, set)
		return err
	})
	if err != nil {
		cancel(nil)
		return nil, nil, err
	}
	return output, newBody(reading, cancel, output.Body, d.provider.config.RequestTimeout), nil
}

// notOpened tells what an error of the request means.
func notOpened(err error) error {
	failed, ok := errors.AsType[*failure](err)
	switch {
	case !ok:
		return err
	case failed.status == http.StatusPreconditionFailed:
		return storage.ErrChanged
	case failed.status == http.StatusRequestedRangeNotSatisfiable:
		return storage.ErrRange
	case failed.code == "InvalidObjectState":
		return storage.ErrArchived
	}
	return err
}

// check believes nothing: servers and proxies ignore ranges and conditions.
func check(output *s3.GetObjectOutput, part storage.Part) (storage.Info, int64, error) {
	if output.ContentLength == nil || output.LastModified == nil {
		return storage.Info{}, 0, errNoSize
	}
	size, first := *output.ContentLength, int64(0)
	if !part.Whole() {
		var last int64
		if _, err := fmt.Sscanf(aws.ToString(output.ContentRange), "bytes %d-%d/%d", &first, &last, &size); err != nil {
			return storage.Info{}, 0, errNoRange
		}
	}
	info := newInfo(size, *output.LastModified, strings.Trim(aws.ToString(output.ETag), `"`))
	if part.ETag != "" && part.ETag != info.ETag {
		return storage.Info{}, 0, storage.ErrChanged
	}
	length, err := part.Of(size)
	if err == nil && (first != part.Offset || length != *output.ContentLength) {
		err = errNoRange
	}
	return info, length, err
}

var (
	errNoSize  = errors.New("the server doesn't tell the size and the time")
	errNoRange = errors.New("the server answers with another range than was asked for")
)
