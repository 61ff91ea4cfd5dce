package guard

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/problem"
)

// login returns who the request says it is from, if that is true. Else it has
// answered.
func (g *Guard) login(w http.ResponseWriter, r *http.Request) (Identity, bool) {
	name, password, given := r.BasicAuth()
	if !given {
		ask(w, r, "name and password are needed")
		return Identity{}, false
	}
	from, now := home(Client(r.Context())), time.Now()
	if wait := g.throttle.blocked(from, now); wait > 0 {
		tooMany(w, r, wait)
		return Identity{}, false
	}
	if user, ok := g.logins.recall(name, password, now); ok {
		return user, true
	}
	if wait := g.throttle.take(from, now); wait > 0 {
		tooMany(w, r, wait)
		return Identity{}, false
	}
	user, ok, err := g.logins.check(r.Context(), name, password, now)
	switch {
	case err != nil:
		w.Header().Set("Retry-After", "1")
		problem.Write(w, r, http.StatusServiceUnavailable, err.Error())
	case !ok:
		g.log.Warn("a login failed", zap.Stringer("client", from))
		ask(w, r, "name or password is wrong")
	default:
		g.throttle.giveBack(from)
	}
	return user, ok && err == nil
}

// ask has a browser ask for name and password.
func ask(w http.ResponseWriter, r *http.Request, why string) {
	w.Header().Set("WWW-Authenticate", `Basic realm="backmon", charset="UTF-8"`)
	problem.Write(w, r, http.StatusUnauthorized, why)
}

func tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	problem.Write(w, r, http.StatusTooManyRequests, fmt.Sprintf("too many wrong passwords came from your address; try again in %d s", seconds))
}
