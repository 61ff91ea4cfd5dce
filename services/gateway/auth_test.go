package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/backmon/backmon/services/gateway"
	"github.com/backmon/backmon/services/gateway/guard"
)

// Who is asked for a password, and where.
func TestUser(t *testing.T) {
	account := guard.Account{Name: "prometheus", Password: "s3cret"}
	all := start(t, func(c *gateway.Config) {
		c.Guard = guard.Config{Accounts: []guard.Account{account}, ProtectMetrics: true}
	})
	most := start(t, func(c *gateway.Config) { c.Guard = guard.Config{Accounts: []guard.Account{account}} })
	for _, c := range []struct {
		name, url, user, password string
		status                    int
	}{
		{"nobody", all.url + "/metrics", "", "", 401},
		{"the user", all.url + "/metrics", "prometheus", "s3cret", 200},
		{"wrong password", all.url + "/metrics", "prometheus", "s3cre", 401},
		{"wrong name", all.url + "/metrics", "root", "s3cret", 401},
		{"swapped", all.url + "/metrics", "s3cret", "prometheus", 401},
		{"the index tells nothing either", all.url + "/", "", "", 401},
		{"nor does a path that is not there", all.url + "/nothing", "", "", 401},
		{"health is for everybody", all.url + "/healthz", "", "", 200},
		{"readiness too", all.url + "/readyz", "", "", 503},
		{"no way around by another spelling", all.url + "//metrics", "", "", 401},
		{"nor through an open path", all.url + "/healthz/../metrics", "", "", 401},
		{"metrics are open, as they are upstream", most.url + "/metrics", "", "", 200},
		{"the page is not", most.url + "/", "", "", 401},
		{"nor the API", most.url + "/api", "", "", 401},
		{"nor what lies beside them", most.url + "/metrics/", "", "", 401},
		{"nor the page through them", most.url + "/metrics/../", "", "", 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url, nil)
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
