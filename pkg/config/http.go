package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
)

// HTTP says who may use the API, the page and the metrics, and how they are
// encrypted.
type HTTP struct {
	// Users are those who may log in, with names of their own. Without one
	// everybody may read.
	Users []User
	// AllowAnonymousWrites lets everybody change what operators may, where there is
	// no user.
	AllowAnonymousWrites bool
	// ProtectMetrics asks for a user at /metrics, too.
	ProtectMetrics bool
	// TrustedProxies are the addresses whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	TLS            *ServerTLS // nil: plain HTTP
}

// User may log in by HTTP basic authentication.
type User struct {
	Name string
	// Password or PasswordHash, which is the password's by bcrypt, is set.
	Password, PasswordHash Secret
	Role                   Role
}

// Role says what a user may do.
type Role string

// The roles.
const (
	RoleReader   Role = "reader"   // may look at everything, and fetch files
	RoleOperator Role = "operator" // may also ask for evaluations, and put holds and silences
)

// ServerTLS is the HTTP server's own certificate.
type ServerTLS struct {
	Certificate string // file with the certificate chain in PEM
	Key         string // file with the private key in PEM
	Strict      bool   // TLS 1.3 only; else 1.2 as well
}

const (
	keyBasicAuth       = "basic_auth"
	keyUsers           = "users"
	keyPassword        = "password"
	keyPasswordHash    = "password-hash"
	keyProtectMetrics  = "protect-metrics"
	keyAnonymousWrites = "allow-anonymous-writes"
	keyTrustedProxies  = "trusted-proxies"
)

func (h *HTTP) read(node document.Node) {
	node.Map(backup.Error, keyBasicAuth, keyUsers, keyProtectMetrics, keyAnonymousWrites, keyTrustedProxies, "tls")
	h.readUsers(node)
	h.ProtectMetrics = node.Get(keyProtectMetrics).Bool()
	h.AllowAnonymousWrites = node.Get(keyAnonymousWrites).Bool()
	for _, item := range oneOrMore(node.Get(keyTrustedProxies)) {
		h.TrustedProxies = append(h.TrustedProxies, readNetwork(item))
	}
	h.TLS = readServerTLS(node.Get("tls"))
	h.checkUsers(node)
}

// readUsers reads upstream's one user, who may do everything, and those of the list.
func (h *HTTP) readUsers(node document.Node) {
	if one := node.Get(keyBasicAuth); one.Map(backup.Error, "username", keyPassword, keyPasswordHash) {
		h.addUser(one, one.Get("username"), "username", RoleOperator)
	}
	list := node.Get(keyUsers)
	for _, item := range list.Items() {
		if !item.Map(backup.Error, "name", keyPassword, keyPasswordHash, "role") {
			if !item.Exists() {
				item.Problem(backup.Error, "the user has no name", "")
			}
			continue
		}
		role := RoleReader
		if given := item.Get("role"); given.Exists() {
			role = Role(given.OneOf(backup.Error, string(RoleReader), string(RoleOperator)))
		}
		h.addUser(item, item.Get("name"), "name", role)
	}
}

func (h *HTTP) addUser(user, name document.Node, nameKey string, role Role) {
	u := User{Name: readUserName(name, nameKey), Role: role}
	plain, hash := user.Get(keyPassword), user.Get(keyPasswordHash)
	switch {
	case hash.Exists() && plain.Exists():
		hash.Problem(backup.Error, "both a password and its hash are given", "remove one of the two")
	case hash.Exists():
		u.PasswordHash = readHash(hash)
	default:
		u.Password = Secret(required(plain, keyPassword))
	}
	for _, other := range h.Users {
		if other.Name == u.Name && u.Name != "" {
			name.Problem(backup.Error, fmt.Sprintf("there is a user %q already", name.Source()), "give each a name of their own")
		}
	}
	h.Users = append(h.Users, u)
}

// readUserName reads a name that can be sent: basic authentication ends it at the
// first colon.
func readUserName(node document.Node, key string) string {
	name := required(node, key)
	if strings.ContainsFunc(name, func(r rune) bool { return r == ':' || unicode.IsControl(r) }) {
		node.Problem(backup.Error, fmt.Sprintf("%q can't be a user's name", node.Source()), "leave away colons and control characters")
	}
	return name
}

// bcryptHash is what a hash by bcrypt looks like; what it captures is its cost.
var bcryptHash = regexp.MustCompile(`^\$2[abxy]?\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

// A hash that costs less than bcrypt allows is none, and one that costs more than
// maxHashCost (over a second) would keep the processors busy with logins.
const (
	minHashCost = 4
	maxHashCost = 15
)

// readHash reads a hash. No problem quotes it.
func readHash(node document.Node) Secret {
	text := required(node, keyPasswordHash)
	if text == "" {
		return ""
	}
	const hint = "`backmon hash-password` makes one"
	parts := bcryptHash.FindStringSubmatch(text)
	if parts == nil {
		node.Problem(backup.Error, "not a hash by bcrypt", hint)
		return ""
	}
	if cost, err := strconv.Atoi(parts[1]); err != nil || cost < minHashCost || cost > maxHashCost {
		node.Problem(backup.Error, fmt.Sprintf("the hash's cost %s is not in %d to %d", parts[1], minHashCost, maxHashCost), hint)
	}
	return Secret(text)
}

// checkUsers checks what is said about users against whether there are any.
func (h *HTTP) checkUsers(node document.Node) {
	if list := node.Get(keyUsers); list.IsList() && len(list.Items()) == 0 {
		list.Problem(backup.Error, "there is no user in the list", "name one, or remove the key: then everybody may read")
	}
	switch {
	case len(h.Users) == 0 && h.ProtectMetrics:
		node.Get(keyProtectMetrics).Problem(backup.Error, "there is no user to ask for", "name one under http.users")
	case len(h.Users) > 0 && h.AllowAnonymousWrites:
		node.Get(keyAnonymousWrites).Problem(backup.Error, "where there are users nobody is anonymous", "remove the key, or the users")
	}
}

// readNetwork reads an address, or a network like 10.0.0.0/8.
func readNetwork(node document.Node) netip.Prefix {
	text := required(node, "the address of a proxy")
	if text == "" {
		return netip.Prefix{}
	}
	if address, err := netip.ParseAddr(text); err == nil && address.Zone() == "" {
		return netip.PrefixFrom(address, address.BitLen())
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		node.Problem(backup.Error, fmt.Sprintf("%q is not an address", node.Source()), "write it like 10.1.2.3 or 10.0.0.0/8")
	}
	return network.Masked()
}

func readServerTLS(node document.Node) *ServerTLS {
	if !node.Map(backup.Error, "certificate", "key", "strict") {
		return nil
	}
	return &ServerTLS{
		Certificate: required(node.Get("certificate"), "certificate"),
		Key:         required(node.Get("key"), "key"),
		Strict:      node.Get("strict").Bool(),
	}
}
