package guard_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/guard"
)

// Every answer has them, a refusal too.
func TestHeaders(t *testing.T) {
	want := http.Header{
		"Content-Security-Policy":      {"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"Referrer-Policy":              {"same-origin"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"},
		"Cache-Control":                {"no-store"},
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"answer": ask(t, protect(t, guard.Config{}), "GET", "/", ""), "refusal": ask(t, protect(t, users(t)), "GET", "/", ""),
		"write": ask(t, protect(t, guard.Config{}), "POST", "/", ""), "other site": ask(t, protect(t, guard.Config{}), "POST", "/", "", "Origin", "null"),
	} {
		got := w.Header().Clone()
		got.Del("Content-Type")
		got.Del("WWW-Authenticate")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Insisting on TLS holds for all ports of a host, so it is asked for only where
// nobody gives one.
func TestStrictTransport(t *testing.T) {
	for host, strict := range map[string]bool{"backmon.example": true, "backmon.example:443": true, "backmon.example:8443": false, "[::1]": true, "[::1]:8443": false} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.Host, r.TLS = host, &tls.ConnectionState{}
		w := httptest.NewRecorder()
		protect(t, guard.Config{}).ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); (got == "max-age=31536000") != strict {
			t.Errorf("%s: %q", host, got)
		}
	}
	if got := ask(t, protect(t, guard.Config{}), "GET", "/", "").Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("without TLS: %q", got)
	}
}

// Handlers say otherwise of what is theirs.
func TestHandlersHaveTheLastWord(t *testing.T) {
	g, err := guard.New(guard.Config{}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	h := g.Protect(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		w.WriteHeader(http.StatusNoContent)
	}))
	if got := ask(t, h, "GET", "/badge.svg", "").Header().Get("Cache-Control"); !strings.Contains(got, "max-age=60") {
		t.Errorf("Cache-Control %q", got)
	}
}
