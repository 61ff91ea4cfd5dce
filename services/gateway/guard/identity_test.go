package guard_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/guard"
)

func TestUserOfContext(t *testing.T) {
	if got := guard.User(t.Context()); got != (guard.Identity{}) || got.MayWrite() {
		t.Errorf("nobody is %+v", got)
	}
	want := guard.Identity{Name: "eve", Role: guard.Operator}
	got := guard.User(guard.WithUser(t.Context(), want))
	if got != want || !got.MayWrite() || got.Role.String() != "operator" {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if reader := (guard.Identity{Name: "bob"}); reader.MayWrite() || reader.Role.String() != "reader" {
		t.Errorf("%+v may write", reader)
	}
}

// The client is told in full, though a throttle takes all of its addresses for one.
func TestClientOfContext(t *testing.T) {
	g, err := guard.New(guard.Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:99", "", "192.0.2.1"},
		{"192.0.2.1:99", "198.51.100.1", "192.0.2.1"},
		{"10.0.0.1:99", "203.0.113.9, 198.51.100.1", "198.51.100.1"},
		{"[2001:db8:1:2:3:4:5:6]:99", "", "2001:db8:1:2:3:4:5:6"},
		{"@", "", "invalid IP"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		got := ""
		g.Protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = guard.Client(r.Context()).String() })).ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s, %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
	if guard.Client(t.Context()).IsValid() {
		t.Error("a context without a request has a client")
	}
}
