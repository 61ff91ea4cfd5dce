package receiver_test

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/receiver"
)

// authority writes the certificate of a server to a file.
func authority(t *testing.T, s *server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTLS(t *testing.T) {
	s := serveTLS(t, nil)
	e := refused(t, open(t, hook(s.URL)), notice("n", incident.Opened, late()))
	wantContains(t, e.Error(), "certificate")
	if e.Permanent() {
		t.Error("a certificate can be renewed")
	}
	sent(t, open(t, hook(s.URL, func(w *receiver.Webhook) { w.CAFile = authority(t, s) })), notice("n", incident.Opened, late()))
}

func TestTLSIsNotOld(t *testing.T) {
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s.keep(t, nil))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	e := refused(t, open(t, hook(s.URL, func(w *receiver.Webhook) { w.CAFile = authority(t, s) })), notice("n", incident.Opened, late()))
	wantContains(t, e.Error(), "version")
	if len(s.got()) > 0 {
		t.Error("it was sent")
	}
}

func TestRedirects(t *testing.T) {
	other := serve(t, nil)
	for _, c := range []struct {
		name   string
		status int
		to     func(self string) string
		taken  bool
	}{
		{"to another host", 307, func(string) string { return other.URL + "/token-of-another" }, false},
		{"that keeps the method", 308, func(self string) string { return self + "/final" }, true},
		{"that forgets the body", 302, func(self string) string { return self + "/final" }, false},
		{"to see other", 303, func(self string) string { return self + "/final" }, false},
		{"to the same host under another name", 307, func(self string) string { return strings.Replace(self, "127.0.0.1", "localhost", 1) + "/final" }, false},
		{"in circles", 307, func(self string) string { return self + "/start" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s *server
			s = serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/final" {
					http.Redirect(w, r, c.to(s.URL), c.status)
				}
			})
			r, n := open(t, hook(s.URL+"/start")), notice("n", incident.Opened, late())
			if c.taken {
				sent(t, r, n)
				got := s.got()
				if last := got[len(got)-1]; last.path != "/final" || last.method != "POST" || last.body == "" || last.body != got[0].body || last.header.Get("Ce-Id") != "n" {
					t.Errorf("%s %s with %d bytes", last.method, last.path, len(last.body))
				}
				return
			}
			e := refused(t, r, n)
			wantContains(t, e.Error(), "configure the final address")
			wantWithout(t, e.Error(), "token-of-another", "/final", "/start")
			for _, q := range s.got() {
				if q.path == "/final" {
					t.Error("it was followed")
				}
			}
		})
	}
	if len(other.got()) > 0 {
		t.Error("another host was asked")
	}
}

func TestSlowServer(t *testing.T) {
	s := serve(t, hang(t))
	c := hook(s.URL)
	c.Timeout = 50 * time.Millisecond
	e := refused(t, open(t, c), notice("n", incident.Opened, late()))
	wantContains(t, e.Error(), "no answer within")
	if e.Permanent() {
		t.Error("it may be faster the next time")
	}
}

// A server that drips its answer byte by byte holds nobody up: what came of the
// request is known by the status.
func TestDrippingAnswer(t *testing.T) {
	wait := hang(t)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "please ")
		w.(http.Flusher).Flush()
		wait(w, r)
	})
	c := hook(s.URL)
	c.Timeout = 200 * time.Millisecond
	e := refused(t, open(t, c), notice("n", incident.Opened, late()))
	wantContains(t, e.Error(), "503", "please")
}

func TestHugeAnswer(t *testing.T) {
	block := []byte(strings.Repeat("x", 1<<20))
	written := 0
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		for range 64 {
			n, err := w.Write(block)
			if written += n; err != nil {
				return
			}
		}
	})
	e := refused(t, open(t, hook(s.URL)), notice("n", incident.Opened, late()))
	if len(e.Error()) > 1000 {
		t.Errorf("an error of %d bytes", len(e.Error()))
	}
	s.Close() // waits for the handler
	if written >= 64<<20 {
		t.Errorf("%d bytes were read", written)
	}
}

func TestHugeHeader(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) })
	refused(t, open(t, hook(s.URL)), notice("n", incident.Opened, late()))
}

// No error holds what must not be known, whatever the server says.
func TestErrorsHoldNoSecret(t *testing.T) {
	secrets := []string{"path-token-1", "query-token-2", "user-name-3", "pass-word-4", "header-token-5", "hmac-secret-6"}
	address := func(base string) string {
		return strings.Replace(base, "http://", "http://user-name-3:pass-word-4@", 1) + "/hooks/path-token-1?key=query-token-2#f"
	}
	echo := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, r.Header.Get("X-Token")+" hmac-secret-6 "+r.RequestURI+" http://user-name-3:pass-word-4@host/hooks/path-token-1 "+r.Header.Get("Authorization"))
	})
	for name, base := range map[string]string{"echo": echo.URL, "refused": "http://" + bustest.FreeAddress(t), "strange port": "http://127.0.0.1:1", "no such host": "http://[::ffff:127.0.0.1%25x]:1"} {
		t.Run(name, func(t *testing.T) {
			c := hook(address(base), func(w *receiver.Webhook) {
				w.Secret, w.Headers = "hmac-secret-6", map[string]config.Secret{"X-Token": "header-token-5"}
			})
			e := refused(t, open(t, c), notice("n", incident.Opened, late()))
			wantWithout(t, e.Error(), append(secrets, "dXNlci1uYW1lLTM6cGFzcy13b3JkLTQ=")...)
		})
	}
	for name, c := range map[string]receiver.Config{
		"scheme":  hook("ftp://user-name-3:pass-word-4@h/path-token-1"),
		"no url":  hook("http://user-name-3:pass-word-4@h:port-1/path-token-1"),
		"control": hook("http://h/path-token-1\x7f"),
		"header":  hook("http://h", func(w *receiver.Webhook) { w.Headers = map[string]config.Secret{"X": "header-token-5\n"} }),
		"two":     {Webhook: &receiver.Webhook{URL: "http://h/path-token-1"}, Exec: &receiver.Exec{Command: []string{"true"}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := receiver.New(c, nil)
			if err == nil {
				t.Fatal("it is accepted")
			}
			wantWithout(t, err.Error(), secrets...)
		})
	}
}
