package guard

import (
	"net/netip"
	"time"
)

// The throttle's memory is bounded, which can't be seen from outside.
const MaxClients = maxClients

// Throttle is one to be looked into.
type Throttle struct{ t *throttle }

// NewThrottle returns an empty throttle.
func NewThrottle() Throttle { return Throttle{newThrottle()} }

// Take counts a wrong login and reports whether it was let through.
func (t Throttle) Take(a netip.Addr, now time.Time) bool { return t.t.take(a, now) == 0 }

// Len returns of how many clients it knows.
func (t Throttle) Len() int { return len(t.t.debts) }

// Occupy takes all turns to look at hashes until the returned function is called.
func (g *Guard) Occupy() (leave func()) {
	for range cap(g.logins.turns) {
		g.logins.turns <- struct{}{}
	}
	return func() {
		for range cap(g.logins.turns) {
			<-g.logins.turns
		}
	}
}
