package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// script answers requests as a test says, over real HTTP.
func script(t *testing.T, answer http.HandlerFunc) *s3.Provider {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return newProvider(t, scripted(server))
}

func scripted(server *httptest.Server) s3.Config {
	return s3.Config{
		Endpoint: server.URL, Region: "us-east-1", ForcePathStyle: true, MaxAttempts: 1,
		AccessKeyID: "key", SecretAccessKey: "very-secret",
	}
}

// listPage is the XML of one page; next is empty on the last.
func listPage(next string, keys ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<ListBucketResult><IsTruncated>%t</IsTruncated>", next != "")
	if next != "" {
		fmt.Fprintf(&b, "<NextContinuationToken>%s</NextContinuationToken>", next)
	}
	for _, key := range keys {
		fmt.Fprintf(&b, "<Contents><Key>%s</Key><LastModified>2026-01-14T04:00:00.000Z</LastModified><Size>1</Size></Contents>", key)
	}
	return b.String() + "</ListBucketResult>"
}

func TestStrangeListsAreIncomplete(t *testing.T) {
	for name, answer := range map[string]func(token string) string{
		"a token repeats":         func(string) string { return listPage("same") },
		"a page repeats":          func(token string) string { return listPage(token+"x", "a", "b") },
		"keys go backwards":       func(string) string { return listPage("", "b", "a") },
		"a key comes twice":       func(string) string { return listPage("", "a", "a") },
		"an object has no key":    func(string) string { return listPage("", "") },
		"nothing but empty pages": func(token string) string { return listPage("t" + token[len(token)-1:]) },
		"truncated without token": func(string) string {
			return "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"
		},
		"no IsTruncated":     func(string) string { return "<ListBucketResult></ListBucketResult>" },
		"another document":   func(string) string { return "<Other><IsTruncate>false</IsTruncate></Other>" },
		"XML cut in the end": func(string) string { return strings.TrimSuffix(listPage("", "a"), "</ListBucketResult>") },
		"a wrong encoding": func(string) string {
			return strings.Replace(listPage("", "%zz"), "<Is", "<EncodingType>url</EncodingType><Is", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			page := 0
			provider := script(t, func(w http.ResponseWriter, r *http.Request) {
				page++
				io.WriteString(w, answer(r.URL.Query().Get("continuation-token")+fmt.Sprint(page%2)))
			})
			if _, _, err := listAll(provider.Disk("bucket")); !errors.Is(err, storage.ErrIncomplete) {
				t.Errorf("got %v, want storage.ErrIncomplete", err)
			}
		})
	}
}

func TestAnErrorWithTheStatusOfSuccess(t *testing.T) {
	provider := script(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<Error><Code>InternalError</Code><Message>Oh no.</Message></Error>")
	})
	if _, _, err := listAll(provider.Disk("bucket")); err == nil || !strings.Contains(err.Error(), "InternalError: Oh no.") {
		t.Errorf("got %v, want the server's error", err)
	}
}

func TestAServerThatIgnoresTheRange(t *testing.T) {
	provider := script(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, listPage("", "a", "b/1", "b/2", "b/3", "c"))
	})
	entries := storagetest.Collect(t, provider.Disk("bucket"), storage.Listing{Prefix: "b/", After: "b/1", Until: "b/2"})
	if keys := storagetest.Keys(entries); !slices.Equal(keys, []string{"b/2"}) {
		t.Errorf("got %q, want only b/2", keys)
	}
}

func TestKeysAreDecodedAsTheAnswerSays(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"encoded":                     {strings.Replace(listPage("", "a%2Bb+c"), "<Is", "<EncodingType>url</EncodingType><Is", 1), "a+b c"},
		"not encoded":                 {listPage("", "a%2Bb+c"), "a%2Bb+c"},
		"encoded, read by the SDK":    {strings.Replace(listPage("", "a%2Bb+c"), "<Is", "<New/><EncodingType>url</EncodingType><Is", 1), "a+b c"},
		"entities, read by the SDK":   {strings.Replace(listPage("", "a&#x26;b"), "<Is", "<New/><Is", 1), "a&b"},
		"entities, read by ourselves": {listPage("", "a&#x26;b"), "a&b"},
	} {
		t.Run(name, func(t *testing.T) {
			provider := script(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.URL.Query().Get("encoding-type"); got != "url" {
					t.Errorf("encoding-type is %q, want url", got)
				}
				io.WriteString(w, test.body)
			})
			entries := storagetest.Collect(t, provider.Disk("bucket"), storage.Listing{})
			if keys := storagetest.Keys(entries); !slices.Equal(keys, []string{test.want}) {
				t.Errorf("got %q, want %q", keys, test.want)
			}
		})
	}
}

