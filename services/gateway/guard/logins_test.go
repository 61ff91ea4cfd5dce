package guard_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/guard"
)

// The time that a wrong login takes tells nothing: not whether there is such a user,
// nor how the password is kept.
func TestWrongLoginsCostTheSame(t *testing.T) {
	costly, err := guard.Hash("secret", 7)
	if err != nil {
		t.Fatal(err)
	}
	h := protect(t, guard.Config{Accounts: []guard.Account{{Name: "hashed", Hash: costly}, {Name: "plain", Password: "secret"}}})
	clients := 0
	// The least of several is what it takes; the rest is waiting for others.
	least := func(login string) time.Duration {
		took := time.Hour
		for range 7 {
			clients++
			began := time.Now()
			if w := from(t, h, fmt.Sprintf("192.0.2.%d:1", clients), login); w.Code != 401 {
				t.Fatalf("%s: %d", login, w.Code)
			}
			took = min(took, time.Since(began))
		}
		return took
	}
	known := least("hashed:no")
	for _, login := range []string{"unknown:no", "plain:no", ":", "hashed:" + strings.Repeat("x", 100)} {
		if took := least(login); took < known/3 || took > known*3 {
			t.Errorf("%s takes %v, a known user %v", login, took, known)
		}
	}
}

// What was right is remembered for five minutes, without a look at the hash; and
// when there are too many logins, others are told so.
func TestRightLoginsAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := guard.New(users(t), zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		h := g.Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		if w := ask(t, h, "GET", "/", "hashed:pass:word"); w.Code != 200 {
			t.Fatalf("the first login: %d", w.Code)
		}
		leave := g.Occupy()
		for range 20 {
			if w := ask(t, h, "GET", "/", "hashed:pass:word"); w.Code != 200 {
				t.Errorf("a remembered login: %d", w.Code)
			}
		}
		for _, login := range []string{"reader:read", "hashed:pass:wore", "eve:pass:word"} {
			if w := ask(t, h, "GET", "/", login); w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "too many logins at a time") {
				t.Errorf("%s while others are looked at: %d %s", login, w.Code, w.Body)
			}
		}
		time.Sleep(5 * time.Minute) //nolint:forbidigo // the bubble's clock
		if w := ask(t, h, "GET", "/", "hashed:pass:word"); w.Code != 503 {
			t.Errorf("five minutes later: %d", w.Code)
		}
		leave()
		if w := ask(t, h, "GET", "/", "hashed:pass:word"); w.Code != 200 {
			t.Errorf("with a turn again: %d", w.Code)
		}
	})
}
