package download_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/services/gateway/download"
)

// asked is a request as FuzzDecide makes it: what may stand in each header.
type asked struct {
	head                                            bool
	size, first, last, form                         uint8
	match, noneMatch, ifRange, modified, unmodified uint8
}

// tags may stand in If-Match, If-None-Match and If-Range; "mark" is the file's.
var tags = []string{
	"", `"mark"`, `W/"mark"`, `"other"`, "*", `"other", "mark"`, ` "a,b" , W/"mark"`, `"mar"`, "mark", `"mark`, `""`, `W/`, `, ,"mark"`, `"a""mark"`,
}

// dates may stand in If-Modified-Since and If-Unmodified-Since.
var dates = []string{
	"", "Wed, 14 Jan 2026 04:00:00 GMT", "Wed, 14 Jan 2026 03:59:59 GMT", "Wed, 14 Jan 2026 04:00:01 GMT", "yesterday",
	"Wednesday, 14-Jan-26 04:00:00 GMT", "Wed Jan 14 04:00:00 2026",
}

func (a asked) request(t *testing.T) *http.Request {
	method := http.MethodGet
	if a.head {
		method = http.MethodHead
	}
	r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	for name, value := range map[string]string{
		"If-Match": tags[int(a.match)%len(tags)], "If-None-Match": tags[int(a.noneMatch)%len(tags)],
		"If-Modified-Since": dates[int(a.modified)%len(dates)], "If-Unmodified-Since": dates[int(a.unmodified)%len(dates)],
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if ranged := a.ranged(); ranged != "" && !a.head {
		r.Header.Set("Range", ranged)
		// Dates and lists are no tags: on them the two differ on purpose, or by nature.
		if tag := tags[int(a.ifRange)%4]; tag != "" {
			r.Header.Set("If-Range", tag)
		}
	}
	return r
}

// ranged is a range that can be read: what can't is refused by the other, and
// ignored here. The last 0 bytes are none by RFC 9110; the other takes them for some.
func (a asked) ranged() string {
	switch a.form % 4 {
	case 1:
		return fmt.Sprintf("bytes=%d-", a.first)
	case 2:
		return fmt.Sprintf("bytes=-%d", int(a.last)+1)
	case 3:
		return fmt.Sprintf("bytes=%d-%d", a.first, int(a.first)+int(a.last))
	}
	return ""
}

// FuzzDecide holds our conditions and ranges against those of net/http.
func FuzzDecide(f *testing.F) {
	for i := range 200 {
		n := uint8(i)
		f.Add(i%5 == 0, n, n/3, n/2, n, n/7, n/5, n, n/11, n/13)
		f.Add(false, uint8(10), n%12, n/12, n, uint8(0), uint8(0), n, uint8(0), uint8(0))
	}
	f.Fuzz(func(t *testing.T, head bool, size, first, last, form, match, noneMatch, ifRange, modified, unmodified uint8) {
		if size == 0 && form%4 == 2 {
			return // net/http answers with a part of an empty file
		}
		a := asked{head, size, first, last, form, match, noneMatch, ifRange, modified, unmodified}
		r := a.request(t)
		info := storage.Info{Size: int64(size), ModifiedAt: when.Add(time.Millisecond), ETag: "mark"}
		status, part := download.Decide(r, info)

		w := httptest.NewRecorder()
		w.Header().Set("ETag", `"mark"`)
		http.ServeContent(w, r, "", info.ModifiedAt, bytes.NewReader(make([]byte, size)))
		if status != w.Code {
			t.Fatalf("%d for %v of %d bytes; net/http says %d", status, r.Header, size, w.Code)
		}
		if status == http.StatusPartialContent {
			got := fmt.Sprintf("bytes %d-%d/%d", part.Offset, part.Offset+part.Length-1, size)
			if want := w.Header().Get("Content-Range"); got != want {
				t.Errorf("%s for %v; net/http says %s", got, r.Header, want)
			}
		} else if !part.Whole() {
			t.Errorf("%d with the part %+v", status, part)
		}
	})
}

func TestRangesThatCannotBeRead(t *testing.T) {
	info := storage.Info{Size: 10, ModifiedAt: when, ETag: "mark"}
	for _, c := range []struct {
		header string
		status int
	}{
		{"", 200},
		{"bytes", 200},
		{"bytes=", 200},
		{"bytes=-", 200},
		{"bytes=a-", 200},
		{"bytes=1-b", 200},
		{"bytes=+1-2", 200},
		{"bytes=1--2", 200},
		{"bytes=--2", 200},
		{"bytes=1-2,", 200},
		{"bytes=0x1-2", 200},
		{"bytes=1 -2", 200},
		{"bytes=１-2", 200},
		{"bytes 1-2", 200},
		{"items=1-2", 200},
		{"Bytes=1-2", 206},
		{"bytes= 1-2 ", 206},
		{"bytes=1-99999999999999999999999", 206},
		{"bytes=99999999999999999999999-", 416},
		{"bytes=-99999999999999999999999", 206},
		{"bytes=0-", 206},
		{"bytes=9-9", 206},
		{"bytes=10-10", 416},
		{"bytes=-0", 416},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.Header.Set("Range", c.header)
		status, part := download.Decide(r, info)
		if status != c.status {
			t.Errorf("%q: %d, want %d", c.header, status, c.status)
		}
		if _, err := part.Of(info.Size); err != nil || part.Offset < 0 || part.Length < 0 {
			t.Errorf("%q: %+v, %v", c.header, part, err)
		}
	}
	for _, header := range []string{"bytes=0-", "bytes=-1", "bytes=5-6"} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.Header.Set("Range", header)
		if status, part := download.Decide(r, storage.Info{ModifiedAt: when, ETag: "mark"}); status != 200 || !part.Whole() {
			t.Errorf("%q of an empty file: %d, %+v", header, status, part)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	r.Header["Range"] = []string{"bytes=0-1", "bytes=2-3"}
	if status, _ := download.Decide(r, info); status != 200 {
		t.Errorf("two headers: %d", status)
	}
}

// A storage's mark that can't be one of HTTP proves nothing.
func TestStrangeMarks(t *testing.T) {
	for _, etag := range []string{`a"b`, "a b", "a\nb", "a\x7f"} {
		info := storage.Info{Size: 10, ModifiedAt: when, ETag: etag}
		for header, want := range map[string]int{"If-Range": 200, "If-Match": 412, "If-None-Match": 206} {
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
			r.Header.Set("Range", "bytes=1-2")
			r.Header.Set(header, `"`+etag+`"`)
			if status, _ := download.Decide(r, info); status != want {
				t.Errorf("%s %q: %d, want %d", header, etag, status, want)
			}
		}
	}
}
