package incident

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
)

var manyStates = []string{
	"OK", "OK", "OK", "OK", "DUE", "LATE", "LATE", "MISSING", "UNKNOWN", "PENDING", "OK SLOW", "DUE SLOW", "OK EMPTY", "OK SHRUNK,SLOW", "GONE",
}

// Statuses come late, again and in any order. Only those that are newer than all
// before them count, and the incident is what a plain look at these says.
func TestApplyInAnyOrder(t *testing.T) {
	windows := map[string]func(time.Time) time.Time{
		"":          func(at time.Time) time.Time { return at.Add(-24 * time.Hour) },
		"0 * * * *": func(at time.Time) time.Time { return at.Truncate(time.Hour).Add(-19 * time.Hour) },
		"0 0 * * *": func(at time.Time) time.Time { return at.Truncate(24 * time.Hour).Add(-19 * 24 * time.Hour) },
	}
	flapped, ended := 0, 0
	for seed := range uint64(1000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		schedule := []string{"", "", "", "0 * * * *", "0 0 * * *"}[rng.IntN(5)]
		stream := randomStream(t, rng, schedule)
		var i Incident
		r := replay{window: windows[schedule]}
		for _, n := range deliveries(rng, len(stream)) {
			if o := stream[n]; o.Sequence > i.Sequence {
				if len(r.accepted) > 0 || o.bad() {
					r.accepted = append(r.accepted, o)
				}
			}
			was := i.Flapping
			var changed bool
			before := i
			i, changed = i.Apply(stream[n])
			if !changed && describe(before) != describe(i) {
				t.Fatalf("world %d: %s became %s without a change", seed, describe(before), describe(i))
			}
			if i.Flapping && !was {
				flapped++
			}
			if was && !i.Flapping {
				ended++
			}
			if diff := cmp.Diff(r.look(), plain(i)); diff != "" {
				t.Fatalf("world %d, after %d:\n%s", seed, stream[n].Sequence, diff)
			}
		}
	}
	if flapped < 100 || ended < 50 {
		t.Errorf("the worlds are too calm: flapping began %d times and ended %d times", flapped, ended)
	}
}

// randomStream is what is published of one series, oldest first.
func randomStream(t *testing.T, rng *rand.Rand, schedule string) []Observation {
	step := []time.Duration{time.Second, time.Minute, time.Hour, 5 * time.Hour, 30 * time.Hour}[rng.IntN(5)]
	at := night
	stream := make([]Observation, 5+rng.IntN(40))
	for n := range stream {
		at = at.Add(time.Duration(rng.Int64N(int64(2 * step))))
		stream[n] = saw(t, dumps("a"), uint64(n)*uint64(1+rng.IntN(2))+uint64(n)+1, at, manyStates[rng.IntN(len(manyStates))])
		stream[n].Facts.Schedule, stream[n].Facts.Timezone = schedule, "UTC"
	}
	for n := 1; n < len(stream); n++ {
		stream[n].Sequence = max(stream[n].Sequence, stream[n-1].Sequence+1)
	}
	return stream
}

// deliveries are places in a stream: each at least once, most of them in order.
func deliveries(rng *rand.Rand, length int) []int {
	var order []int
	for n := range length {
		order = append(order, n)
		for rng.IntN(3) == 0 {
			order = append(order, rng.IntN(n+1))
		}
	}
	for range rng.IntN(4) {
		a, b := rng.IntN(len(order)), rng.IntN(len(order))
		order[a], order[b] = order[b], order[a]
	}
	return order
}

// replay is the oracle: it remembers all, and begins anew each time it is asked.
type replay struct {
	accepted []Observation
	window   func(time.Time) time.Time
}

// facts are what the oracle and an incident have in common.
type facts struct {
	What                    string
	Opened, Changed, Closed time.Time
	Worst                   backup.Severity
	Sequence                uint64
}

func plain(i Incident) facts {
	if i.OpenedAt.IsZero() {
		return facts{What: "none"}
	}
	return facts{describe(i), i.OpenedAt, i.ChangedAt, i.ClosedAt, i.Worst, i.Sequence}
}

func (r replay) look() facts {
	f := facts{What: "none"}
	var turns []time.Time
	var open, flapping, gone bool
	var state backup.State
	var severity backup.Severity
	var flags []string
	var told string
	for _, o := range r.accepted {
		bad := o.State != backup.Gone && o.Severity > backup.SeverityOK
		gone = o.State == backup.Gone
		switch {
		case bad:
			if !open {
				open, f.Opened, f.Closed, f.Worst = true, o.At, time.Time{}, 0
				if o.State != backup.Unknown {
					turns = append(turns, o.At)
				}
			}
			state, severity, flags, f.Worst = o.State, o.Severity, o.Flags, max(f.Worst, o.Severity)
		case open && o.State != backup.Due:
			open, f.Closed = false, o.At
			if state != backup.Unknown {
				turns = append(turns, o.At)
			}
		}
		flapping = flaps(turns, r.window(o.At), flapping) && !gone
		if now := contentText(open, flapping, state, severity, flags); now != told {
			told, f.Changed = now, o.At
		}
		f.Sequence = o.Sequence
	}
	if len(r.accepted) == 0 {
		return f
	}
	f.What = describe(Incident{OpenedAt: f.Opened, ClosedAt: f.Closed, State: state, Severity: severity, Flags: flags, Flapping: flapping, Gone: gone})
	return f
}

func flaps(turns []time.Time, since time.Time, was bool) bool {
	count := 0
	for _, turn := range turns {
		if !turn.Before(since) {
			count++
		}
	}
	return count >= 4 || count == 3 && was
}

// contentText is what there is to tell, in words; empty when there is nothing.
func contentText(open, flapping bool, state backup.State, severity backup.Severity, flags []string) string {
	switch {
	case flapping:
		return "flapping"
	case !open:
		return ""
	}
	name := state.String()
	if state == backup.Due || state == backup.Pending {
		name = "OK"
	}
	return fmt.Sprint(name, severity, strings.Join(flags, "+"))
}
