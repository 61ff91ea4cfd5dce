package gateway_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/guard"
)

// patience is how long a test waits for what must come at once.
const patience = 20 * time.Second

// running is a gateway at work.
type running struct {
	url    string
	events chan bus.Event
	stop   func() error // ends it and returns what Run returned
}

// start runs a gateway on a free port until the test ends.
func start(t *testing.T, change func(*gateway.Config)) running {
	t.Helper()
	events := newStream()
	g := startOn(t, events, change)
	g.events = events.events
	return g
}

// startOn is start on a bus of the test's own.
func startOn(t *testing.T, events gateway.Bus, change func(*gateway.Config)) running {
	t.Helper()
	address := make(chan net.Addr, 1)
	config := gateway.Config{
		Listen: "127.0.0.1:0", Environments: []string{"prod", "test"}, Version: "1.2.3", Ready: func(context.Context) error { return nil },
		OnListen: func(a net.Addr) { address <- a },
	}
	change(&config)
	service, err := gateway.New(config, events, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx) }()
	stop := func() error {
		cancel()
		select {
		case err := <-done:
			done <- err
			return err
		case <-time.After(patience):
			return errors.New("it does not end")
		}
	}
	t.Cleanup(func() { _ = stop() })
	select {
	case a := <-address:
		return running{url: "http://" + a.String(), stop: stop}
	case err := <-done:
		t.Fatalf("the gateway ended: %v", err)
	case <-time.After(patience):
		t.Fatal("the gateway does not listen")
	}
	return running{}
}

func plain(*gateway.Config) {}

type reply struct {
	status int
	header http.Header
	body   string
}

func request(t *testing.T, method, url string, client *http.Client) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

func TestPaths(t *testing.T) {
	g := start(t, plain)
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/", 200, "/metrics"},
		{"GET", "/healthz", 200, "ok"},
		{"GET", "/metrics", 200, "backmon_environments_total 2"},
		{"GET", "/metrics", 200, `version="1.2.3"`},
		{"GET", "/metrics", 200, "go_goroutines"},
		{"GET", "/nothing", 404, "not found"},
		{"GET", "/metrics/more", 404, "not found"},
		{"POST", "/metrics", 403, "http.allow-anonymous-writes"},
		{"DELETE", "/healthz", 403, "http.users"},
		{"HEAD", "/healthz", 200, ""},
	} {
		t.Run(c.method+c.path, func(t *testing.T) {
			got := request(t, c.method, g.url+c.path, http.DefaultClient)
			if got.status != c.status || !strings.Contains(got.body, c.body) {
				t.Errorf("%d %q, want %d with %q", got.status, got.body, c.status, c.body)
			}
		})
	}
}

// Before the replay is over the metrics would lack series that exist.
func TestReady(t *testing.T) {
	var disconnected atomic.Bool
	g := start(t, func(c *gateway.Config) {
		c.Ready = func(context.Context) error {
			if disconnected.Load() {
				return errors.New("not connected to NATS")
			}
			return nil
		}
	})
	expect := func(when string, status int, text string) {
		t.Helper()
		got := request(t, "GET", g.url+"/readyz", http.DefaultClient)
		if got.status != status || !strings.Contains(got.body, text) {
			t.Errorf("%s: %d %q, want %d with %q", when, got.status, got.body, status, text)
		}
	}
	expect("at the start", 503, "replayed")
	g.events <- boardtest.SeriesEvent(boardtest.Status("a"))
	expect("during the replay", 503, "replayed")
	g.events <- bus.Event{Kind: bus.EventCurrent}
	g.events <- boardtest.SeriesEvent(boardtest.Status("b")) // taken only when the one before is done
	expect("after the replay", 200, "ready")
	g.events <- bus.Event{Kind: bus.EventReset}
	g.events <- boardtest.SeriesEvent(boardtest.Status("b"))
	expect("after a reset", 503, "replayed")
	g.events <- bus.Event{Kind: bus.EventCurrent}
	g.events <- boardtest.SeriesEvent(boardtest.Status("c"))
	expect("after the second replay", 200, "ready")
	disconnected.Store(true)
	expect("without a connection", 503, "not connected to NATS")
}

func TestMetricsFollowTheStream(t *testing.T) {
	g := start(t, plain)
	g.events <- boardtest.SeriesEvent(boardtest.Status("postgres/a"))
	g.events <- boardtest.DiskEvent(boardtest.Disk("db"))
	g.events <- bus.Event{Kind: bus.EventCurrent}
	text := request(t, "GET", g.url+"/metrics", http.DefaultClient).body
	for _, want := range []string{`group="postgres/a",state="OK"} 1`, `backmon_disk_usage_bytes{disk="db",env="prod"} 3.221225472e+09`, "backmon_disks_total 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestTLS(t *testing.T) {
	certificate, key, roots := newCertificate(t)
	for _, c := range []struct {
		name   string
		strict bool
		most   uint16
		fails  bool
	}{
		{"modern", false, tls.VersionTLS13, false},
		{"TLS 1.2 by default", false, tls.VersionTLS12, false},
		{"never below", false, tls.VersionTLS11, true},
		{"strict", true, tls.VersionTLS13, false},
		{"strict refuses TLS 1.2", true, tls.VersionTLS12, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := start(t, func(config *gateway.Config) {
				config.TLS = &gateway.TLS{Certificate: certificate, Key: key, Strict: c.strict}
			})
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: c.most}}}
			response, err := client.Get(strings.Replace(g.url, "http:", "https:", 1) + "/healthz")
			if err == nil {
				_ = response.Body.Close()
			}
			if (err != nil) != c.fails {
				t.Errorf("error %v, want one: %v", err, c.fails)
			}
		})
	}
}

