package guard

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	// remembered is how long a password that was right needs no look at its hash:
	// a page with its parts, or a scrape each minute, must not cost 0.2 s each.
	remembered = 5 * time.Minute
	// patience is how long a login waits for its turn.
	patience = 5 * time.Second
)

// errBusy says that too many passwords are being checked.
var errBusy = errors.New("too many logins at a time; try again")

type digest [sha256.Size]byte

// logins knows the accounts. The time that an answer takes does not tell whether
// there is a user of that name: every wrong login costs the same.
type logins struct {
	key      []byte
	accounts []login
	hashes   [][]byte      // one for each account that has one: what unknown names are checked against
	turns    chan struct{} // bounds how many processors look at hashes

	mu    sync.Mutex
	right map[int]proof // by account: the last password that was right
}

type login struct {
	Account
	name, password digest
}

// proof is a name and password that were right.
type proof struct {
	digest digest
	until  time.Time
}

func newLogins(accounts []Account) (*logins, error) {
	l := &logins{key: make([]byte, sha256.Size), right: map[int]proof{}, turns: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
	if _, err := rand.Read(l.key); err != nil {
		return nil, fmt.Errorf("make a key for logins: %w", err)
	}
	for _, a := range accounts {
		l.accounts = append(l.accounts, login{a, l.digest(a.Name), l.digest(a.Password)})
		if a.Hash == "" {
			continue
		}
		decoy, err := l.decoy(a.Hash)
		if err != nil {
			return nil, fmt.Errorf("the hash of user %q: %w", a.Name, err)
		}
		l.hashes = append(l.hashes, decoy)
	}
	return l, nil
}

// decoy makes the hash of a password that nobody has, as costly as the given one.
func (l *logins) decoy(hash string) ([]byte, error) {
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil {
		return nil, err
	}
	return bcrypt.GenerateFromPassword([]byte(rand.Text()), cost)
}

// digest is a keyed hash: of equal length for all texts, and of no use to those
// who may read the memory later.
func (l *logins) digest(texts ...string) (d digest) {
	mac := hmac.New(sha256.New, l.key)
	for _, text := range texts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text)))) // "ab", "c" is not "a", "bc"
		mac.Write([]byte(text))
	}
	mac.Sum(d[:0])
	return d
}

// find returns the account of that name, or -1. It looks at all of them.
func (l *logins) find(name string) int {
	wanted, found := l.digest(name), -1
	for i := range l.accounts {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(wanted[:], l.accounts[i].name[:]), i, found)
	}
	return found
}

// recall reports whether name and password were right a short time ago.
func (l *logins) recall(name, password string, now time.Time) (Identity, bool) {
	given, i := l.digest(name, password), l.find(name)
	l.mu.Lock()
	known := l.right[i]
	l.mu.Unlock()
	if subtle.ConstantTimeCompare(given[:], known.digest[:]) != 1 || !now.Before(known.until) {
		return Identity{}, false
	}
	return l.accounts[i].identity(), true
}

// check reports whether name and password are right. The error is errBusy, or that
// of ctx.
func (l *logins) check(ctx context.Context, name, password string, now time.Time) (Identity, bool, error) {
	i := l.find(name)
	right := l.checkPlain(i, password)
	if len(l.hashes) > 0 {
		hashed, err := l.checkHash(ctx, i, name, password)
		if err != nil {
			return Identity{}, false, err
		}
		right |= hashed
	}
	if right != 1 {
		return Identity{}, false, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.right[i] = proof{l.digest(name, password), now.Add(remembered)}
	return l.accounts[i].identity(), true, nil
}

func (l *logins) checkPlain(i int, password string) int {
	given := l.digest(password)
	if i < 0 || l.accounts[i].Hash != "" {
		return 0
	}
	return subtle.ConstantTimeCompare(given[:], l.accounts[i].password[:])
}

// checkHash looks at one hash whatever the name: where the account has none, or
// there is no account, at one that no password fits.
func (l *logins) checkHash(ctx context.Context, i int, name, password string) (int, error) {
	if err := l.takeTurn(ctx); err != nil {
		return 0, err
	}
	defer func() { <-l.turns }()
	hash, decoy := l.decoyOf(name), true
	if i >= 0 && l.accounts[i].Hash != "" {
		hash, decoy = []byte(l.accounts[i].Hash), false
	}
	fits := bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil
	if !fits || decoy || len(password) > maxPassword { // it looks at the first bytes only
		return 0, nil
	}
	return 1, nil
}

// decoyOf chooses by name, so that a name costs the same each time.
func (l *logins) decoyOf(name string) []byte {
	d := l.digest(name)
	return l.hashes[binary.BigEndian.Uint64(d[:])%uint64(len(l.hashes))]
}

func (l *logins) takeTurn(ctx context.Context) error {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case l.turns <- struct{}{}:
		return nil
	case <-timeout.C:
		return errBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a login) identity() Identity { return Identity{Name: a.Name, Role: a.Role} }
