package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/backmon/backmon/services/gateway"
	"github.com/backmon/backmon/services/gateway/guard"
)

func TestUser(t *testing.T) {
	g := start(t, func(c *gateway.Config) { c.User = &guard.Account{Name: "prometheus", Password: "s3cret"} })
	for _, c := range []struct {
		name, path, user, password string
		status                     int
	}{
		{"nobody", "/metrics", "", "", 401},
		{"the user", "/metrics", "prometheus", "s3cret", 200},
		{"wrong password", "/metrics", "prometheus", "s3cre", 401},
		{"wrong name", "/metrics", "root", "s3cret", 401},
		{"swapped", "/metrics", "s3cret", "prometheus", 401},
		{"the index tells nothing either", "/", "", "", 401},
		{"nor does a path that is not there", "/nothing", "", "", 401},
		{"health is for everybody", "/healthz", "", "", 200},
		{"readiness too", "/readyz", "", "", 503},
		{"no way around by another spelling", "//metrics", "", "", 401},
		{"nor through an open path", "/healthz/../metrics", "", "", 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.user != "" {
				r.SetBasicAuth(c.user, c.password)
			}
			response, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != c.status {
				t.Errorf("status %d, want %d", response.StatusCode, c.status)
			}
			if asked := strings.HasPrefix(response.Header.Get("WWW-Authenticate"), "Basic "); asked != (c.status == 401) {
				t.Errorf("asked for a password: %v", asked)
			}
		})
	}
}
