package receiver

import "net/netip"

// CheckAllowed decides on a connection to a host at an address.
func CheckAllowed(entries []string, host string, address netip.Addr) error {
	list, err := parseAllowList(entries)
	if err != nil {
		return err
	}
	return list.check(host, address)
}
