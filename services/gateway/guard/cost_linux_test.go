package guard_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/backmon/backmon/services/gateway/guard"
)

// spent is the time that a processor has spent on this thread.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var clock unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &clock); err != nil {
		t.Fatal(err)
	}
	return time.Duration(clock.Nano())
}

// The time that a wrong login takes tells nothing: not whether there is such a user,
// nor how the password is kept.
func TestWrongLoginsCostTheSame(t *testing.T) {
	costly, err := guard.Hash("secret", 7)
	if err != nil {
		t.Fatal(err)
	}
	h := protect(t, guard.Config{Accounts: []guard.Account{{Name: "hashed", Hash: costly}, {Name: "plain", Password: "secret"}}})
	clients := 0
	runtime.LockOSThread() // whose time is measured: not that of waiting for others
	defer runtime.UnlockOSThread()
	least := func(login string) time.Duration {
		took := time.Hour
		for range 7 {
			clients++
			began := spent(t)
			if w := from(t, h, fmt.Sprintf("192.0.2.%d:1", clients), login); w.Code != 401 {
				t.Fatalf("%s: %d", login, w.Code)
			}
			took = min(took, spent(t)-began)
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
