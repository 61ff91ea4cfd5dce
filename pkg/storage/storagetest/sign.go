package storagetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// sign adds Amazon's signature, version 4, to a request to S3. Only storage/s3
// may import the SDK, and the few requests here need no more than this.
func sign(request *http.Request, accessKey, secretKey, body string, now time.Time) {
	stamp := now.UTC().Format("20060102T150405Z")
	day := stamp[:8]
	digest := hexSHA256(body)
	request.Header.Set("X-Amz-Date", stamp)
	request.Header.Set("X-Amz-Content-Sha256", digest)

	signed, headers := signedHeaders(request)
	canonical := strings.Join([]string{
		request.Method, request.URL.EscapedPath(), request.URL.RawQuery, headers, signed, digest,
	}, "\n")
	scope := day + "/" + Region + "/s3/aws4_request"
	toSign := strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, hexSHA256(canonical)}, "\n")

	key := []byte("AWS4" + secretKey)
	for _, part := range []string{day, Region, "s3", "aws4_request"} {
		key = keyed(key, part)
	}
	request.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s",
		accessKey, scope, signed, hex.EncodeToString(keyed(key, toSign))))
}

// signedHeaders returns the names and the lines of all headers that must be signed.
func signedHeaders(request *http.Request) (names, lines string) {
	values := map[string]string{"host": request.URL.Host}
	for name := range request.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") {
			values[lower] = request.Header.Get(name)
		}
	}
	sorted := slices.Sorted(maps.Keys(values))
	for _, name := range sorted {
		lines += name + ":" + values[name] + "\n"
	}
	return strings.Join(sorted, ";"), lines
}

func hexSHA256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func keyed(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// escapePath escapes all that the signature's rules say, which is more than
// net/url does.
func escapePath(key string) string {
	var escaped strings.Builder
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~/", c) >= 0:
			escaped.WriteByte(c)
		default:
			fmt.Fprintf(&escaped, "%%%02X", c)
		}
	}
	return escaped.String()
}
