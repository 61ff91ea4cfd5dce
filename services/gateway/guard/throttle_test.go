package guard_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/backmon/backmon/services/gateway/guard"
)

// from sends a request of that address.
func from(t *testing.T, h http.Handler, address, login string, forwarded ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	r.RemoteAddr = address
	name, password, _ := strings.Cut(login, ":")
	r.SetBasicAuth(name, password)
	for _, f := range forwarded {
		r.Header.Add("X-Forwarded-For", f)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Ten wrong logins may come at once, then one each six seconds; others go on.
func TestWrongLoginsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := protect(t, users(t))
		for i := range 10 {
			if w := from(t, h, "192.0.2.1:1000", "plain:no"); w.Code != 401 {
				t.Fatalf("wrong login %d: %d", i+1, w.Code)
			}
		}
		w := from(t, h, "192.0.2.1:2000", "plain:pw")
		if w.Code != 429 || w.Header().Get("Retry-After") != "6" {
			t.Errorf("after ten: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
		}
		if w := from(t, h, "192.0.2.2:1000", "plain:pw"); w.Code != 200 {
			t.Errorf("another client: %d", w.Code)
		}
		if w := from(t, h, "192.0.2.1:2000", "plain:pw"); w.Code != 429 {
			t.Errorf("what is remembered of another client let this one in: %d", w.Code)
		}
		time.Sleep(6 * time.Second) //nolint:forbidigo // the bubble's clock
		if w := from(t, h, "192.0.2.1:3000", "plain:no"); w.Code != 401 {
			t.Errorf("after six seconds: %d", w.Code)
		}
		if w := from(t, h, "192.0.2.1:3000", "plain:pw"); w.Code != 429 {
			t.Errorf("after one more: %d", w.Code)
		}
		time.Sleep(time.Minute) //nolint:forbidigo // the bubble's clock
		for range 50 {          // right ones cost nothing
			if w := from(t, h, "192.0.2.1:3000", "plain:pw"); w.Code != 200 {
				t.Fatalf("a right login: %d", w.Code)
			}
		}
	})
}

// Right logins count for nothing even when none of them is remembered.
func TestRightLoginsAreNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := protect(t, users(t))
		for range 30 {
			if w := from(t, h, "192.0.2.1:1", "hashed:pass:word"); w.Code != 200 {
				t.Fatalf("a right login: %d", w.Code)
			}
			if w := from(t, h, "192.0.2.1:1", "reader:read"); w.Code != 200 {
				t.Fatalf("a right login: %d", w.Code)
			}
			time.Sleep(5*time.Minute + time.Second) //nolint:forbidigo // the bubble's clock: what is remembered is forgotten
		}
	})
}

// The address that counts is the client's, also behind a proxy; it can't be forged.
func TestClients(t *testing.T) {
	for _, c := range []struct {
		name               string
		address, forwarded string // of the wrong logins
		again, behind      string // of the one after them
		same               bool
	}{
		{"ports do not matter", "192.0.2.1:1", "", "192.0.2.1:2", "", true},
		{"addresses do", "192.0.2.1:1", "", "192.0.2.2:1", "", false},
		{"a home has many IPv6 addresses", "[2001:db8:1:2::1]:1", "", "[2001:db8:1:2:ffff::9]:1", "", true},
		{"two homes", "[2001:db8:1:2::1]:1", "", "[2001:db8:1:3::1]:1", "", false},
		{"IPv4 within IPv6", "192.0.2.1:1", "", "[::ffff:192.0.2.1]:1", "", true},
		{"behind the proxy", "10.0.0.1:1", "192.0.2.1", "10.0.0.1:1", "192.0.2.2", false},
		{"the same behind two proxies", "10.0.0.1:1", "192.0.2.1", "10.0.0.2:1", "192.0.2.1", true},
		{"proxies behind each other", "10.0.0.1:1", "192.0.2.1, 10.0.0.7", "10.0.0.2:1", "192.0.2.1", true},
		{"invented by the client", "10.0.0.1:1", "1.1.1.1, 192.0.2.1", "10.0.0.1:1", "2.2.2.2, 192.0.2.1", true},
		{"invented without a proxy", "192.0.2.1:1", "1.1.1.1", "192.0.2.1:1", "2.2.2.2", true},
		{"nonsense", "10.0.0.1:1", "x", "10.0.0.1:1", "", true},
		{"what the proxy's neighbour invents", "10.0.0.1:1", "192.0.2.1, y", "10.0.0.1:1", "192.0.2.2, y", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := users(t)
				config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
				h := protect(t, config)
				for range 10 {
					from(t, h, c.address, "plain:no", c.forwarded)
				}
				if w := from(t, h, c.again, "plain:pw", c.behind); (w.Code == 429) != c.same {
					t.Errorf("status %d, want the same client: %v", w.Code, c.same)
				}
			})
		})
	}
}

// Logins at the same time do not slip by the bound.
func TestWrongLoginsAtATime(t *testing.T) {
	h := protect(t, users(t))
	codes := make([]int, 60)
	var group sync.WaitGroup
	for i := range codes {
		group.Go(func() { codes[i] = from(t, h, "192.0.2.1:1", "hashed:no"+strconv.Itoa(i)).Code })
	}
	group.Wait()
	tried := 0
	for _, code := range codes {
		if code == 401 {
			tried++
		}
	}
	// One more for each six seconds that it took.
	if tried < 10 || tried > 12 {
		t.Errorf("%d passwords were tried, want 10", tried)
	}
}

// A wrong login is logged with its address, and without name or password: people
// type one for the other.
func TestWrongLoginsAreLogged(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	g, err := guard.New(users(t), zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	h := g.Protect(http.NotFoundHandler())
	from(t, h, "192.0.2.1:1", "my-pass:oops-word")
	from(t, h, "192.0.2.1:1", "plain:pw")
	entries := logs.All()
	if len(entries) != 1 || entries[0].Message != "a login failed" || entries[0].ContextMap()["client"] != "192.0.2.1" || len(entries[0].Context) != 1 {
		t.Errorf("logged %+v", entries)
	}
}
