package storagetest

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"
)

// EnableVersions lets a bucket of a StartVersionedS3 server keep versions from now on.
func (s *Server) EnableVersions(bucket string) {
	s.t.Helper()
	s.put("/"+bucket+"?versioning=", `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`)
}

// CreateLockedBucket makes an empty bucket with object lock, which keeps versions.
func (s *Server) CreateLockedBucket(name string) {
	s.t.Helper()
	s.send("/"+name, "", http.Header{"X-Amz-Bucket-Object-Lock-Enabled": {"true"}})
}

// Retain locks an object of a bucket with object lock until then.
func (s *Server) Retain(bucket, key string, until time.Time) {
	s.t.Helper()
	body := fmt.Sprintf(
		`<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>GOVERNANCE</Mode><RetainUntilDate>%s</RetainUntilDate></Retention>`,
		until.UTC().Format(time.RFC3339))
	sum := md5.Sum([]byte(body))
	s.send("/"+bucket+"/"+escapePath(key)+"?retention=", body, http.Header{"Content-Md5": {base64.StdEncoding.EncodeToString(sum[:])}})
}
