package s3_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/backmon/backmon/pkg/storage"
	"github.com/backmon/backmon/pkg/storage/s3"
	"github.com/backmon/backmon/pkg/storage/storagetest"
)

// stage is a bucket behind a proxy, with its files as victims.
type stage struct {
	server  *storagetest.Server
	proxy   *storagetest.Proxy
	disk    storage.Disk
	victims []storage.Victim
	all     []storage.Victim // those that next has not taken
}

// stageOf has so many files, f000 and on, each with a .stat if wanted. The first
// request for a delete is of one attempt, unless the change says otherwise.
func stageOf(t *testing.T, n int, stats bool, change func(*s3.Config)) *stage {
	t.Helper()
	server := storagetest.StartS3(t)
	server.CreateBucket("bucket")
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := worker; i < n; i += 8 {
				server.PutObject("bucket", fmt.Sprintf("f%03d", i), "content")
				if stats {
					server.PutObject("bucket", fmt.Sprintf("f%03d.stat", i), "{}")
				}
			}
		})
	}
	group.Wait()
	s := &stage{server: server, proxy: storagetest.NewProxy(t, server)}
	config := configOf(server)
	config.Endpoint, config.MaxAttempts = s.proxy.URL, 1
	if change != nil {
		change(&config)
	}
	s.disk = newProvider(t, config).Disk("bucket")
	s.victims = storagetest.Victims(t, s.disk)
	return s
}

func (s *stage) delete() ([]storage.Deletion, error) {
	return s.disk.(storage.Deleter).Delete(context.Background(), s.victims)
}

// settle lets the provider find out what its server is, with the first victims.
func (s *stage) settle(t *testing.T, handler storagetest.Handler) {
	t.Helper()
	s.proxy.Handle(handler)
	storagetest.Delete(t, s.disk, s.victims[:30])
	s.victims = s.victims[30:]
}

// next takes the next so many of the files as victims.
func (s *stage) next(n int) {
	if s.all == nil {
		s.all = s.victims
	}
	s.victims, s.all = s.all[:n], s.all[n:]
}

// stay checks that every victim still is there.
func (s *stage) stay(t *testing.T) {
	t.Helper()
	left := storagetest.Collect(t, s.disk, storage.Listing{})
	for _, victim := range s.victims {
		if !slices.ContainsFunc(left, func(e storage.Entry) bool { return e.Key == victim.Key }) {
			t.Errorf("%q is gone", victim.Key)
		}
	}
}

func answer(status int, body string) storagetest.Handler {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

// to lets the handler have requests of one kind only: "DELETE", "POST", …, and
// keys that end so.
func to(method, suffix string, handler storagetest.Handler) storagetest.Handler {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return r.Method == method && strings.HasSuffix(r.URL.Path, suffix) && handler(w, r)
	}
}

// times lets the handler have so many requests, then the other.
func times(n int, first, then storagetest.Handler) storagetest.Handler {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		n--
		isFirst := n >= 0
		mu.Unlock()
		if isFirst {
			return first(w, r)
		}
		return then != nil && then(w, r)
	}
}

// amazon says that the server is Amazon's.
func amazon(handler storagetest.Handler) storagetest.Handler {
	return func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Server", "AmazonS3")
		return handler != nil && handler(w, r)
	}
}

func xmlError(code, message string) string {
	return "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>"
}

func count(lines []string, part string) int {
	n := 0
	for _, line := range lines {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}
