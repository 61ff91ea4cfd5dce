package download

import (
	"net/http"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/storage"
)

// decide says how a request for a file is answered, by its conditions in the order
// of RFC 9110, section 13.2.2: with 200, 206 and the part, 304, 412 or 416.
func decide(r *http.Request, info storage.Info) (status int, part storage.Part) {
	switch {
	case !isMatched(r, info):
		return http.StatusPreconditionFailed, part
	case isKnown(r, info):
		return http.StatusNotModified, part
	case r.Method != http.MethodGet || !isSame(r.Header.Get("If-Range"), info):
		return http.StatusOK, part
	}
	return ranged(r.Header.Values("Range"), info.Size)
}

// isMatched evaluates If-Match, or else If-Unmodified-Since.
func isMatched(r *http.Request, info storage.Info) bool {
	if tags := r.Header.Values("If-Match"); len(tags) > 0 {
		return listed(tags, info.ETag, false)
	}
	since, err := http.ParseTime(r.Header.Get("If-Unmodified-Since"))
	return err != nil || !info.ModifiedAt.Truncate(time.Second).After(since)
}

// isKnown evaluates If-None-Match, or else If-Modified-Since.
func isKnown(r *http.Request, info storage.Info) bool {
	if tags := r.Header.Values("If-None-Match"); len(tags) > 0 {
		return listed(tags, info.ETag, true)
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !info.ModifiedAt.Truncate(time.Second).After(since)
}

// isSame evaluates If-Range. A date is no proof that the file is the same: another
// one may be of the same second, and the client would mix the two.
func isSame(tag string, info storage.Info) bool {
	return tag == "" || tag == entityTag(info.ETag)
}

// entityTag is a storage's mark as HTTP has it; empty where it can't be one.
func entityTag(etag string) string {
	for i := range len(etag) {
		if c := etag[i]; c <= ' ' || c == '"' || c == 0x7F {
			return ""
		}
	}
	return `"` + etag + `"`
}

// listed reports whether one of the header's tags is the file's. The weak
// comparison takes W/"x" for "x".
func listed(headers []string, etag string, weak bool) bool {
	own := entityTag(etag)
	rest := strings.Join(headers, ",")
	if strings.TrimSpace(rest) == "*" {
		return true
	}
	for {
		tag, isWeak, after := nextTag(rest)
		if tag == "" {
			return false
		}
		if tag == own && (weak || !isWeak) {
			return true
		}
		rest = after
	}
}

// nextTag cuts the first tag, in its quotes, from a list; "" if there is none.
func nextTag(list string) (tag string, isWeak bool, rest string) {
	rest, isWeak = strings.CutPrefix(strings.TrimLeft(list, " \t,"), "W/")
	if !strings.HasPrefix(rest, `"`) {
		return "", false, ""
	}
	end := strings.IndexByte(rest[1:], '"')
	if end < 0 {
		return "", false, ""
	}
	return rest[:end+2], isWeak, rest[end+2:]
}
