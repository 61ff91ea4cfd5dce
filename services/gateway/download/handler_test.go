package download_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/storage/storagetest"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/download"
)

const digits = "0123456789"

// sites are one on each kind of storage, with digits in db/a/dump.gz.
func sites(t *testing.T, change func(*settings)) map[string]*site {
	t.Helper()
	const key = "db/a/dump.gz"
	local, root := folder(t, key, digits)
	cloud, name := bucket(t, storagetest.StartS3(t), "bucket", key, digits)
	return map[string]*site{"folder": newSite(t, local, root, key, change), "S3": newSite(t, cloud, name, key, change)}
}

func TestServeSeries(t *testing.T) {
	for name, s := range sites(t, nil) {
		t.Run(name, func(t *testing.T) {
			whole := s.ask("GET")
			if whole.status != 200 || whole.body != digits || whole.err != nil {
				t.Fatalf("got %d %q, %v", whole.status, whole.body, whole.err)
			}
			wantHeaders(t, whole.header, map[string]string{
				"Content-Length": "10", "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", "X-Content-Type-Options": "nosniff",
				"Last-Modified": "Wed, 14 Jan 2026 04:00:00 GMT", "Content-Disposition": `attachment; filename="dump.gz"`, "Cache-Control": "no-store",
			})
			wantRecord(t, s, 10, true)
			tag := whole.header.Get("ETag")
			if len(tag) < 4 || !strings.HasPrefix(tag, `"`) {
				t.Errorf("ETag %s", tag)
			}
			conditions(t, s, tag)
		})
	}
}

// conditions asks in every way, of a file with that tag.
func conditions(t *testing.T, s *site, tag string) {
	t.Helper()
	const old, same, later = "Tue, 13 Jan 2026 04:00:00 GMT", "Wed, 14 Jan 2026 04:00:00 GMT", "Thu, 15 Jan 2026 04:00:00 GMT"
	for _, c := range []struct {
		name    string
		method  string
		headers [][2]string
		status  int
		body    string // of 200 and 206
		ranged  string // Content-Range
	}{
		{"look only", "HEAD", nil, 200, "", ""},
		{"look only, a range means nothing", "HEAD", [][2]string{{"Range", "bytes=2-3"}}, 200, "", ""},
		{"from the middle", "GET", [][2]string{{"Range", "bytes=4-"}}, 206, "456789", "bytes 4-9/10"},
		{"a piece", "GET", [][2]string{{"Range", "bytes=0-0"}}, 206, "0", "bytes 0-0/10"},
		{"a piece beyond the end", "GET", [][2]string{{"Range", "bytes=8-99"}}, 206, "89", "bytes 8-9/10"},
		{"the end", "GET", [][2]string{{"Range", "bytes=-3"}}, 206, "789", "bytes 7-9/10"},
		{"more than all", "GET", [][2]string{{"Range", "bytes=-30"}}, 206, digits, "bytes 0-9/10"},
		{"from the end", "GET", [][2]string{{"Range", "bytes=10-"}}, 416, "", "bytes */10"},
		{"nothing", "GET", [][2]string{{"Range", "bytes=-0"}}, 416, "", "bytes */10"},
		{"several pieces", "GET", [][2]string{{"Range", "bytes=0-1,4-5"}}, 200, digits, ""},
		{"nonsense", "GET", [][2]string{{"Range", "bytes=5-4"}}, 200, digits, ""},
		{"lines", "GET", [][2]string{{"Range", "lines=0-1"}}, 200, digits, ""},
		{"resumed", "GET", [][2]string{{"Range", "bytes=4-"}, {"If-Range", tag}}, 206, "456789", "bytes 4-9/10"},
		{"resumed, but another by now", "GET", [][2]string{{"Range", "bytes=4-"}, {"If-Range", `"another"`}}, 200, digits, ""},
		{"resumed by a date", "GET", [][2]string{{"Range", "bytes=4-"}, {"If-Range", same}}, 200, digits, ""},
		{"known", "GET", [][2]string{{"If-None-Match", `"x", W/` + tag}}, 304, "", ""},
		{"known in a weak way", "HEAD", [][2]string{{"If-None-Match", tag}}, 304, "", ""},
		{"unknown", "GET", [][2]string{{"If-None-Match", `"x"`}, {"If-Modified-Since", later}}, 200, digits, ""},
		{"known since", "GET", [][2]string{{"If-Modified-Since", same}}, 304, "", ""},
		{"newer", "GET", [][2]string{{"If-Modified-Since", old}}, 200, digits, ""},
		{"only this", "GET", [][2]string{{"If-Match", tag}, {"Range", "bytes=9-"}}, 206, "9", "bytes 9-9/10"},
		{"only any", "GET", [][2]string{{"If-Match", "*"}}, 200, digits, ""},
		{"only another", "GET", [][2]string{{"If-Match", `"x"`}}, 412, "", ""},
		{"only if old", "GET", [][2]string{{"If-Unmodified-Since", old}}, 412, "", ""},
		{"only if not newer", "GET", [][2]string{{"If-Unmodified-Since", same}}, 200, digits, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.ask(c.method, c.headers...)
			if got.status != c.status || got.err != nil || got.header.Get("Content-Range") != c.ranged {
				t.Fatalf("got %d, %v, range %q", got.status, got.err, got.header.Get("Content-Range"))
			}
			if c.status < 300 && got.body != c.body {
				t.Errorf("got %q, want %q", got.body, c.body)
			}
			if c.method == "HEAD" && c.status == 200 {
				wantHeaders(t, got.header, map[string]string{"Content-Length": "10", "ETag": tag})
			}
			if c.method == "GET" && c.status < 300 {
				wantRecord(t, s, len(c.body), true)
			}
			s.none()
		})
	}
}