func TestDirectoryBucketsAreRefused(t *testing.T) {
	provider := script(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was made") })
	_, _, err := listAll(provider.Disk("logs--use1-az4--x-s3"))
	if err == nil || !strings.Contains(err.Error(), "directory buckets are not supported") {
		t.Errorf("got %v", err)
	}
}

func TestDisksInPages(t *testing.T) {
	provider := script(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continuation-token") == "" {
			io.WriteString(w, "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets><ContinuationToken>t</ContinuationToken></ListAllMyBucketsResult>")
			return
		}
		io.WriteString(w, "<ListAllMyBucketsResult><Buckets><Bucket><Name>a</Name></Bucket></Buckets></ListAllMyBucketsResult>")
	})
	names, err := provider.Disks(context.Background())
	if err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("got %q, %v", names, err)
	}
}

func TestDisksNeverTakeAFaultForNoBuckets(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"empty":            {200, "", storage.ErrIncomplete},
		"html":             {200, "<html><body>log in</body></html>", storage.ErrIncomplete},
		"cut":              {200, "<ListAllMyBucketsResult><Buckets><Bucket>", storage.ErrIncomplete},
		"a page of itself": {200, "<R><Buckets></Buckets><ContinuationToken>t</ContinuationToken></R>", storage.ErrIncomplete},
		"denied":           {403, "<Error><Code>AccessDenied</Code></Error>", storage.ErrAccessDenied},
		"slow down":        {503, "<Error><Code>SlowDown</Code></Error>", storage.ErrSlowDown},
	} {
		t.Run(name, func(t *testing.T) {
			provider := script(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			})
			names, err := provider.Disks(context.Background())
			if !errors.Is(err, test.want) || names != nil {
				t.Errorf("got %q, %v; want %v", names, err, test.want)
			}
		})
	}
}

func TestNoBucketsAreNoFault(t *testing.T) {
	provider := script(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>")
	})
	if names, err := provider.Disks(context.Background()); err != nil || len(names) != 0 {
		t.Errorf("got %q, %v", names, err)
	}
}

func TestReadTriesAgainWhenTheBodyIsCut(t *testing.T) {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.Header().Set("Content-Length", "5")
		if requests == 1 {
			io.WriteString(w, "he")
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "hello")
	}))
	t.Cleanup(server.Close)
	config := scripted(server)
	config.MaxAttempts = 2
	object, err := newProvider(t, config).Disk("bucket").Read(context.Background(), "file", 10)
	if err != nil || string(object.Data) != "hello" || requests != 2 {
		t.Errorf("got %q, %v after %d requests; want hello after 2", object.Data, err, requests)
	}
}

func TestReadErrors(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   error
		text   string
	}{
		"no key":           {404, "<Error><Code>NoSuchKey</Code></Error>", storage.ErrNotFound, `read "file" in bucket "bucket": not found`},
		"no bucket":        {404, "<Error><Code>NoSuchBucket</Code></Error>", storage.ErrNotFound, `read "file" in bucket "bucket": bucket not found`},
		"denied":           {403, "<Error><Code>AccessDenied</Code><RequestId>4711</RequestId></Error>", storage.ErrAccessDenied, `read "file" in bucket "bucket": access denied`},
		"an expired token": {400, "<Error><Code>ExpiredToken</Code></Error>", storage.ErrAccessDenied, `read "file" in bucket "bucket": access denied: the token has expired or is invalid`},
		"throttled":        {429, "<Error><Code>TooManyRequests</Code></Error>", storage.ErrSlowDown, `read "file" in bucket "bucket": the storage asks to slow down`},
		"broken":           {500, "<Error><Code>InternalError</Code><Message>Oh no.</Message><RequestId>4711</RequestId></Error>", nil, `read "file" in bucket "bucket": the server answers 500 InternalError: Oh no.`},
	} {
		t.Run(name, func(t *testing.T) {
			provider := script(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			})
			_, err := provider.Disk("bucket").Read(context.Background(), "file", 10)
			if test.want != nil && !errors.Is(err, test.want) || err == nil || err.Error() != test.text {
				t.Errorf("got  %v\nwant %s", err, test.text)
			}
		})
	}
}
