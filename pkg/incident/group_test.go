package incident

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each case is a story, and the notices that come of it with their times.
func TestNotices(t *testing.T) {
	cases := []struct{ name, story, want string }{
		// once, and once when it is over
		{"nothing is wrong", "a OK; b DUE; c PENDING; 100h", ""},
		{"late, and well again", "a LATE; 1h; a OK; 1h", "30s problem: opened a; 1 open, warning | 1h0m30s resolved: closed a; 0 open, ok"},
		{"told once, however often it is seen", "a LATE; 1h; a LATE; 1h; a LATE; 1h", "30s problem: opened a; 1 open, warning"},
		{"worse", "a LATE; 1h; a MISSING; 1h", "30s problem: opened a; 1 open, warning | 1h0m30s problem: changed a; 1 open, critical"},
		{"better, but not well", "a MISSING; 1h; a LATE; 1h", "30s problem: opened a; 1 open, critical | 1h0m30s problem: changed a; 1 open, warning"},
		{"a slot comes", "a OK SLOW; 1h; a DUE SLOW; 1h; a OK SLOW; 1h", "30s problem: opened a; 1 open, warning"},
		{"its subject ends", "a MISSING; 1h; a GONE; 1h", "30s problem: opened a; 1 open, critical | 1h0m30s resolved: closed a; 0 open, ok"},
		{"over before it was told", "a LATE; 20s; a OK; 100h", ""},
		{"changed before it was told", "a LATE; 20s; a MISSING; 1h", "50s problem: opened a; 1 open, critical"},
		{"away and back within the wait", "a LATE; 1h; a OK; 20s; a LATE; 1h", "30s problem: opened a; 1 open, warning"},
		{"another change and back", "a LATE; 1h; a MISSING; 20s; a LATE; 1h", "30s problem: opened a; 1 open, warning"},
		{
			"a new episode", "a LATE; 1h; a OK; 1h; a LATE; 1h",
			"30s problem: opened a; 1 open, warning | 1h0m30s resolved: closed a; 0 open, ok | 2h0m30s problem: opened a; 1 open, warning",
		},

		// what belongs together
		{"together", "a LATE; 10s; b MISSING; 10s; c LATE; 1h", "30s problem: opened b a c; 3 open, critical"},
		{"the second follows after the interval", "a LATE; 1m; b LATE; 1h", "30s problem: opened a; 1 open, warning | 5m30s problem: opened b; 2 open, warning"},
		{
			"the second after the interval, but not before the wait", "a LATE; 5m20s; b LATE; 1h",
			"30s problem: opened a; 1 open, warning | 5m50s problem: opened b; 2 open, warning",
		},
		{"a second that was over by then", "a LATE; 1m; b LATE; 1m; b OK; 1h", "30s problem: opened a; 1 open, warning"},
		{
			"one is over, another opens", "a LATE; 1h; a OK; b MISSING; 1h",
			"30s problem: opened a; 1 open, warning | 1h0m30s problem: opened b, closed a; 1 open, critical",
		},
		{
			"one of two is over", "a MISSING; b LATE; 1h; a OK; 1h",
			"30s problem: opened a b; 2 open, critical | 1h0m30s problem: closed a; 1 open, warning",
		},
		{
			"both are over, one after the other", "a LATE; b LATE; 1h; a OK; 10s; b OK; 1h",
			"30s problem: opened a b; 2 open, warning | 1h0m30s resolved: closed a b; 0 open, ok",
		},
		{
			"by change, the worst first", "b LATE; d MISSING; 1h; a LATE; c MISSING; b MISSING; d OK; 1h",
			"30s problem: opened d b; 2 open, critical | 1h0m30s problem: opened c a, changed b, closed d; 3 open, critical",
		},

		// again
		{"repeated", "a LATE; 49h", "30s problem: opened a; 1 open, warning | 24h0m30s reminder: continues a; 1 open, warning | " +
			"48h0m30s reminder: continues a; 1 open, warning"},
		{
			"repeated from the last notice on", "a LATE; 10h; b LATE; 25h",
			"30s problem: opened a; 1 open, warning | 10h0m30s problem: opened b; 2 open, warning | 34h0m30s reminder: continues a b; 2 open, warning",
		},
		{
			"not repeated when it is over", "a LATE; b LATE; 1h; a OK; 25h",
			"30s problem: opened a b; 2 open, warning | 1h0m30s problem: closed a; 1 open, warning | 25h0m30s reminder: continues b; 1 open, warning",
		},
		{
			"no reminder of the silenced", "a LATE; b LATE; 1h; silence a; 24h",
			"30s problem: opened a b; 2 open, warning | 24h0m30s reminder: continues b; 1 open, warning",
		},
		{"no reminder to whom no route leads any more", "a LATE; 1h; unroute a; 100h", "30s problem: opened a; 1 open, warning"},
		{"no reminder of a series of a disk that is the news", "a LATE; 1h; inhibit a; 100h", "30s problem: opened a; 1 open, warning"},

		// silences
		{"silenced from the beginning", "silence a; a LATE; 100h", ""},
		{"silenced before it was told", "a LATE; 20s; silence a; 100h", ""},
		{"the silence ends", "silence a; a LATE; 1h; unsilence a; 1h", "1h0m0s problem: opened a; 1 open, warning"},
		{
			"told, silenced, and still bad after it", "a LATE; 1h; silence a; 30h; unsilence a; 1h",
			"30s problem: opened a; 1 open, warning | 31h0m0s problem: continues a; 1 open, warning",
		},
		{
			"told, silenced, and worse after it", "a LATE; 1h; silence a; 1h; a MISSING; 1h; unsilence a; 1h",
			"30s problem: opened a; 1 open, warning | 3h0m0s problem: changed a; 1 open, critical",
		},
		{
			"told, silenced and over meanwhile", "a LATE; 1h; silence a; 1h; a OK; 1h; unsilence a; 1h",
			"30s problem: opened a; 1 open, warning | 2h0m30s resolved: closed a; 0 open, ok",
		},
		{
			"told, silenced, over and bad again", "a LATE; 1h; silence a; 1h; a OK; 1h; a LATE; 1h; unsilence a; 1h",
			"30s problem: opened a; 1 open, warning | 2h0m30s resolved: closed a; 0 open, ok | 4h0m0s problem: opened a; 1 open, warning",
		},
		{
			"silenced twice", "a LATE; 1h; silence a; 1h; unsilence a; 1h; silence a; 1h; unsilence a; 1h",
			"30s problem: opened a; 1 open, warning | 2h0m0s problem: continues a; 1 open, warning | 4h0m0s problem: continues a; 1 open, warning",
		},
		{
			"the silenced is none of the open ones", "a MISSING; b LATE; 1h; silence a; 1h; b OK; 1h",
			"30s problem: opened a b; 2 open, critical | 2h0m30s resolved: closed b; 0 open, ok",
		},
		{
			"a silence hurries nothing", "a LATE; 1m; b LATE; 1m; silence a; 1h",
			"30s problem: opened a; 1 open, warning | 5m30s problem: opened b; 1 open, warning",
		},
		{
			"reminded after a silence", "a LATE; 1h; silence a; 1h; unsilence a; 25h",
			"30s problem: opened a; 1 open, warning | 2h0m0s problem: continues a; 1 open, warning | 26h0m0s reminder: continues a; 1 open, warning",
		},

		// routes and inhibition
		{"no route", "unroute a; a LATE; 100h", ""},
		{"a route comes", "unroute a; a LATE; 1h; route a; 1h", "1h0m0s problem: opened a; 1 open, warning"},
		{
			"the route goes: who knows hears the end", "a LATE; 1h; unroute a; a MISSING; 1h; a OK; 1h",
			"30s problem: opened a; 1 open, warning | 2h0m30s resolved: closed a; 0 open, ok",
		},
		{"the route goes and comes", "a LATE; 1h; unroute a; 1h; route a; 1h", "30s problem: opened a; 1 open, warning"},
		{"the disk is the news", "inhibit a; a UNKNOWN; 100h", ""},
		{"the disk is back, and so is the series", "inhibit a; a UNKNOWN; 1h; free a; 20s; a OK; 100h", ""},
		{"the disk is back, but not the series", "inhibit a; a UNKNOWN; 1h; free a; 1h", "1h0m30s problem: opened a; 1 open, unknown"},
		{"the disk is back, and it is bad as before", "a LATE; 1h; a UNKNOWN; inhibit a; 10h; a LATE; free a; 1h", "30s problem: opened a; 1 open, warning"},
		{
			"the series ends with its disk away", "a LATE; 1h; a UNKNOWN; inhibit a; 1h; a GONE; 1h",
			"30s problem: opened a; 1 open, warning | 2h0m30s resolved: closed a; 0 open, ok",
		},

		// flapping
		{
			"flapping is told once", "a LATE; 1h; a OK; 1h; a LATE; 1h; a OK; 1h; a LATE; 1h; a MISSING; 1h; a OK; 10h",
			"30s problem: opened a; 1 open, warning | 1h0m30s resolved: closed a; 0 open, ok | 2h0m30s problem: opened a; 1 open, warning | " +
				"3h0m30s problem: flapping a; 1 open, warning",
		},
		{"flapping faster than anybody is told", "a LATE; 1s; a OK; 1s; a LATE; 1s; a OK; 1h", "33s problem: flapping a; 1 open, warning"},
		{"no reminder of what flaps", "a LATE; 1s; a OK; 1s; a LATE; 1s; a OK; 1s; a LATE; 100h", "33s problem: flapping a; 1 open, warning"},
		{
			"turns don't put it off", "a LATE; 10s; a OK; 10s; a LATE; 10s; a OK; 10s; a LATE; 10s; a OK; 10s; a LATE; 10s; a OK; 1h",
			"1m0s problem: flapping a; 1 open, warning",
		},
		{
			"calm and well", "a LATE; 1s; a OK; 1s; a LATE; 1s; a OK; 30h; a OK; 1h",
			"33s problem: flapping a; 1 open, warning | 30h0m33s resolved: closed a; 0 open, ok",
		},
		{
			"calm and bad", "a LATE; 1s; a OK; 1s; a LATE; 1s; a OK; 1h; a LATE; 30h; a LATE; 1h",
			"33s problem: flapping a; 1 open, warning | 31h0m33s problem: changed a; 1 open, warning",
		},
		{
			"it flaps and ends", "a LATE; 1s; a OK; 1s; a LATE; 1s; a OK; 1h; a GONE; 1h",
			"33s problem: flapping a; 1 open, warning | 1h0m33s resolved: closed a; 0 open, ok",
		},
		{"silenced while it flaps", "silence a; a LATE; 1s; a OK; 1s; a LATE; 1s; a OK; 1h; unsilence a; 1h", "1h0m3s problem: flapping a; 1 open, warning"},
		{
			"silenced since it flaps, and bad after it", "a LATE; 1s; a OK; 1s; a LATE; 1s; a OK; 1h; silence a; 1h; a LATE; 1h; unsilence a; 1h",
			"33s problem: flapping a; 1 open, warning | 3h0m3s problem: continues a; 1 open, warning",
		},
		{
			"silenced since it flaps, and well after it", "a LATE; 1s; a OK; 1s; a LATE; 1s; a OK; 1h; silence a; 1h; unsilence a; 10h",
			"33s problem: flapping a; 1 open, warning",
		},

		// the receiver
		{"down while nothing happens", "down; 10h; up; 1h", ""},
		{
			"down: one is on its way, and the rest comes after it", "down; a LATE; 1h; b LATE; 1h; up; 1h",
			"30s problem: opened a; 1 open, warning | 2h0m0s problem: opened b; 2 open, warning",
		},
		{
			"down from beginning to end", "down; a LATE; 1h; a OK; 1h; up; 1h",
			"30s problem: opened a; 1 open, warning | 2h0m0s resolved: closed a; 0 open, ok",
		},
		{"down while another comes and goes", "down; a LATE; 1h; b LATE; 1h; b OK; 1h; up; 1h", "30s problem: opened a; 1 open, warning"},
		{"down while a silence comes and goes", "down; a LATE; 1h; silence a; 1h; unsilence a; 1h; up; 1h", "30s problem: opened a; 1 open, warning"},
		{
			"down for longer than the repeat interval", "down; a LATE; 30h; up; 1h",
			"30s problem: opened a; 1 open, warning | 30h0m0s reminder: continues a; 1 open, warning",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, standard)
			d.tell(c.story)
			want := strings.Split(c.want, " | ")
			if c.want == "" {
				want = nil
			}
			if diff := cmp.Diff(want, d.log); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestForget(t *testing.T) {
	before := Group{Told: map[uint64]Told{Key(dumps("a")): {Content: 1}, Key(dumps("b")): {Content: 2}}}
	after := before.Forget(dumps("a"))
	if after.Knows(dumps("a")) || !after.Knows(dumps("b")) || !before.Knows(dumps("a")) {
		t.Errorf("%v became %v", before.Told, after.Told)
	}
	if after.Same(before) || !after.Forget(dumps("c")).Same(after) {
		t.Error("the same and another are taken for each other")
	}
}
