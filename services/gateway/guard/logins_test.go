package guard_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/guard"
)

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