// Under TLS browsers get HTTP/2, and Prometheus learns when the certificate expires.
func TestCertificate(t *testing.T) {
	certificate, key, roots := newCertificate(t)
	g := start(t, func(config *gateway.Config) { config.TLS = &gateway.TLS{Certificate: certificate, Key: key} })
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	response, err := client.Get(strings.Replace(g.url, "http:", "https:", 1) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("backmon_tls_certificate_expiry_timestamp_seconds %v\n", float64(response.TLS.PeerCertificates[0].NotAfter.Unix()))
	if response.ProtoMajor != 2 || !strings.Contains(string(body), want) {
		t.Errorf("HTTP/%d without %q", response.ProtoMajor, want)
	}
	if text := request(t, "GET", start(t, plain).url+"/metrics", http.DefaultClient).body; strings.Contains(text, "_tls_") {
		t.Error("without TLS a certificate expires")
	}
}

func TestRunErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	absent := filepath.Join(t.TempDir(), "absent.pem")
	for _, c := range []struct {
		name   string
		change func(*gateway.Config)
		want   string
	}{
		{"port in use", func(c *gateway.Config) { c.Listen = taken.Addr().String() }, fmt.Sprintf("gateway: listen on %q", taken.Addr())},
		{"certificate not there", func(c *gateway.Config) { c.TLS = &gateway.TLS{Certificate: absent, Key: absent} }, absent},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := gateway.Config{Listen: "127.0.0.1:0", Ready: func(context.Context) error { return nil }}
			c.change(&config)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			service, err := gateway.New(config, newStream(), zap.NewNop())
			if err == nil {
				err = service.Run(ctx)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || ctx.Err() != nil {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestConfigErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		config gateway.Config
		want   []string
	}{
		{"nothing", gateway.Config{}, []string{`the address "" is not host:port`, "no way to tell"}},
		{"half of a user", gateway.Config{Listen: ":0", Guard: guard.Config{Accounts: []guard.Account{{Name: "u"}}}}, []string{"needs either a password or its hash", "no way to tell"}},
		{"half of TLS", gateway.Config{Listen: ":0", TLS: &gateway.TLS{Key: "k"}}, []string{"TLS needs both", "no way to tell"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := gateway.New(c.config, newStream(), zap.NewNop())
			for _, w := range c.want {
				if err == nil || !strings.Contains(err.Error(), w) {
					t.Errorf("error %v, want one with %q", err, w)
				}
			}
		})
	}
}

// failing is a bus whose watch breaks.
type failing struct{ stream }

func (failing) WatchStatuses(context.Context, bus.Filter, func(bus.Event) error) error {
	return errors.New("stream is gone")
}

func TestRunEndsWithTheWatch(t *testing.T) {
	service, err := gateway.New(gateway.Config{Listen: "127.0.0.1:0", Ready: func(context.Context) error { return nil }}, failing{newStream()}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "stream is gone") {
		t.Errorf("error %v, want the watch's", err)
	}
}

// A request under way is answered before the end.
func TestShutdown(t *testing.T) {
	asked, goOn := make(chan struct{}), make(chan struct{})
	g := start(t, func(c *gateway.Config) {
		c.Ready = func(context.Context) error { close(asked); <-goOn; return nil }
	})
	request(t, "GET", g.url+"/healthz", http.DefaultClient) // leaves an idle connection
	g.events <- bus.Event{Kind: bus.EventCurrent}
	g.events <- boardtest.SeriesEvent(boardtest.Status("a")) // taken only when the one before is done
	answered := make(chan int, 1)
	go func() {
		response, err := http.Get(g.url + "/readyz")
		if err != nil {
			answered <- 0
			return
		}
		_ = response.Body.Close()
		answered <- response.StatusCode
	}()
	select {
	case <-asked:
	case code := <-answered:
		t.Fatalf("answered with %d before it asked", code)
	}
	ended := make(chan error, 1)
	go func() { ended <- g.stop() }()
	waitUntilRefused(t, strings.TrimPrefix(g.url, "http://"))
	close(goOn)
	if code := <-answered; code != http.StatusOK {
		t.Errorf("the request under way got %d", code)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v", err)
	}
}

// waitUntilRefused returns when nobody listens any more.
func waitUntilRefused(t *testing.T, address string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		_ = conn.Close()
	}
	t.Fatal("it still listens")
}

func readRoots(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(data)
	return roots
}
