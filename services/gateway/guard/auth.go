// Package guard keeps those out who may not in.
package guard

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"

	"github.com/backmon/backmon/services/gateway/problem"
)

// Account is the one who may in, by HTTP basic authentication.
type Account struct{ Name, Password string }

// open are the paths that need no user: those who ask for health have no
// password, and the answer tells nothing of the backups.
func open() []string { return []string{"/healthz", "/readyz"} }

// Protect asks for the user, where there is one.
func Protect(user *Account, next http.Handler) http.Handler {
	if user == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case slices.Contains(open(), r.URL.Path):
			next.ServeHTTP(w, r)
		case user.is(r):
			next.ServeHTTP(w, r.WithContext(WithUser(r.Context(), Identity{Name: user.Name, Role: Operator})))
		default:
			w.Header().Set("WWW-Authenticate", `Basic realm="backmon", charset="UTF-8"`)
			problem.Write(w, r, http.StatusUnauthorized, "name and password are needed")
		}
	})
}

// is compares in constant time, so that the time taken tells nothing.
func (u *Account) is(r *http.Request) bool {
	name, password, _ := r.BasicAuth()
	return same(name, u.Name)&same(password, u.Password) == 1
}

func same(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}
