package s3

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// request makes one call of the SDK with the given options.
type request func(ctx context.Context, set func(*s3.Options)) error

// call makes a request within the time allowed, in the bucket's region. A bucket
// that turns out to lie in another region is remembered, and asked again there.
func (p *Provider) call(ctx context.Context, bucket string, do request) error {
	err := p.attempt(ctx, bucket, do)
	if bucket == "" || !isElsewhere(err) {
		return p.told(ctx, err)
	}
	region := p.findRegion(ctx, bucket, err)
	if region == "" || region == p.region(bucket) {
		return p.told(ctx, err)
	}
	p.regions.Store(bucket, region)
	return p.told(ctx, p.attempt(ctx, bucket, do))
}

func (p *Provider) attempt(ctx context.Context, bucket string, do request) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.config.RequestTimeout, errSlowServer)
	defer cancel()
	err := do(ctx, func(o *s3.Options) { o.Region = p.region(bucket) })
	if err != nil && errors.Is(context.Cause(ctx), errSlowServer) {
		return errSlowServer
	}
	return err
}

// region returns where the bucket is taken to be.
func (p *Provider) region(bucket string) string {
	if found, ok := p.regions.Load(bucket); ok {
		return found.(string)
	}
	return p.client.Options().Region
}

// isElsewhere tells whether the server says that the bucket is in another region.
func isElsewhere(err error) bool {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok && response.HTTPStatusCode() == http.StatusMovedPermanently {
		return true
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	switch api.ErrorCode() {
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
		return true
	}
	return false
}

// findRegion takes the bucket's region from the answer that sent us away or, if
// that doesn't tell, from a HEAD request, which tells even to those who have no
// right to the bucket. It returns "" when the server doesn't say.
func (p *Provider) findRegion(ctx context.Context, bucket string, err error) string {
	if region := regionOf(err); region != "" {
		return region
	}
	var output *s3.HeadBucketOutput
	err = p.attempt(ctx, bucket, func(ctx context.Context, set func(*s3.Options)) (err error) {
		output, err = p.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}, set)
		return err
	})
	if err != nil {
		return regionOf(err)
	}
	return aws.ToString(output.BucketRegion)
}

func regionOf(err error) string {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || response.Response == nil {
		return ""
	}
	return response.Response.Header.Get("X-Amz-Bucket-Region")
}
