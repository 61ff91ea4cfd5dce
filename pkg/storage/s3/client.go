package s3

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/backmon/backmon/pkg/trust"
)

const (
	connectTimeout = 10 * time.Second
	maxBackoff     = 5 * time.Second
	idlePerHost    = 64
)

func newClient(ctx context.Context, c Config) (*s3.Client, error) {
	transport, err := newTransport(c)
	if err != nil {
		return nil, err
	}
	shared, err := config.LoadDefaultConfig(ctx, options(c, transport)...)
	if err != nil {
		return nil, err
	}
	if c.AssumeRoleARN != "" {
		role := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(shared), c.AssumeRoleARN,
			func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "backmon" })
		shared.Credentials = aws.NewCredentialsCache(role)
	}
	return s3.NewFromConfig(shared, func(o *s3.Options) {
		o.UsePathStyle = c.ForcePathStyle
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		if c.Endpoint != "" {
			o.BaseEndpoint = aws.String(c.Endpoint)
		}
	}), nil
}

func options(c Config, transport *awshttp.BuildableClient) []func(*config.LoadOptions) error {
	chosen := []func(*config.LoadOptions) error{
		config.WithHTTPClient(transport),
		config.WithDefaultRegion(DefaultRegion),
		config.WithLogger(logging.Nop{}),
		config.WithRetryer(func() aws.Retryer { return newRetryer(c.MaxAttempts) }),
	}
	if c.Region != "" {
		chosen = append(chosen, config.WithRegion(c.Region))
	}
	if c.AccessKeyID != "" {
		keys := credentials.NewStaticCredentialsProvider(c.AccessKeyID, string(c.SecretAccessKey), string(c.Token))
		chosen = append(chosen, config.WithCredentialsProvider(keys))
	}
	return chosen
}

// newRetryer leaves out the SDK's budget of retries, which many listings side by
// side use up in a moment of SlowDown. The back-off is the SDK's: exponential,
// with jitter.
func newRetryer(maxAttempts int) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.MaxBackoff = maxBackoff
		o.RateLimiter = ratelimit.None
	})
}

// newTransport is the SDK's own kind of client: with a plain http.Client the
// variable AWS_CA_BUNDLE would have no effect.
func newTransport(c Config) (*awshttp.BuildableClient, error) {
	authorities, err := trust.Authorities(c.CAFile)
	if err != nil {
		return nil, err
	}
	client := awshttp.NewBuildableClient().WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout })
	return client.WithTransportOptions(func(t *http.Transport) {
		t.TLSHandshakeTimeout = connectTimeout
		t.ResponseHeaderTimeout = c.RequestTimeout / 2 // so that a second attempt is possible in time
		t.MaxIdleConnsPerHost = idlePerHost
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.TLSClientConfig.InsecureSkipVerify = c.TLSSkipVerify
		t.TLSClientConfig.RootCAs = authorities
	}), nil
}
