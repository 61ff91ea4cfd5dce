package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// object answers a GET as S3 does, with headers as "Name: value" in pairs.
func object(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Last-Modified", "Wed, 14 Jan 2026 04:00:00 GMT")
		w.Header().Set("ETag", `"mark"`)
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// cutAfter promises more than it sends.
func cutAfter(status int, body, promised string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		object(status, body, append(headers, "Content-Length", promised)...)(w, r)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// openAndRead opens an object of a server and reads it to its end.
func openAndRead(disk storage.Disk, part storage.Part) (string, error) {
	content, err := disk.(storage.Opener).Open(context.Background(), "file", part)
	if err != nil {
		return "", err
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	return string(data), err
}

func TestOpenErrors(t *testing.T) {
	const opening = `open "file" in bucket "bucket": `
	middle := storage.Part{Offset: 2, Length: 3, ETag: "mark"}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		part   storage.Part
		want   error
		text   string
	}{
		"no key":        {object(404, xmlError("NoSuchKey", "")), middle, storage.ErrNotFound, opening + "not found"},
		"no bucket":     {object(404, xmlError("NoSuchBucket", "")), middle, storage.ErrNotFound, opening + "bucket not found"},
		"denied":        {object(403, xmlError("AccessDenied", "")), middle, storage.ErrAccessDenied, opening + "access denied"},
		"archived":      {object(403, xmlError("InvalidObjectState", "The operation is not valid for the object's storage class")), middle, storage.ErrArchived, opening + storage.ErrArchived.Error()},
		"slow down":     {object(503, xmlError("SlowDown", "")), middle, storage.ErrSlowDown, opening + "the storage asks to slow down"},
		"another":       {object(412, xmlError("PreconditionFailed", "")), middle, storage.ErrChanged, opening + storage.ErrChanged.Error()},
		"another still": {object(206, "234", "ETag", `"other"`, "Content-Range", "bytes 2-4/10"), middle, storage.ErrChanged, opening + storage.ErrChanged.Error()},
		"beyond":        {object(416, xmlError("InvalidRange", "")), middle, storage.ErrRange, opening + storage.ErrRange.Error()},

		"the range is ignored": {object(200, "0123456789"), middle, nil, opening + "the server answers with another range than was asked for"},
		"another range":        {object(206, "345", "Content-Range", "bytes 3-5/10"), middle, nil, opening + "the server answers with another range than was asked for"},
		"a shorter range":      {object(206, "23", "Content-Range", "bytes 2-3/10"), middle, nil, opening + "the server answers with another range than was asked for"},
		"a range of what":      {object(206, "234", "Content-Range", "bytes 2-4/*"), middle, nil, opening + "the server answers with another range than was asked for"},
		"no size": {func(w http.ResponseWriter, r *http.Request) {
			object(200, "")(w, r)
			_ = http.NewResponseController(w).Flush()
		}, storage.Part{}, nil, opening + "the server doesn't tell the size and the time"},
		"a page instead":           {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>log in</html>") }, storage.Part{}, nil, opening + "the server doesn't tell the size and the time"},
		"the body is cut":          {cutAfter(200, "01234", "10"), storage.Part{}, storage.ErrCut, storage.ErrCut.Error() + ": unexpected EOF"},
		"the body is cut at once":  {cutAfter(200, "", "10"), storage.Part{}, storage.ErrCut, storage.ErrCut.Error() + ": unexpected EOF"},
		"the body is cut by one":   {cutAfter(200, "012345678", "10"), storage.Part{}, storage.ErrCut, storage.ErrCut.Error() + ": unexpected EOF"},
		"a part's body is cut too": {cutAfter(206, "23", "3", "Content-Range", "bytes 2-4/10"), middle, storage.ErrCut, storage.ErrCut.Error() + ": unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := openAndRead(script(t, test.answer).Disk("bucket"), test.part)
			if test.want != nil && !errors.Is(err, test.want) || err == nil || err.Error() != test.text {
				t.Errorf("got  %q, %v\nwant %s", data, err, test.text)
			}
		})
	}
}

// Each piece has its own time: a large object may take longer than a request, and
// a reader may be slow.
func TestReadingTakesItsTime(t *testing.T) {
	const timeout, pieces = 400 * time.Millisecond, 8
	provider := impatient(t, timeout, func(w http.ResponseWriter, r *http.Request) {
		object(200, "", "Content-Length", fmt.Sprint(pieces))(w, r)
		for range pieces {
			_ = http.NewResponseController(w).Flush()
			<-time.After(timeout / 4)
			_, _ = io.WriteString(w, "x")
		}
	})
	content, err := provider.Disk("bucket").(storage.Opener).Open(context.Background(), "file", storage.Part{})
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if _, err := io.ReadFull(content, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	<-time.After(timeout + timeout/4) // a client that doesn't read
	if data, err := io.ReadAll(content); err != nil || len(data) != pieces-1 {
		t.Errorf("got %q, %v", data, err)
	}
}

func impatient(t *testing.T, timeout time.Duration, answer http.HandlerFunc) *s3.Provider {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	config := scripted(server)
	config.RequestTimeout = timeout
	return newProvider(t, config)
}

// hang waits until the client is gone.
func hang(r *http.Request) { <-r.Context().Done() }

func TestAServerThatHangsInTheMiddle(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"before the answer": func(_ http.ResponseWriter, r *http.Request) { hang(r) },
		"after the headers": func(w http.ResponseWriter, r *http.Request) {
			object(200, "", "Content-Length", "10")(w, r)
			_ = http.NewResponseController(w).Flush()
			hang(r)
		},
		"after some bytes": func(w http.ResponseWriter, r *http.Request) {
			object(200, "0123", "Content-Length", "10")(w, r)
			_ = http.NewResponseController(w).Flush()
			hang(r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			provider := impatient(t, 200*time.Millisecond, answer)
			_, err := openAndRead(provider.Disk("bucket"), storage.Part{})
			if !errors.Is(err, storage.ErrTimeout) {
				t.Errorf("got %v, want storage.ErrTimeout", err)
			}
		})
	}
}

// All attempts together have the time of one request.
func TestOpeningIsNotTriedForEver(t *testing.T) {
	var attempts atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		attempts.Add(1)
		hang(r)
	}))
	t.Cleanup(server.Close)
	config := scripted(server)
	config.RequestTimeout, config.MaxAttempts = 100*time.Millisecond, 6
	_, err := openAndRead(newProvider(t, config).Disk("bucket"), storage.Part{})
	if !errors.Is(err, storage.ErrTimeout) || attempts.Load() == 6 {
		t.Errorf("got %v after %d attempts", err, attempts.Load())
	}
}

