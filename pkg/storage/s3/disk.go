package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/backmon/backmon/pkg/storage"
)

// Disk is a bucket. It may be used concurrently.
type Disk struct {
	provider *Provider
	name     string
}

var _ storage.Disk = (*Disk)(nil)

// Name returns the bucket's name.
func (d *Disk) Name() string { return d.name }

// Read returns a small object. Without the right s3:ListBucket Amazon says
// storage.ErrAccessDenied of objects that don't exist.
func (d *Disk) Read(ctx context.Context, key string, limit int64) (storage.Object, error) {
	object, err := d.read(ctx, key, limit)
	if err != nil {
		return storage.Object{}, fmt.Errorf("read %q in bucket %q: %w", key, d.name, err)
	}
	return object, nil
}

// read tries again when the body was cut: the SDK retries only until the body
// begins.
func (d *Disk) read(ctx context.Context, key string, limit int64) (object storage.Object, err error) {
	if key == "" {
		return storage.Object{}, storage.ErrNotFound
	}
	for range d.provider.config.MaxAttempts {
		err = d.provider.call(ctx, d.name, func(ctx context.Context, set func(*s3.Options)) error {
			object, err = d.fetch(ctx, set, key, limit)
			return err
		})
		if !errors.Is(err, storage.ErrIncomplete) {
			break
		}
	}
	return object, err
}

func (d *Disk) fetch(ctx context.Context, set func(*s3.Options), key string, limit int64) (storage.Object, error) {
	output, err := d.provider.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &d.name, Key: &key}, set)
	if err != nil {
		return storage.Object{}, err
	}
	defer output.Body.Close()
	if aws.ToInt64(output.ContentLength) > limit {
		return storage.Object{}, tooLarge(limit)
	}
	data, err := io.ReadAll(io.LimitReader(output.Body, limit+1))
	if err != nil {
		return storage.Object{}, &incomplete{err}
	}
	if int64(len(data)) > limit {
		return storage.Object{}, tooLarge(limit)
	}
	return storage.Object{
		Data:       data,
		ETag:       strings.Trim(aws.ToString(output.ETag), `"`),
		ModifiedAt: aws.ToTime(output.LastModified),
	}, nil
}

func tooLarge(limit int64) error { return fmt.Errorf("%w: over %d bytes", storage.ErrTooLarge, limit) }
