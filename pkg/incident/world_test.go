package incident

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// world is series on disks that come and go, people who silence, and receivers that
// are slow: all at random. Whoever sends notices in it does as a service would.
type world struct {
	t         *testing.T
	seed      uint64
	rng       *rand.Rand
	now       time.Time
	sequence  uint64
	subjects  []Subject
	incidents map[Subject]Incident
	old       map[Subject][]Observation
	silences  []Silence
	routes    []Route
	names     []string // of the receivers
	boxes     []*mailbox
	ids       map[string]bool
	waits     bool // what is free again is not told at once
	score     *score
}

// score counts what the worlds have seen, as a proof that something happens there.
type score struct {
	notices, silent int
	changes         map[Change]int
	kinds           map[Kind]int
}

func newWorld(t *testing.T, seed uint64, s *score) *world {
	rng := rand.New(rand.NewPCG(seed, 2))
	w := &world{
		t: t, seed: seed, rng: rng, now: night, incidents: map[Subject]Incident{}, old: map[Subject][]Observation{},
		ids: map[string]bool{}, waits: rng.IntN(2) == 0, score: s,
	}
	for disk := range 1 + rng.IntN(2) {
		on := Subject{Environment: "prod", Disk: fmt.Sprint("d", disk)}
		w.subjects = append(w.subjects, on)
		for group := range 1 + rng.IntN(4) {
			series := on
			series.Directory, series.File, series.Group = fmt.Sprint("dir", group%2), "f", fmt.Sprint("g", group)
			w.subjects = append(w.subjects, series)
		}
	}
	for n := range 1 + rng.IntN(3) {
		w.names = append(w.names, fmt.Sprint("r", n))
		w.addBoxes(w.names[n])
	}
	w.reroute()
	return w
}

// addBoxes gives a receiver its habits, and a mailbox for each of its groups.
func (w *world) addBoxes(receiver string) {
	rng := w.rng
	timing := Timing{
		Wait:     []time.Duration{0, 30 * time.Second, 5 * time.Minute}[rng.IntN(3)],
		Interval: []time.Duration{0, time.Minute, 5 * time.Minute, time.Hour}[rng.IntN(4)],
		Repeat:   []time.Duration{0, 2 * time.Hour, 12 * time.Hour}[rng.IntN(3)],
		Each:     []int{0, 0, 1, 3}[rng.IntN(4)],
		OpenOnly: rng.IntN(4) == 0,
	}
	level := rng.IntN(3)
	for _, s := range w.subjects {
		by := map[string]string{}
		if level > 0 {
			by["disk"] = s.Disk
		}
		if level > 1 {
			by["directory"] = s.Directory
		}
		g := Group{Receiver: receiver, By: by}
		at := slices.IndexFunc(w.boxes, func(m *mailbox) bool { return m.group.ID() == g.ID() })
		if at < 0 {
			at = len(w.boxes)
			w.boxes = append(w.boxes, &mailbox{world: w, group: g, timing: timing, knows: map[Subject]*knowledge{}})
		}
		w.boxes[at].subjects = append(w.boxes[at].subjects, s)
	}
}

// reroute makes up other routes: who is told depends on disk, severity and state.
func (w *world) reroute() {
	rng := w.rng
	w.routes = nil
	for range rng.IntN(4) {
		r := Route{Continue: rng.IntN(2) == 0}
		switch rng.IntN(4) {
		case 0:
			r.Match.Disks = []string{"d0"}
		case 1:
			r.Match.Severities = []backup.Severity{backup.SeverityCritical, backup.SeverityUnknown}
		case 2:
			r.Match.States = []backup.State{backup.Late, backup.OK}
		}
		for range rng.IntN(3) {
			r.Receivers = append(r.Receivers, w.names[rng.IntN(len(w.names))])
		}
		w.routes = append(w.routes, r)
	}
}

