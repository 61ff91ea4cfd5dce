package s3_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/backmon/backmon/pkg/storage/s3"
)

func TestValidate(t *testing.T) {
	for name, test := range map[string]struct {
		config s3.Config
		want   string // part of the error; empty: valid
	}{
		"nothing":               {s3.Config{}, ""},
		"host and port":         {s3.Config{Endpoint: "minio:9000", Insecure: true}, ""},
		"a URL":                 {s3.Config{Endpoint: "https://s3.example.org"}, ""},
		"a key without secret":  {s3.Config{AccessKeyID: "a"}, "belong together"},
		"a secret without key":  {s3.Config{SecretAccessKey: "a"}, "belong together"},
		"a token without key":   {s3.Config{Token: "a"}, "token: needs access_key_id"},
		"another scheme":        {s3.Config{Endpoint: "ftp://x"}, "endpoint: not the URL"},
		"no host":               {s3.Config{Endpoint: "https://"}, "endpoint: not the URL"},
		"credentials in a URL":  {s3.Config{Endpoint: "https://me:hush@host"}, "credentials don't belong"},
		"a negative time-out":   {s3.Config{RequestTimeout: -1}, "must not be negative"},
		"several at once":       {s3.Config{AccessKeyID: "a", MaxAttempts: -1}, "belong together\ntime-out"},
		"a missing CA file":     {s3.Config{CAFile: "/nowhere.pem"}, "read certification authorities"},
		"a CA file without any": {s3.Config{CAFile: "provider_test.go"}, "holds no certificate in PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s3.New(context.Background(), test.config)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("the secret is in %q", err)
			}
		})
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	config := s3.Config{AccessKeyID: "id", SecretAccessKey: "hush", Token: "hush"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, config); strings.Contains(text, "hush") {
			t.Errorf("%s prints %s", format, text)
		}
	}
}

// regions answers as Amazon does: a bucket is served in its own region only.
type regions struct {
	t     *testing.T
	home  string
	quiet bool // only HEAD tells the region

	mu    sync.Mutex
	calls []string // method and region of each request
}

func (s *regions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := strings.Split(r.Header.Get("Authorization"), "/")[2]
	s.mu.Lock()
	s.calls = append(s.calls, r.Method+" "+asked)
	s.mu.Unlock()
	if !s.quiet || r.Method == http.MethodHead {
		w.Header().Set("X-Amz-Bucket-Region", s.home)
	}
	if asked != s.home {
		w.WriteHeader(http.StatusMovedPermanently)
		if r.Method != http.MethodHead {
			io.WriteString(w, "<Error><Code>PermanentRedirect</Code></Error>")
		}
		return
	}
	io.WriteString(w, listPage("", "a"))
}

func TestABucketsRegionIsFoundAndRemembered(t *testing.T) {
	for name, test := range map[string]struct {
		quiet bool
		want  string
	}{
		"told by the redirection": {false, "GET us-east-1, GET ap-south-1, GET ap-south-1"},
		"told by HEAD":            {true, "GET us-east-1, HEAD us-east-1, GET ap-south-1, GET ap-south-1"},
	} {
		t.Run(name, func(t *testing.T) {
			amazon := &regions{t: t, home: "ap-south-1", quiet: test.quiet}
			disk := script(t, amazon.ServeHTTP).Disk("bucket")
			for range 2 {
				if objects, _, err := listAll(disk); err != nil || objects != 1 {
					t.Fatalf("got %d objects, %v", objects, err)
				}
			}
			if got := strings.Join(amazon.calls, ", "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestARedirectionToNowhereIsAnError(t *testing.T) {
	disk := script(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusMovedPermanently)
	}).Disk("bucket")
	if _, _, err := listAll(disk); err == nil {
		t.Error("got no error")
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, listPage("", "a"))
	}))
	t.Cleanup(server.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change  func(*s3.Config)
		bundle  string
		trusted bool
	}{
		"an unknown authority": {func(*s3.Config) {}, "", false},
		"CAFile":               {func(c *s3.Config) { c.CAFile = authority }, "", true},
		"TLSSkipVerify":        {func(c *s3.Config) { c.TLSSkipVerify = true }, "", true},
		"AWS_CA_BUNDLE":        {func(*s3.Config) {}, authority, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_CA_BUNDLE", test.bundle)
			config := scripted(server)
			test.change(&config)
			_, _, err := listAll(newProvider(t, config).Disk("bucket"))
			if (err == nil) != test.trusted {
				t.Errorf("got %v, want trusted %t", err, test.trusted)
			}
			if err != nil && !strings.Contains(err.Error(), "certificate") {
				t.Errorf("got %q, want a word on the certificate", err)
			}
		})
	}
}

