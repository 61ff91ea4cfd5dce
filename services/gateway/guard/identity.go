package guard

import (
	"context"
	"net/netip"
)

// Role says what somebody may do.
type Role int

// The roles. A reader may look at everything and fetch files, an operator may also
// ask for evaluations and put holds and silences.
const (
	Reader Role = iota
	Operator
)

// String returns the role's name, as the configuration has it.
func (r Role) String() string {
	if r == Operator {
		return "operator"
	}
	return "reader"
}

// Identity is who makes a request.
type Identity struct {
	// Name is the user's; empty where no user is configured or asked for.
	Name string
	Role Role
}

// MayWrite reports whether more than reading is allowed.
func (i Identity) MayWrite() bool { return i.Role >= Operator }

// identityKey is the key of the Identity in a request's context.
type identityKey struct{}

// User returns who makes the request of this context: a nameless reader where
// nobody has logged in.
func User(ctx context.Context) Identity {
	i, _ := ctx.Value(identityKey{}).(Identity)
	return i
}

// WithUser returns a context for a request of that user.
func WithUser(ctx context.Context, user Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, user)
}

// clientKey is the key of the client's address in a request's context.
type clientKey struct{}

// Client returns where the request of this context comes from, as far as trusted
// proxies tell. It is invalid where the connection has no such address.
func Client(ctx context.Context) netip.Addr {
	from, _ := ctx.Value(clientKey{}).(netip.Addr)
	return from
}

func withClient(ctx context.Context, from netip.Addr) context.Context {
	return context.WithValue(ctx, clientKey{}, from)
}
