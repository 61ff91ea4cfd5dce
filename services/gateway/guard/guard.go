// Package guard keeps those out who may not in, and browsers from doing what their
// user does not mean: it asks for name and password, lets only operators change
// anything, refuses requests that other sites cause, and sets the headers that tell
// a browser to be strict. It does not encrypt (the server does) and knows nothing of
// backups.
package guard

import (
	"errors"
	"net/http"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/problem"
)

// maxBody is how many bytes the body of a request may have.
const maxBody = 1 << 20

// Config says who may do what.
type Config struct {
	// Accounts are those who may in. Without one everybody may read.
	Accounts []Account
	// AllowAnonymousWrites lets everybody do what operators may, where there is no
	// account.
	AllowAnonymousWrites bool
	// ProtectMetrics asks for an account at /metrics, too.
	ProtectMetrics bool
	// TrustedProxies are the addresses whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
}

// Validate reports every problem of the settings.
func (c Config) Validate() error {
	var problems []error
	for _, a := range c.Accounts {
		problems = append(problems, a.validate())
	}
	if c.AllowAnonymousWrites && len(c.Accounts) > 0 {
		problems = append(problems, errors.New("nobody is anonymous where there are users"))
	}
	if c.ProtectMetrics && len(c.Accounts) == 0 {
		problems = append(problems, errors.New("there is no user to ask for at /metrics"))
	}
	return errors.Join(problems...)
}

// Guard stands before the handlers of a server. It may be used concurrently.
type Guard struct {
	config   Config
	log      *zap.Logger
	logins   *logins
	throttle *throttle
	origins  *http.CrossOriginProtection
}

// New returns a guard.
func New(config Config, log *zap.Logger) (*Guard, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	known, err := newLogins(config.Accounts)
	if err != nil {
		return nil, err
	}
	return &Guard{config: config, log: log, logins: known, throttle: newThrottle(), origins: http.NewCrossOriginProtection()}, nil
}

// Protect returns a handler that lets only those requests through to next that may
// be, with who makes them, and from where, in their context.
func (g *Guard) Protect(next http.Handler) http.Handler {
	guarded := http.MaxBytesHandler(g.sameOrigin(g.known(g.allowed(next))), maxBody)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header(), r)
		guarded.ServeHTTP(w, r.WithContext(withClient(r.Context(), clientAddress(r, g.config.TrustedProxies))))
	})
}

// sameOrigin refuses what a page of another site made a browser send. Programs
// send no Origin and no Sec-Fetch-Site, and are let through.
func (g *Guard) sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g.origins.Check(r); err != nil {
			problem.Write(w, r, http.StatusForbidden, "the request comes from another site: "+err.Error()+"; a proxy in front must leave Host as it is")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// open reports whether a path needs no user: those who ask for health have no
// password, and the answer tells nothing of the backups. Whether that holds for
// the metrics is the operator's choice.
func (g *Guard) open(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/metrics" && !g.config.ProtectMetrics
}

// known finds out who makes the request, and asks where it does not say.
func (g *Guard) known(next http.Handler) http.Handler {
	if len(g.config.Accounts) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.open(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if user, ok := g.login(w, r); ok {
			next.ServeHTTP(w, r.WithContext(WithUser(r.Context(), user)))
		}
	})
}

// allowed refuses everything but reading to those who are no operators.
func (g *Guard) allowed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user := User(r.Context())
		if len(g.config.Accounts) == 0 && g.config.AllowAnonymousWrites {
			user.Role = Operator
			r = r.WithContext(WithUser(r.Context(), user))
		}
		if r.Method == http.MethodGet || r.Method == http.MethodHead || user.MayWrite() {
			next.ServeHTTP(w, r)
			return
		}
		problem.Write(w, r, http.StatusForbidden, g.refusal(user))
	})
}

// refusal says why somebody may only read, and how that is changed.
func (g *Guard) refusal(user Identity) string {
	if len(g.config.Accounts) == 0 {
		return "nobody may change anything here: name an operator under http.users in config.yaml, or set http.allow-anonymous-writes to true"
	}
	if user.Name == "" {
		return "nothing can be changed here"
	}
	return "you are logged in as a reader, who may change nothing; that takes a user with the role operator"
}

// LiftDeadlines takes away the server's limits on how long this request may be read
// and answered, for answers that go on: streams of events, downloads. Whoever lifts
// them looks after clients that do not read.
func LiftDeadlines(w http.ResponseWriter) error {
	control := http.NewResponseController(w)
	return errors.Join(control.SetReadDeadline(time.Time{}), control.SetWriteDeadline(time.Time{}))
}
