package s3

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Defaults of Config.
const (
	DefaultRegion         = "eu-central-1"
	DefaultRequestTimeout = 30 * time.Second
	DefaultMaxAttempts    = 5
)

// Secret is a text that never prints.
type Secret string

// String returns stars.
func (Secret) String() string { return "***" }

// GoString returns stars.
func (Secret) GoString() string { return "***" }

// Config says how an account of buckets is reached. The zero value is Amazon's
// S3 with the credentials and the region that the environment offers (variables,
// shared files, web identity, pod identity, the machine's role).
type Config struct {
	Endpoint       string // URL or host:port; empty: Amazon's, or AWS_ENDPOINT_URL_S3
	Insecure       bool   // http where the endpoint names no scheme
	Region         string // empty: the environment's, else eu-central-1
	ForcePathStyle bool   // endpoint/bucket/key instead of bucket.endpoint/key

	AccessKeyID     string
	SecretAccessKey Secret
	Token           Secret // of temporary credentials
	AssumeRoleARN   string // the role to take on, with the credentials above or the environment's

	TLSSkipVerify bool
	CAFile        string // PEM; trusted beside the system's authorities

	RequestTimeout time.Duration // of one request with its retries; default 30s
	MaxAttempts    int           // of one request; default 5
}

func (c Config) withDefaults() Config {
	if c.RequestTimeout == 0 {
		c.RequestTimeout = DefaultRequestTimeout
	}
	if c.MaxAttempts == 0 {
		c.MaxAttempts = DefaultMaxAttempts
	}
	if c.Endpoint != "" && !strings.Contains(c.Endpoint, "://") {
		scheme := "https://"
		if c.Insecure {
			scheme = "http://"
		}
		c.Endpoint = scheme + c.Endpoint
	}
	return c
}

// Validate returns every contradiction, joined.
func (c Config) Validate() error {
	var problems []error
	if (c.AccessKeyID == "") != (c.SecretAccessKey == "") {
		problems = append(problems, errors.New("access_key_id and secret_access_key belong together"))
	}
	if c.Token != "" && c.AccessKeyID == "" {
		problems = append(problems, errors.New("token: needs access_key_id"))
	}
	if c.RequestTimeout < 0 || c.MaxAttempts < 0 {
		problems = append(problems, errors.New("time-out and attempts must not be negative"))
	}
	if err := validEndpoint(c.withDefaults().Endpoint); err != nil {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

func validEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	parsed, err := url.Parse(endpoint)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return errors.New("endpoint: not the URL of a server: expected https://host[:port]")
	}
	if parsed.User != nil {
		return fmt.Errorf("endpoint: credentials don't belong into the URL of %q", parsed.Host)
	}
	return nil
}
