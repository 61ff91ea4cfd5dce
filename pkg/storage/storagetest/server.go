package storagetest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Region is where the server says that it is.
const Region = "us-east-1"

const (
	rootAccessKey = "storagetest"
	rootSecretKey = "storagetest-secret"
	readyTimeout  = 20 * time.Second
)

// Server is a running S3 server (versitygw over a temporary folder).
type Server struct {
	Endpoint  string // http://127.0.0.1:PORT
	AccessKey string // of the administrator, who may do anything
	SecretKey string
	// Dir holds one folder for each bucket: a file put there is an object at
	// once, and os.Chtimes sets its LastModified. Such objects have no ETag.
	Dir string

	t      testing.TB
	binary string
}

// StartS3 starts a server for the time of the test, and waits until it answers.
// It fails the test when the binary is not there: "make tools" builds it.
func StartS3(t testing.TB) *Server {
	t.Helper()
	return startS3(t)
}

// StartVersionedS3 starts a server whose buckets can have versions: as on Amazon's
// S3, each begins without.
func StartVersionedS3(t testing.TB) *Server {
	t.Helper()
	return startS3(t, "--versioning-dir", t.TempDir())
}

func startS3(t testing.TB, flags ...string) *Server {
	t.Helper()
	address := freeAddress(t)
	server := &Server{
		Endpoint:  "http://" + address,
		AccessKey: rootAccessKey,
		SecretKey: rootSecretKey,
		Dir:       t.TempDir(),
		t:         t,
		binary:    findBinary(t),
	}
	server.run(address, flags)
	server.waitUntilReady()
	return server
}

// run keeps the server's metadata in files of their own, since not every
// temporary folder has extended attributes.
func (s *Server) run(address string, flags []string) {
	var output strings.Builder
	arguments := append([]string{
		"--access", s.AccessKey, "--secret", s.SecretKey, "--region", Region,
		"--port", address, "--health", "/health", "--keep-alive", "--quiet",
		"--iam-dir", s.t.TempDir(), "--iam-cache-disable",
		"posix", "--sidecar", s.t.TempDir(),
	}, flags...)
	command := exec.Command(s.binary, append(arguments, s.Dir)...)
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		s.t.Fatalf("start S3 server: %v", err)
	}
	s.t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if s.t.Failed() {
			s.t.Logf("S3 server:\n%s", output.String())
		}
	})
}

func (s *Server) waitUntilReady() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for !answers(s.Endpoint + "/health") {
		select {
		case <-poll.C:
		case <-ctx.Done():
			s.t.Fatalf("the S3 server doesn't answer within %v", readyTimeout)
		}
	}
}

func answers(url string) bool {
	response, err := http.Get(url)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// CreateBucket makes an empty bucket.
func (s *Server) CreateBucket(name string) {
	s.t.Helper()
	s.put("/"+name, "")
}

// PutBucketPolicy sets who may do what in a bucket; JSON as on Amazon's S3, with
// the access keys of users as principals.
func (s *Server) PutBucketPolicy(bucket, policy string) {
	s.t.Helper()
	s.put("/"+bucket+"?policy=", policy)
}

// PutObject writes an object through the protocol, which gives it an ETag. A key
// that ends in "/" makes a directory marker.
func (s *Server) PutObject(bucket, key, content string) {
	s.t.Helper()
	s.put("/"+bucket+"/"+escapePath(key), content)
}

// AddUser adds a user without any right: policies give some.
func (s *Server) AddUser(accessKey, secretKey string) {
	s.t.Helper()
	s.admin("create-user", "--access", accessKey, "--secret", secretKey, "--role", "user")
}

// GiveBucket makes a user the owner of a bucket: who lists buckets sees those
// that he owns.
func (s *Server) GiveBucket(name, accessKey string) {
	s.t.Helper()
	s.admin("change-bucket-owner", "--bucket", name, "--owner", accessKey)
}

func (s *Server) admin(arguments ...string) {
	s.t.Helper()
	command := exec.Command(s.binary, append([]string{
		"admin",
		"--access", s.AccessKey, "--secret", s.SecretKey, "--endpoint-url", s.Endpoint,
	}, arguments...)...)
	if output, err := command.CombinedOutput(); err != nil {
		s.t.Fatalf("%q: %v\n%s", arguments, err, output)
	}
}

func (s *Server) put(target, body string) {
	s.t.Helper()
	s.send(target, body, nil)
}

func (s *Server) send(target, body string, header http.Header) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodPut, s.Endpoint+target, strings.NewReader(body))
	if err != nil {
		s.t.Fatalf("put %q: %v", target, err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	sign(request, s.AccessKey, s.SecretKey, body, time.Now())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatalf("put %q: %v", target, err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		answer, _ := io.ReadAll(response.Body)
		s.t.Fatalf("put %q: %s\n%s", target, response.Status, answer)
	}
}

// freeAddress finds a port that was free a moment ago.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func findBinary(t testing.TB) string {
	t.Helper()
	directory, err := os.Getwd()
	for err == nil && !exists(filepath.Join(directory, "go.work")) {
		parent := filepath.Dir(directory)
		if parent == directory {
			err = errors.New("no go.work above the working directory")
		}
		directory = parent
	}
	if err != nil {
		t.Fatalf("find the S3 server: %v", err)
	}
	binary := filepath.Join(directory, ".tmp", "bin", "versitygw")
	if !exists(binary) {
		t.Fatalf("%s is missing: run make tools", binary)
	}
	return binary
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
