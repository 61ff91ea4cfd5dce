// Package s3 shows the buckets of Amazon S3, and of servers that speak its
// protocol, as disks. It trusts no answer that isn't provably whole: what the SDK
// takes for an empty bucket (an empty answer, a proxy's HTML page, a cut list) is
// an error here, and what it takes for a delete is none. It deletes only when
// asked to by name (see storage.Deleter), current versions only.
//
// It is not for writing objects. Directory buckets are refused: their
// listings have no order, without which .stat files can't be paired as a stream.
package s3

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/backmon/backmon/pkg/storage"
)

const bucketsPerPage = 1000

// Provider is an account of buckets. It may be used concurrently.
type Provider struct {
	config  Config
	client  *s3.Client
	regions sync.Map // bucket name to the region it was found in, if not the configured one

	conditions sync.Map // bucket name to *conditions: what its server makes of conditional deletes
}

var _ storage.Provider = (*Provider)(nil)

// New returns the provider of an account. It reads certificates and the
// environment's settings, but makes no request to S3.
func New(ctx context.Context, config Config) (*Provider, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("s3 storage: %w", err)
	}
	config = config.withDefaults()
	client, err := newClient(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("s3 storage: %w", err)
	}
	return &Provider{config: config, client: client}, nil
}

// Disks returns the names of the buckets that the account owns, sorted. It needs
// the right s3:ListAllMyBuckets; without it the error is storage.ErrAccessDenied.
func (p *Provider) Disks(ctx context.Context) ([]string, error) {
	var names []string
	input := &s3.ListBucketsInput{MaxBuckets: aws.Int32(bucketsPerPage)}
	for {
		output, err := p.buckets(ctx, input)
		if err != nil {
			return nil, fmt.Errorf("list buckets: %w", err)
		}
		for _, bucket := range output.Buckets {
			names = append(names, aws.ToString(bucket.Name))
		}
		next := aws.ToString(output.ContinuationToken)
		if next == "" {
			slices.Sort(names)
			return slices.Compact(names), nil
		}
		if next == aws.ToString(input.ContinuationToken) {
			return nil, fmt.Errorf("list buckets: %w: a page follows itself", storage.ErrIncomplete)
		}
		input.ContinuationToken = aws.String(next)
	}
}

func (p *Provider) buckets(ctx context.Context, input *s3.ListBucketsInput) (output *s3.ListBucketsOutput, err error) {
	err = p.call(ctx, "", func(ctx context.Context, set func(*s3.Options)) error {
		output, err = p.client.ListBuckets(ctx, input, set, withCheck(wholeBuckets))
		return err
	})
	return output, err
}

// wholeBuckets refuses an answer without the list's element: the SDK takes an
// empty page or HTML for an account without buckets.
func wholeBuckets(result any) error {
	if output, ok := result.(*s3.ListBucketsOutput); !ok || output.Buckets == nil {
		return errors.New("the answer is no list of buckets")
	}
	return nil
}

// Disk returns the bucket of that name.
func (p *Provider) Disk(name string) storage.Disk { return &Disk{provider: p, name: name} }