func TestAssumeRole(t *testing.T) {
	security := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("RoleArn") != "arn:aws:iam::1:role/monitor" {
			t.Errorf("asked for the role %q", r.FormValue("RoleArn"))
		}
		io.WriteString(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>of-role</AccessKeyId>`+
			`<SecretAccessKey>s</SecretAccessKey><SessionToken>session</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>`+
			`</Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	}))
	t.Cleanup(security.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", security.URL)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "of-role/") || r.Header.Get("X-Amz-Security-Token") != "session" {
			t.Errorf("signed with %q", r.Header.Get("Authorization"))
		}
		io.WriteString(w, listPage("", "a"))
	}))
	t.Cleanup(server.Close)
	config := scripted(server)
	config.AssumeRoleARN = "arn:aws:iam::1:role/monitor"
	if objects, _, err := listAll(newProvider(t, config).Disk("bucket")); err != nil || objects != 1 {
		t.Errorf("got %d objects, %v", objects, err)
	}
}

func TestCredentialsAndRegionOfTheEnvironment(t *testing.T) {
	for name, test := range map[string]struct{ variable, region, want string }{
		"the variable":  {"eu-west-3", "", "/eu-west-3/s3/"},
		"configured":    {"eu-west-3", "us-west-1", "/us-west-1/s3/"},
		"none anywhere": {"", "", "/" + s3.DefaultRegion + "/s3/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", "from-environment")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
			t.Setenv("AWS_REGION", test.variable)
			t.Setenv("AWS_DEFAULT_REGION", "")
			t.Setenv("AWS_CONFIG_FILE", "/dev/null")
			var signed string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				signed = r.Header.Get("Authorization")
				io.WriteString(w, listPage("", "a"))
			}))
			t.Cleanup(server.Close)
			config := s3.Config{Endpoint: server.URL, Region: test.region, ForcePathStyle: true}
			if _, _, err := listAll(newProvider(t, config).Disk("bucket")); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(signed, "from-environment/") || !strings.Contains(signed, test.want) {
				t.Errorf("signed with %q, want %s", signed, test.want)
			}
		})
	}
}

// The proxy's variables are read once in a process: a process of its own uses them.
func TestProxyOfTheEnvironment(t *testing.T) {
	if os.Getenv("S3_TEST_BEHIND_PROXY") != "" {
		config := s3.Config{Endpoint: "http://storage.invalid", ForcePathStyle: true, AccessKeyID: "a", SecretAccessKey: "b", MaxAttempts: 1}
		if objects, _, err := listAll(newProvider(t, config).Disk("bucket")); err != nil || objects != 1 {
			t.Errorf("got %d objects, %v", objects, err)
		}
		return
	}
	proxied := make(chan string, 10)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxied <- r.URL.String()
		io.WriteString(w, listPage("", "a"))
	}))
	t.Cleanup(proxy.Close)
	child := exec.Command(os.Args[0], "-test.run=^TestProxyOfTheEnvironment$")
	child.Env = append(os.Environ(), "S3_TEST_BEHIND_PROXY=1", "HTTP_PROXY="+proxy.URL, "NO_PROXY=")
	if output, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if got := <-proxied; !strings.HasPrefix(got, "http://storage.invalid/bucket?") {
		t.Errorf("the proxy saw %q", got)
	}
}
