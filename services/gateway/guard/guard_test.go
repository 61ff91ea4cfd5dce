package guard_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/problem"
)

// cheap is the least cost of a hash.
const cheap = 4

func hash(t *testing.T, password string) string {
	t.Helper()
	h, err := guard.Hash(password, cheap)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// protect guards a handler that says who asks.
func protect(t *testing.T, config guard.Config) http.Handler {
	t.Helper()
	g, err := guard.New(config, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	return g.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user := guard.User(r.Context())
		_, _ = io.WriteString(w, user.Role.String()+" "+user.Name)
	}))
}

// ask sends a request, with a user where login is "name:password".
func ask(t *testing.T, h http.Handler, method, path, login string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	if name, password, given := strings.Cut(login, ":"); given {
		r.SetBasicAuth(name, password)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func users(t *testing.T) guard.Config {
	return guard.Config{Accounts: []guard.Account{
		{Name: "plain", Password: "pw", Role: guard.Operator},
		{Name: "hashed", Hash: hash(t, "pass:word"), Role: guard.Operator},
		{Name: "reader", Hash: hash(t, "read"), Role: guard.Reader},
		{Name: "Ünal", Password: "größer"},
	}}
}

func TestLogins(t *testing.T) {
	h := protect(t, users(t))
	for _, c := range []struct {
		name, method, login string
		status              int
		body                string
	}{
		{"plain", "GET", "plain:pw", 200, "operator plain"},
		{"hashed, with a colon", "GET", "hashed:pass:word", 200, "operator hashed"},
		{"again, by what is remembered", "POST", "hashed:pass:word", 200, "operator hashed"},
		{"reader", "GET", "reader:read", 200, "reader reader"},
		{"reader asks for headers", "HEAD", "reader:read", 200, "reader reader"},
		{"other letters", "GET", "Ünal:größer", 200, "reader Ünal"},
		{"reader may not write", "POST", "reader:read", 403, "you are logged in as a reader"},
		{"nor delete", "DELETE", "reader:read", 403, "you are logged in as a reader"},
		{"nor use what nobody knows", "FROB", "reader:read", 403, "you are logged in as a reader"},
		{"nobody", "GET", "", 401, "name and password are needed"},
		{"nobody writes", "POST", "", 401, "name and password are needed"},
		{"wrong plain", "GET", "plain:pW", 401, "name or password is wrong"},
		{"wrong hashed", "GET", "hashed:pass:wore", 401, "name or password is wrong"},
		{"another's password", "GET", "reader:pass:word", 401, "name or password is wrong"},
		{"the hash itself", "GET", "reader:" + users(t).Accounts[2].Hash, 401, "name or password is wrong"},
		{"unknown", "GET", "eve:pw", 401, "name or password is wrong"},
		{"empty password", "GET", "hashed:", 401, "name or password is wrong"},
		{"empty name", "GET", ":pw", 401, "name or password is wrong"},
		{"empty both", "GET", ":", 401, "name or password is wrong"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(t, h, c.method, "/", c.login)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
		})
	}
}

// Longer passwords than bcrypt looks at would match by their beginning.
func TestLongPasswords(t *testing.T) {
	long := strings.Repeat("x", 72)
	h := protect(t, guard.Config{Accounts: []guard.Account{{Name: "u", Hash: hash(t, long)}}})
	if w := ask(t, h, "GET", "/", "u:"+long); w.Code != 200 {
		t.Errorf("72 bytes: %d", w.Code)
	}
	if w := ask(t, h, "GET", "/", "u:"+long+"y"); w.Code != 401 {
		t.Errorf("73 bytes: %d", w.Code)
	}
	for password, want := range map[string]string{"": "is empty", long + "y": "has 73 bytes, bcrypt takes at most 72"} {
		if _, err := guard.Hash(password, cheap); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestAnonymous(t *testing.T) {
	for _, c := range []struct {
		name, method string
		config       guard.Config
		status       int
		body         string
	}{
		{"reads", "GET", guard.Config{}, 200, "reader "},
		{"writes not", "POST", guard.Config{}, 403, "set http.allow-anonymous-writes to true"},
		{"unless it is allowed", "POST", guard.Config{AllowAnonymousWrites: true}, 200, "operator "},
		{"and reads then, too", "GET", guard.Config{AllowAnonymousWrites: true}, 200, "operator "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(t, protect(t, c.config), c.method, "/", "ignored:login")
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
		})
	}
}

// Programs get problems they can read.
func TestProblems(t *testing.T) {
	h := protect(t, users(t))
	for _, c := range []struct {
		method, login string
		status        int
	}{{"GET", "", 401}, {"POST", "reader:read", 403}} {
		w := ask(t, h, c.method, "/api/v1/holds", c.login)
		var p problem.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != c.status || p.Detail == "" || w.Header().Get("Content-Type") != problem.ContentType {
			t.Errorf("%d %q of %q: %v", w.Code, w.Body, w.Header().Get("Content-Type"), err)
		}
	}
	if w := ask(t, h, "GET", "/page", ""); w.Header().Get("Content-Type") != "text/plain; charset=utf-8" || w.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("headers %v", w.Header())
	}
}

func TestOpenPaths(t *testing.T) {
	for path, protected := range map[string]bool{"/healthz": false, "/readyz": false, "/metrics": false, "/": true, "/api": true, "/metrics/x": true, "/Metrics": true} {
		if w := ask(t, protect(t, users(t)), "GET", path, ""); (w.Code == 401) != protected {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	config := users(t)
	config.ProtectMetrics = true
	if w := ask(t, protect(t, config), "GET", "/metrics", ""); w.Code != 401 {
		t.Errorf("protected metrics: %d", w.Code)
	}
	if w := ask(t, protect(t, users(t)), "POST", "/healthz", ""); w.Code != 403 {
		t.Errorf("a write through an open path: %d", w.Code)
	}
}

// Requests that a page of another site causes change nothing; programs and the
// page's own forms do.
func TestOtherSites(t *testing.T) {
	h := protect(t, guard.Config{AllowAnonymousWrites: true})
	for _, c := range []struct {
		name, method string
		headers      []string
		status       int
	}{
		{"a program", "POST", nil, 200},
		{"the page", "POST", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://example.com"}, 200},
		{"the page without TLS", "POST", []string{"Origin", "http://example.com"}, 200},
		{"a bookmark", "POST", []string{"Sec-Fetch-Site", "none"}, 200},
		{"another site", "POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403},
		{"another host of the site", "DELETE", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://wiki.example.com"}, 403},
		{"another site without TLS", "PUT", []string{"Origin", "http://evil.example"}, 403},
		{"another port", "POST", []string{"Origin", "http://example.com:8081"}, 403},
		{"a file or a sandbox", "POST", []string{"Origin", "null"}, 403},
		{"a link from elsewhere", "GET", []string{"Sec-Fetch-Site", "cross-site"}, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			if w := ask(t, h, c.method, "/api/v1/holds", "", c.headers...); w.Code != c.status {
				t.Errorf("%d %s, want %d", w.Code, w.Body, c.status)
			}
		})
	}
	if w := ask(t, h, "POST", "/", "", "Origin", "null"); !strings.HasPrefix(w.Body.String(), "the request comes from another site: ") {
		t.Errorf("body %q", w.Body)
	}
}

func TestBodiesAreLimited(t *testing.T) {
	g, err := guard.New(guard.Config{AllowAnonymousWrites: true}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	var read error
	h := g.Protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, read = io.Copy(io.Discard, r.Body) }))
	for size, fits := range map[int]bool{1 << 20: true, 1<<20 + 1: false} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(strings.Repeat("x", size))))
		var tooLarge *http.MaxBytesError
		if errors.As(read, &tooLarge) == fits {
			t.Errorf("%d bytes: %v", size, read)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	u := guard.Account{Name: "u", Password: "p"}
	for _, c := range []struct {
		name   string
		config guard.Config
		want   string
	}{
		{"no name", guard.Config{Accounts: []guard.Account{{Password: "p"}}}, "a user has no name"},
		{"no password", guard.Config{Accounts: []guard.Account{{Name: "u"}}}, `user "u" needs either a password or its hash`},
		{"both", guard.Config{Accounts: []guard.Account{{Name: "u", Password: "p", Hash: hash(t, "p")}}}, `user "u" needs either`},
		{"no hash", guard.Config{Accounts: []guard.Account{{Name: "u", Hash: "$2a$10$x"}}}, `the hash of user "u"`},
		{"anonymous users", guard.Config{Accounts: []guard.Account{u}, AllowAnonymousWrites: true}, "nobody is anonymous"},
		{"metrics of nobody", guard.Config{ProtectMetrics: true}, "no user to ask for"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := guard.New(c.config, zap.NewNop()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