// live does a few things, with some time between them.
func (w *world) live() {
	for range 10 + w.rng.IntN(50) {
		switch n := w.rng.IntN(20); {
		case n < 12:
			w.judge(w.subjects[w.rng.IntN(len(w.subjects))])
		case n < 14:
			for _, s := range w.subjects { // a disk is evaluated
				w.judge(s)
			}
		case n < 16:
			w.repeat(w.subjects[w.rng.IntN(len(w.subjects))])
		case n < 18:
			w.silence()
		case n < 19 && len(w.silences) > 0:
			w.silences = slices.Delete(w.silences, 0, 1)
		case n < 20 && w.rng.IntN(3) == 0:
			w.reroute()
		}
		w.pass(time.Duration(w.rng.Int64N(int64([]time.Duration{1, time.Minute, 10 * time.Minute, 3 * time.Hour}[w.rng.IntN(4)]))))
	}
}

// judge makes a new status of a subject.
func (w *world) judge(s Subject) {
	w.sequence++
	o := saw(w.t, s, w.sequence, w.now, manyStates[w.rng.IntN(len(manyStates))])
	o.Unseen = OfDisk(s) && o.State == backup.Unknown
	w.old[s] = append(w.old[s], o)
	w.incidents[s], _ = w.incidents[s].Apply(o)
}

// repeat delivers an old status of an incident that there was.
func (w *world) repeat(s Subject) {
	i := w.incidents[s]
	if i.OpenedAt.IsZero() {
		return
	}
	again, changed := i.Apply(w.old[s][w.rng.IntN(len(w.old[s]))])
	if changed {
		w.t.Fatalf("world %d: %v changed by what was seen before", w.seed, s)
	}
	w.incidents[s] = again
}

func (w *world) silence() {
	since := w.now.Add(time.Duration(w.rng.IntN(3)-1) * time.Minute)
	s := Silence{Since: since, Until: since.Add(time.Duration(1+w.rng.IntN(300)) * time.Minute)}
	switch w.rng.IntN(4) {
	case 0:
		s.Match.Disks = []string{"d0"}
	case 1:
		s.Match.Groups = []string{"g0", "g1"}
	case 2:
		s.Match.States = []backup.State{backup.Late}
	}
	w.silences = append(w.silences, s)
}

// pass lets time go by, and wakes whoever has something to do.
func (w *world) pass(after time.Duration) {
	until := w.now.Add(after)
	for wakes := 0; ; wakes++ {
		for _, m := range w.boxes {
			m.wake()
		}
		next := w.next()
		if next.IsZero() || next.After(until) {
			break
		}
		if !next.After(w.now) || wakes > 2000 {
			w.t.Fatalf("world %d: no peace at %v", w.seed, w.now)
		}
		w.now = next
	}
	w.now = until
}

// next is when something happens by itself.
func (w *world) next() time.Time {
	var next time.Time
	consider := func(at time.Time) {
		if at.After(w.now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, m := range w.boxes {
		if m.group.Pending != nil {
			consider(m.taken)
			continue
		}
		if due := m.group.Due(m.see(), m.timing, w.now); !due.IsZero() {
			if !due.After(w.now) {
				w.t.Fatalf("world %d: group %v is due since %v, and nothing comes of it", w.seed, m.group.By, due)
			}
			consider(due)
		}
	}
	for _, s := range w.silences {
		consider(s.Since)
		consider(s.Until)
	}
	return next
}

// seen is what a service makes of an incident for a receiver.
func (w *world) seen(s Subject, receiver string) Seen {
	i := w.incidents[s]
	i.Subject = s
	disk := w.incidents[DiskOf(s)]
	seen := Seen{Incident: i, Routed: slices.Contains(Receivers(w.routes, w.names, i), receiver), Inhibited: Inhibits(disk, i)}
	for _, silence := range w.silences {
		seen.Silenced = seen.Silenced || silence.Covers(i, w.now)
		if w.waits && !silence.Until.After(w.now) && silence.Match.Covers(i) {
			seen.FreeSince = later(seen.FreeSince, silence.Until)
		}
	}
	if w.waits && disk.Unseen && !disk.Open() {
		seen.FreeSince = later(seen.FreeSince, disk.ClosedAt)
	}
	return seen
}
