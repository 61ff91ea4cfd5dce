package receiver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// allowList says where connections may lead. It is held against the address that is
// dialled, after the name was resolved: a name that is allowed can't be made to
// point into a private network.
type allowList struct {
	hosts    []string // lower case; "*.x" stands for what ends in ".x"
	networks []netip.Prefix
}

// parseAllowList reads entries: a host, "*.domain", an address, or a network as
// 10.0.0.0/8. Without any it returns nil, which allows all.
func parseAllowList(entries []string) (*allowList, error) {
	if len(entries) == 0 {
		return nil, nil //nolint:nilnil // nil allows all
	}
	list := &allowList{}
	var problems []error
	for _, entry := range entries {
		if network, err := netip.ParsePrefix(entry); err == nil {
			list.networks = append(list.networks, network.Masked())
		} else if address, err := netip.ParseAddr(entry); err == nil {
			list.networks = append(list.networks, netip.PrefixFrom(address.WithZone("").Unmap(), address.Unmap().BitLen()))
		} else if host := strings.TrimPrefix(entry, "*."); host == "" || strings.ContainsAny(host, " *:/@?#") {
			problems = append(problems, fmt.Errorf("%q is neither a host nor a network", entry))
		} else {
			list.hosts = append(list.hosts, strings.ToLower(strings.TrimSuffix(entry, ".")))
		}
	}
	return list, errors.Join(problems...)
}

// blockedError says that a connection was not allowed.
type blockedError struct{ host, address string }

func (e *blockedError) Error() string {
	if e.address == "" || e.address == e.host {
		return fmt.Sprintf("%q is not among the hosts and networks that webhooks may lead to", e.host)
	}
	return fmt.Sprintf("%q leads to %s, where webhooks may not lead to", e.host, e.address)
}

// foresee rejects a host that can't be allowed, whatever it resolves to.
func (l *allowList) foresee(host string) error {
	if l == nil || l.names(host) {
		return nil
	}
	address, err := netip.ParseAddr(host)
	if err == nil && !l.contains(address.Unmap()) || err != nil && len(l.networks) == 0 {
		return &blockedError{host: host}
	}
	return nil
}

// check decides on a connection to a host at an address.
func (l *allowList) check(host string, address netip.Addr) error {
	address = address.WithZone("").Unmap()
	if l.contains(address) || l.names(host) && public(address) {
		return nil
	}
	return &blockedError{host, address.String()}
}

func (l *allowList) contains(address netip.Addr) bool {
	for _, network := range l.networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

func (l *allowList) names(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, allowed := range l.hosts {
		if suffix, wild := strings.CutPrefix(allowed, "*"); allowed == host || wild && strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}

// reserved are networks in which no public host is, besides those that net/netip
// knows by name.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' own
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), // 6to4 relays
	netip.MustParsePrefix("198.18.0.0/15"),  // benchmarks
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"),   // NAT64, which leads to any IPv4 address
	netip.MustParsePrefix("64:ff9b:1::/48"), // the same, locally
	netip.MustParsePrefix("2001::/23"),      // Teredo and other protocols' own
	netip.MustParsePrefix("2002::/16"),      // 6to4
	netip.MustParsePrefix("fec0::/10"),      // site local, of old
}

// public reports whether an address belongs to the internet at large.
func public(address netip.Addr) bool {
	if !address.IsGlobalUnicast() || address.IsPrivate() {
		return false
	}
	for _, network := range reserved {
		if network.Contains(address) {
			return false
		}
	}
	return true
}

// dial connects where the list allows it.
func (l *allowList) dial(dialer net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		d := dialer
		d.ControlContext = func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return &blockedError{host, resolved}
			}
			return l.check(host, at.Addr())
		}
		return d.DialContext(ctx, network, address)
	}
}