// An object that the server gives no mark is known again by its size and time.
func TestOpenWithoutVersionMarks(t *testing.T) {
	server := storagetest.StartS3(t)
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	fill(t, server, "bucket", []storagetest.File{{Key: "x", Content: "0123456789", ModifiedAt: when}})
	disk := newProvider(t, configOf(server)).Disk("bucket")
	info := storagetest.Stat(t, disk, "x")
	part := storage.Part{Offset: 3, ETag: info.ETag}
	if data, opened := storagetest.Open(t, disk, "x", part); data != "3456789" || opened != info {
		t.Errorf("got %q, %+v", data, opened)
	}
	lay(t, server, "bucket", []storagetest.File{{Key: "x", Content: "ABCDEFGHIJ", ModifiedAt: when.Add(time.Second)}})
	if _, err := disk.(storage.Opener).Open(context.Background(), "x", part); !errors.Is(err, storage.ErrChanged) {
		t.Errorf("got %v, want storage.ErrChanged", err)
	}
}

func TestRightsToOpen(t *testing.T) {
	server := storagetest.StartS3(t)
	server.AddUser("reader", "reader-secret")
	for _, bucket := range []string{"bucket-open", "bucket-closed"} {
		fill(t, server, bucket, []storagetest.File{{Key: "file", Content: "content"}})
	}
	server.PutBucketPolicy("bucket-open", fmt.Sprintf(allow, "reader", "s3:GetObject", "bucket-open/*"))
	config := configOf(server)
	config.AccessKeyID, config.SecretAccessKey = "reader", "reader-secret"
	provider := newProvider(t, config)
	if data, err := openAndRead(provider.Disk("bucket-open"), storage.Part{}); err != nil || data != "content" {
		t.Errorf("s3:GetObject is enough: got %q, %v", data, err)
	}
	if _, err := openAndRead(provider.Disk("bucket-closed"), storage.Part{}); !errors.Is(err, storage.ErrAccessDenied) {
		t.Errorf("open: got %v, want storage.ErrAccessDenied", err)
	}
	if _, err := provider.Disk("bucket-closed").(storage.Opener).Stat(context.Background(), "file"); !errors.Is(err, storage.ErrAccessDenied) {
		t.Errorf("stat: got %v, want storage.ErrAccessDenied", err)
	}
}

func presign(disk storage.Disk, loan storage.Loan) (*url.URL, error) {
	text, err := disk.(storage.Presigner).Presign(context.Background(), "file", loan)
	if err != nil {
		return nil, err
	}
	return url.Parse(text)
}

// A link is signed for the region where the bucket was found.
func TestPresignKnowsTheRegion(t *testing.T) {
	amazon := &regions{t: t, home: "ap-south-1"}
	disk := script(t, amazon.ServeHTTP).Disk("bucket")
	if _, _, err := listAll(disk); err != nil {
		t.Fatal(err)
	}
	link, err := presign(disk, storage.Loan{Expiry: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	query := link.Query()
	if scope := query.Get("X-Amz-Credential"); !strings.Contains(scope, "/ap-south-1/s3/") || query.Get("X-Amz-Expires") != "3600" {
		t.Errorf("credential %q, expires %q", scope, query.Get("X-Amz-Expires"))
	}
	if len(amazon.calls) != 2 {
		t.Errorf("requests %q: presigning makes none", amazon.calls)
	}
}

func TestPresignRefuses(t *testing.T) {
	disk := script(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was made") }).Disk("bucket")
	for _, expiry := range []time.Duration{-1, 0, time.Second - 1, 7*24*time.Hour + 1} {
		if _, err := presign(disk, storage.Loan{Expiry: expiry}); err == nil {
			t.Errorf("an expiry of %v is taken", expiry)
		}
	}
	if _, err := disk.(storage.Presigner).Presign(context.Background(), "", storage.Loan{Expiry: time.Minute}); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("got %v, want storage.ErrNotFound", err)
	}
}

// A link whose time is over is worth nothing.
func TestPresignedLinksExpire(t *testing.T) {
	server := storagetest.StartS3(t)
	fill(t, server, "bucket", []storagetest.File{{Key: "file", Content: "content"}})
	link, err := presign(newProvider(t, configOf(server)).Disk("bucket"), storage.Loan{Expiry: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.After(20 * time.Second)
	for {
		response, err := http.Get(link.String())
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode == http.StatusForbidden {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			t.Fatalf("after 20s: %s", response.Status)
		}
	}
}
