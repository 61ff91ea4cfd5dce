package guard

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// homeBits is the part of an IPv6 address that one client is given: it may use all
// addresses below.
const homeBits = 64

// clientAddress returns where a request comes from: the connection's other end, or
// where that is a trusted proxy, the last address in X-Forwarded-For that is not
// one. What stands before it, anybody can have written.
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	from := netip.Addr{}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		from = peer.Addr().Unmap().WithZone("")
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && isTrusted(from, trusted); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		from = hop.Unmap().WithZone("")
	}
	return from
}

// home returns what all addresses of one client have in common.
func home(address netip.Addr) netip.Addr {
	if address.Is6() {
		if home, err := address.Prefix(homeBits); err == nil {
			return home.Addr()
		}
	}
	return address
}

func isTrusted(address netip.Addr, trusted []netip.Prefix) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(address) })
}