func wantHeaders(t *testing.T, header http.Header, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := header.Values(name); len(got) != 1 || got[0] != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
}

// wantRecord compares the next record with a stream of digits.
func wantRecord(t *testing.T, s *site, sent int, complete bool) {
	t.Helper()
	got := s.next()
	want := &backmonv1.FileDownloaded{
		Environment: "prod", Disk: s.series.Disk, Series: wire.SeriesID(s.series), Key: []byte("db/a/dump.gz"), Size: 10, Sent: int64(sent),
		Mode: backmonv1.DownloadMode_DOWNLOAD_MODE_STREAM, Complete: complete, User: "alice", Client: "127.0.0.1", At: got.GetAt(),
	}
	if !proto.Equal(got, want) || got.GetAt().AsTime().Sub(timestamppb.Now().AsTime()).Abs() > patience {
		t.Errorf("record %v\nwant %v", got, want)
	}
}

// A name can't put anything into the answer but a name, and comes through the books
// as it is.
func TestHostileNames(t *testing.T) {
	server := storagetest.StartS3(t)
	server.CreateBucket("bucket")
	cloud := account(t, server)
	for _, key := range []string{
		"d/quo\"te.gz", "d/new\r\nSet-Cookie: a=b\r\n\r\n<html>", "d/rtl\u202egpj.exe", "d/<script>alert(1)</script>.gz", "d/100%22.gz",
		"d/back\\slash", "d/; filename=x.exe", "d/\u00e4\U0001F600.gz", "d/tab\tbell\a", "d/ space ", "d/'*.gz",
	} {
		server.PutObject("bucket", key, digits)
		hostile(t, newSite(t, cloud, "bucket", key, nil), key)
		local, root := folder(t, key, digits)
		hostile(t, newSite(t, local, root, key, nil), key)
	}
	for _, key := range []string{"d/\xff\xfe.gz", "d/\x01\x7f"} { // only folders have such
		local, root := folder(t, key, digits)
		hostile(t, newSite(t, local, root, key, nil), key)
	}
}

func hostile(t *testing.T, s *site, key string) {
	t.Helper()
	got := s.ask("GET")
	if got.status != 200 || got.body != digits || got.err != nil || len(got.header) > 10 || got.header.Get("Set-Cookie") != "" {
		t.Errorf("%q: %d %q, %v, %v", key, got.status, got.body, got.err, got.header)
	}
	wantHeaders(t, got.header, map[string]string{
		"Content-Disposition": download.Disposition(key), "Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff",
	})
	if record := s.next(); string(record.GetKey()) != key {
		t.Errorf("%q is %q on the books", key, record.GetKey())
	}
	s.show(key + "gone")
	refused := s.ask("GET")
	if text := strings.TrimSuffix(refused.body, "\n"); refused.status != 404 || strings.ContainsAny(text, "\r\n\u202e\x01\a") || !utf8.ValidString(text) {
		t.Errorf("%q: %d %q", key, refused.status, refused.body)
	}
}
