package s3

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/backmon/backmon/pkg/storage"
)

var _ storage.Presigner = (*Disk)(nil)

// maxExpiry is the signature's own limit.
const maxExpiry = 7 * 24 * time.Hour

// Presign signs a URL with the provider's credentials. The bucket's region must be
// known: any other request of this provider to the bucket finds it out.
func (d *Disk) Presign(ctx context.Context, key string, loan storage.Loan) (string, error) {
	url, err := d.presign(ctx, key, loan)
	if err != nil {
		return "", fmt.Errorf("presign %q in bucket %q: %w", key, d.name, err)
	}
	return url, nil
}

func (d *Disk) presign(ctx context.Context, key string, loan storage.Loan) (string, error) {
	if key == "" {
		return "", storage.ErrNotFound
	}
	if loan.Expiry < time.Second || loan.Expiry > maxExpiry {
		return "", errors.New("the expiry is not in 1s to 7 days")
	}
	input := &s3.GetObjectInput{Bucket: &d.name, Key: &key}
	if loan.Disposition != "" {
		input.ResponseContentDisposition = aws.String(loan.Disposition)
	}
	if loan.Type != "" {
		input.ResponseContentType = aws.String(loan.Type)
	}
	var signed *v4.PresignedHTTPRequest
	// No request is made to the bucket, but the signing may ask for credentials.
	err := d.provider.call(ctx, d.name, func(ctx context.Context, set func(*s3.Options)) (err error) {
		client := s3.NewPresignClient(d.provider.client, s3.WithPresignClientFromClientOptions(set))
		signed, err = client.PresignGetObject(ctx, input, s3.WithPresignExpires(loan.Expiry))
		return err
	})
	if err != nil {
		return "", err
	}
	return signed.URL, nil
}
