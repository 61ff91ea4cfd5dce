package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/backmon/backmon/pkg/storage"
)

// sdkDeserializer is the name of the SDK's step that parses an answer.
const sdkDeserializer = "OperationDeserializer"

// maxPageBytes is far more than 1,000 keys of 1,024 bytes can take, encoded.
const maxPageBytes = 16 << 20

var (
	errNoEnd = errors.New("the answer doesn't tell whether more follows")
	errHuge  = fmt.Errorf("a page of over %d bytes", maxPageBytes)
)

// page is one page of a listing.
type page struct {
	entries   []storage.Entry
	truncated bool
	next      string // the token of the following page
}

// withCheck makes the SDK retry answers that the check refuses, and those that it
// can't parse.
func withCheck(check func(result any) error) func(*s3.Options) {
	return s3.WithAPIOptions(func(stack *middleware.Stack) error {
		return insertCheck(stack, check)
	})
}

func insertCheck(stack *middleware.Stack, check func(result any) error) error {
	step := middleware.DeserializeMiddlewareFunc("backmonCheck", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if broken, ok := errors.AsType[*smithy.DeserializationError](err); ok && isSuccess(out) {
			err = &incomplete{broken.Err}
		}
		if err == nil {
			if refused := check(out.Result); refused != nil {
				err = &incomplete{refused}
			}
		}
		return out, metadata, err
	})
	return stack.Deserialize.Insert(step, sdkDeserializer, middleware.Before)
}

func isSuccess(out middleware.DeserializeOutput) bool {
	response, ok := out.RawResponse.(*smithyhttp.Response)
	return ok && response.StatusCode == http.StatusOK
}

// pageReader reads the pages of one listing, one after the other. It reads each
// answer whole and scans it, which is forty times as fast as the SDK's parser;
// whatever the scanner doesn't know is left to the SDK. Signing, credentials,
// retries and errors stay the SDK's in any case.
type pageReader struct {
	client   *s3.Client
	requests int // attempts made
	body     bytes.Buffer
	scanner  scanner
	scanned  bool
	page     page
}

// read fetches a page; the result is valid until the next call.
func (r *pageReader) read(ctx context.Context, set func(*s3.Options), input *s3.ListObjectsV2Input) error {
	_, err := r.client.ListObjectsV2(ctx, input, set, s3.WithAPIOptions(r.install))
	return err
}

func (r *pageReader) install(stack *middleware.Stack) error {
	scan := middleware.DeserializeMiddlewareFunc("backmonScan", r.scan)
	if err := stack.Deserialize.Insert(scan, sdkDeserializer, middleware.After); err != nil {
		return err
	}
	return insertCheck(stack, r.accept)
}

// scan is the step below the SDK's parser: it takes the answer's body away from
// it, unless the scanner can't read it.
func (r *pageReader) scan(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	r.requests++
	r.scanned = false
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if err != nil || !isSuccess(out) {
		return out, metadata, err
	}
	response := out.RawResponse.(*smithyhttp.Response)
	err = r.take(response.Body)
	response.Body = http.NoBody
	if err != nil {
		return out, metadata, &incomplete{err}
	}
	r.scanned = r.scanner.scan(r.body.Bytes(), &r.page)
	if !r.scanned {
		response.Body = io.NopCloser(bytes.NewReader(r.body.Bytes()))
	}
	return out, metadata, nil
}

// take reads the whole body, and closes it.
func (r *pageReader) take(body io.ReadCloser) error {
	defer body.Close()
	r.body.Reset()
	n, err := r.body.ReadFrom(io.LimitReader(body, maxPageBytes+1))
	if n > maxPageBytes {
		return errHuge
	}
	return err
}

// accept is the step above the SDK's parser.
func (r *pageReader) accept(result any) error {
	if r.scanned {
		return nil
	}
	output, ok := result.(*s3.ListObjectsV2Output)
	if !ok || output.IsTruncated == nil {
		return errNoEnd
	}
	return r.page.take(output)
}

// take translates what the SDK parsed.
func (p *page) take(output *s3.ListObjectsV2Output) error {
	p.entries = p.entries[:0]
	p.truncated = *output.IsTruncated
	p.next = aws.ToString(output.NextContinuationToken)
	for _, object := range output.Contents {
		key := aws.ToString(object.Key)
		if output.EncodingType == types.EncodingTypeUrl {
			decoded, err := url.QueryUnescape(key)
			if err != nil {
				return fmt.Errorf("decode key %q: %w", key, err)
			}
			key = decoded
		}
		p.entries = append(p.entries, storage.Entry{
			Key:        key,
			Size:       aws.ToInt64(object.Size),
			ModifiedAt: aws.ToTime(object.LastModified).UTC(),
			ETag:       strings.Trim(aws.ToString(object.ETag), `"`),
		})
	}
	return nil
}
