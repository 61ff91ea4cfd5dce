package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/config"
)

// hash is "secret" by bcrypt at its least cost.
const hash = "$2a$04$dU1E.BwMLyBZXTn8RfH.wOSdWbb/2LHxV0tF.vd0fwWjRhQvt04b."

func TestHTTP(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       config.HTTP
	}{
		{
			"upstream's user may do everything", "basic_auth: {username: u, password: p}",
			config.HTTP{Users: []config.User{{Name: "u", Password: "p", Role: config.RoleOperator}}},
		},
		{
			"whose password may be a hash", "basic_auth: {username: u, password-hash: " + hash + "}",
			config.HTTP{Users: []config.User{{Name: "u", PasswordHash: hash, Role: config.RoleOperator}}},
		},
		{
			"several, who only read unless it is said", "{basic_auth: {username: u, password: p}, users: [{name: r, password-hash: '" + hash + "'}, {name: o, password: x, role: operator}]}",
			config.HTTP{Users: []config.User{
				{Name: "u", Password: "p", Role: config.RoleOperator}, {Name: "r", PasswordHash: hash, Role: config.RoleReader}, {Name: "o", Password: "x", Role: config.RoleOperator},
			}},
		},
		{"hashes of other programs", "users: [{name: u, password-hash: " + strings.Replace(hash, "$2a$", "$2y$", 1) + ", role: reader}]", config.HTTP{
			Users: []config.User{{Name: "u", PasswordHash: config.Secret(strings.Replace(hash, "$2a$", "$2y$", 1)), Role: config.RoleReader}},
		}},
		{
			"metrics, too", "{users: [{name: u, password: p}], protect-metrics: true}",
			config.HTTP{Users: []config.User{{Name: "u", Password: "p", Role: config.RoleReader}}, ProtectMetrics: true},
		},
		{"nobody", "allow-anonymous-writes: true", config.HTTP{AllowAnonymousWrites: true}},
		{"tls", "tls: {certificate: c.pem, key: k.pem, strict: true}", config.HTTP{TLS: &config.ServerTLS{Certificate: "c.pem", Key: "k.pem", Strict: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := c.text
			if !strings.HasPrefix(text, "{") {
				text = "{" + text + "}"
			}
			if diff := cmp.Diff(c.want, parse(t, local+"http: "+text).HTTP); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestTrustedProxies(t *testing.T) {
	var got []string
	for _, p := range parse(t, local+"http: {trusted-proxies: [10.1.2.3, 10.9.0.1/8, '::1', 'fd00::/8']}").HTTP.TrustedProxies {
		got = append(got, p.String())
	}
	if diff := cmp.Diff([]string{"10.1.2.3/32", "10.0.0.0/8", "::1/128", "fd00::/8"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if one := parse(t, local+"http: {trusted-proxies: 127.0.0.1}").HTTP.TrustedProxies; len(one) != 1 || one[0].String() != "127.0.0.1/32" {
		t.Errorf("one that is no list: %v", one)
	}
}

// A hash opens nothing by itself, but it is not for everybody's eyes.
func TestHashesDoNotPrint(t *testing.T) {
	c := parse(t, local+"http: {users: [{name: u, password-hash: "+hash+"}]}")
	if text := fmt.Sprintf("%+v", c.HTTP); strings.Contains(text, hash) || !strings.Contains(text, "***") {
		t.Errorf("printed as %s", text)
	}
	for _, bad := range []string{"$2a$04$abc", strings.Replace(hash, "$04$", "$31$", 1)} {
		_, err := config.Parse([]byte(local+"http: {users: [{name: u, password-hash: "+bad+"}]}"), "config.yaml", nil)
		if err == nil || strings.Contains(err.Error(), bad) {
			t.Errorf("error %v", err)
		}
	}
}
