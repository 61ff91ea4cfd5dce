package receiver_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/receiver"
)

func TestAllowList(t *testing.T) {
	for _, c := range []struct {
		name, host, address string
		allow               []string
		want                bool
	}{
		{"a listed host", "hooks.example.com", "93.184.216.34", []string{"hooks.example.com"}, true},
		{"in any case, with a dot", "Hooks.Example.com.", "93.184.216.34", []string{"hooks.example.COM"}, true},
		{"another host", "evil.example.com", "93.184.216.34", []string{"hooks.example.com"}, false},
		{"a host below", "a.b.example.com", "93.184.216.34", []string{"*.example.com"}, true},
		{"not the domain itself", "example.com", "93.184.216.34", []string{"*.example.com"}, false},
		{"nor one that ends alike", "evilexample.com", "93.184.216.34", []string{"*.example.com"}, false},
		{"a listed host that leads to this machine", "hooks.example.com", "127.0.0.1", []string{"hooks.example.com"}, false},
		{"or into a private network", "hooks.example.com", "10.1.2.3", []string{"hooks.example.com"}, false},
		{"or to a cloud's metadata", "hooks.example.com", "169.254.169.254", []string{"hooks.example.com"}, false},
		{"or to a carrier's network", "hooks.example.com", "100.64.0.1", []string{"hooks.example.com"}, false},
		{"or to this machine in IPv6", "hooks.example.com", "::1", []string{"hooks.example.com"}, false},
		{"or to it in disguise", "hooks.example.com", "::ffff:127.0.0.1", []string{"hooks.example.com"}, false},
		{"or by NAT64", "hooks.example.com", "64:ff9b::7f00:1", []string{"hooks.example.com"}, false},
		{"or to a unique local address", "hooks.example.com", "fd00::1", []string{"hooks.example.com"}, false},
		{"or nowhere", "hooks.example.com", "0.0.0.0", []string{"hooks.example.com"}, false},
		{"a private network that is listed", "anything", "10.1.2.3", []string{"10.0.0.0/8"}, true},
		{"the same in disguise", "anything", "::ffff:10.1.2.3", []string{"10.0.0.0/8"}, true},
		{"outside of it", "anything", "11.1.2.3", []string{"10.0.0.0/8"}, false},
		{"an address", "10.1.2.3", "10.1.2.3", []string{"10.1.2.3"}, true},
		{"its neighbour", "10.1.2.4", "10.1.2.4", []string{"10.1.2.3"}, false},
		{"in IPv6 with a zone", "x", "fe80::1%eth0", []string{"fe80::/10"}, true},
		{"one of many", "b.example.com", "2606:4700::1", []string{"a.example.com", "b.example.com", "10.0.0.0/8"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := receiver.CheckAllowed(c.allow, c.host, netip.MustParseAddr(c.address))
			if (err == nil) != c.want {
				t.Errorf("error %v, want one: %v", err, !c.want)
			}
		})
	}
}

// A real connection: "localhost" is listed, and leads to this machine.
func TestAllowListDials(t *testing.T) {
	s := serve(t, nil)
	local := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	for _, c := range []struct {
		name, url string
		allow     []string
		taken     bool
	}{
		{"a name that leads inside", local, []string{"localhost"}, false},
		{"with the network", local, []string{"localhost", "127.0.0.0/8", "::1"}, true},
		{"the network alone", local, []string{"127.0.0.0/8"}, true},
		{"an address", s.URL, []string{"127.0.0.1"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(s.got())
			r := open(t, hook(c.url, func(w *receiver.Webhook) { w.Allow = c.allow }))
			if c.taken {
				sent(t, r, notice("n", incident.Opened, late()))
				return
			}
			e := refused(t, r, notice("n", incident.Opened, late()))
			if !e.Permanent() || len(s.got()) != before {
				t.Errorf("permanent %v, %d requests: %v", e.Permanent(), len(s.got())-before, e)
			}
			wantContains(t, e.Error(), `"localhost" leads to`)
		})
	}
}

func TestAllowListErrors(t *testing.T) {
	for _, c := range []struct {
		name, url string
		allow     []string
		want      string
	}{
		{"a host that is not listed", "https://evil.example.com", []string{"hooks.example.com"}, `"evil.example.com" is not among`},
		{"an address that is not listed", "https://10.0.0.1", []string{"hooks.example.com", "127.0.0.0/8"}, `"10.0.0.1" is not among`},
		{"no host", "https://h", []string{"https://h"}, `"https://h" is neither a host nor a network`},
		{"a wild network", "https://h", []string{"10.*"}, `"10.*" is neither`},
		{"nothing", "https://h", []string{""}, `"" is neither`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := receiver.New(hook(c.url, func(w *receiver.Webhook) { w.Allow = c.allow }), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
