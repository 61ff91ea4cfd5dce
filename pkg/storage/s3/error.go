package s3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/backmon/backmon/pkg/storage"
)

// errSlowServer marks our own time-out apart from the caller's.
var errSlowServer = errors.New("time-out of one request")

// incomplete is an answer that isn't whole. The SDK tries such a request again.
type incomplete struct{ cause error }

func (e *incomplete) Error() string        { return fmt.Sprintf("%v: %v", storage.ErrIncomplete, e.cause) }
func (e *incomplete) Unwrap() []error      { return []error{storage.ErrIncomplete, e.cause} }
func (e *incomplete) RetryableError() bool { return true }

// told turns an error of the SDK into one that callers may branch on and a person
// can read: without request numbers, URLs and the SDK's chain of wrappings.
func (p *Provider) told(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, errSlowServer) {
		return slowServer(p.config.RequestTimeout)
	}
	if part, ok := errors.AsType[*incomplete](err); ok {
		return part
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return toldByServer(api, status(err))
	}
	return toldByNetwork(err)
}

func slowServer(waited time.Duration) error {
	return fmt.Errorf("%w: waited %v", storage.ErrTimeout, waited)
}

// status returns the answer's HTTP status, 0 when there was no answer.
func status(err error) int {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

func toldByServer(api smithy.APIError, status int) error {
	switch api.ErrorCode() {
	case "InvalidAccessKeyId":
		return fmt.Errorf("%w: the server doesn't know the access key", storage.ErrAccessDenied)
	case "SignatureDoesNotMatch":
		return fmt.Errorf("%w: the secret access key doesn't fit the access key", storage.ErrAccessDenied)
	case "ExpiredToken", "InvalidToken":
		return fmt.Errorf("%w: the token has expired or is invalid", storage.ErrAccessDenied)
	case "NoSuchBucket":
		return fmt.Errorf("bucket %w", storage.ErrNotFound)
	}
	switch status {
	case http.StatusForbidden, http.StatusUnauthorized:
		return storage.ErrAccessDenied
	case http.StatusNotFound:
		return storage.ErrNotFound
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return storage.ErrSlowDown
	}
	if api.ErrorMessage() == "" || api.ErrorMessage() == api.ErrorCode() {
		return fmt.Errorf("the server answers %d %s", status, api.ErrorCode())
	}
	return fmt.Errorf("the server answers %d %s: %s", status, api.ErrorCode(), api.ErrorMessage())
}

func toldByNetwork(err error) error {
	if request, ok := errors.AsType[*url.Error](err); ok {
		err = request.Err // without the URL
	} else if operation, ok := errors.AsType[*smithy.OperationError](err); ok {
		err = operation.Err
	}
	if network, ok := errors.AsType[net.Error](err); ok && network.Timeout() {
		return fmt.Errorf("%w: %w", storage.ErrTimeout, err)
	}
	return err
}
