package guard_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/backmon/backmon/services/gateway/guard"
)

// address makes addresses that differ.
func address(i int) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(i))
	return netip.AddrFrom4(b)
}

// However many clients try, memory is bounded, and the worst one is not forgotten.
func TestThrottleIsBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	throttle := guard.NewThrottle()
	worst := address(1 << 30)
	for range 10 {
		throttle.Take(worst, now)
	}
	for i := range 3 * guard.MaxClients {
		if !throttle.Take(address(i), now) {
			t.Fatalf("client %d has done nothing yet", i)
		}
		if throttle.Len() > guard.MaxClients {
			t.Fatalf("%d clients are remembered", throttle.Len())
		}
	}
	if throttle.Take(worst, now) {
		t.Error("the worst client was forgotten")
	}
	for i := 1 << 28; throttle.Len() < guard.MaxClients; i++ {
		throttle.Take(address(i), now)
	}
	throttle.Take(address(1<<29), now.Add(time.Hour))
	if throttle.Len() != 1 {
		t.Errorf("%d clients are remembered an hour later, want only the new one", throttle.Len())
	}
}
