package guard

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// burst wrong logins may come from an address at once, then one each pause.
	burst = 10
	pause = 6 * time.Second
	// maxClients bounds the memory: beyond it, those that owe least are forgotten.
	maxClients = 4096
)

// throttle bounds the wrong logins of each client.
type throttle struct {
	mu sync.Mutex
	// debts holds when each client's wrong logins will be forgotten: each adds a
	// pause.
	debts map[netip.Addr]time.Time
}

func newThrottle() *throttle { return &throttle{debts: map[netip.Addr]time.Time{}} }

// blocked returns how long a client has to wait; 0 if it may go on.
func (t *throttle) blocked(client netip.Addr, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wait(client, now)
}

func (t *throttle) wait(client netip.Addr, now time.Time) time.Duration {
	debt, there := t.debts[client]
	if !there {
		return 0
	}
	return max(0, debt.Sub(now)-(burst-1)*pause)
}

// take counts a login as wrong until it is given back, or returns how long the
// client has to wait.
func (t *throttle) take(client netip.Addr, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := t.wait(client, now); wait > 0 {
		return wait
	}
	debt, there := t.debts[client]
	if !there {
		t.makeRoom(now)
	}
	if debt.Before(now) {
		debt = now
	}
	t.debts[client] = debt.Add(pause)
	return 0
}

// giveBack takes back what take counted: the login was right.
func (t *throttle) giveBack(client netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if debt, there := t.debts[client]; there {
		t.debts[client] = debt.Add(-pause)
	}
}

// makeRoom forgets clients that owe nothing, and where that is too few, the quarter
// that owes least: not one at a time, as finding it takes a look at all.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.debts) < maxClients {
		return
	}
	maps.DeleteFunc(t.debts, func(_ netip.Addr, debt time.Time) bool { return !debt.After(now) })
	if len(t.debts) <= maxClients*3/4 {
		return
	}
	clients := slices.SortedFunc(maps.Keys(t.debts), func(a, b netip.Addr) int { return t.debts[a].Compare(t.debts[b]) })
	for _, client := range clients[:len(clients)-maxClients*3/4] {
		delete(t.debts, client)
	}
}
