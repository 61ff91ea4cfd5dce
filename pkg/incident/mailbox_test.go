package incident

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backmon/backmon/pkg/backup"
)

// mailbox is a group in a world, with what its receiver really knows: from what it
// read, and from nothing else.
type mailbox struct {
	world    *world
	group    Group
	timing   Timing
	subjects []Subject
	taken    time.Time // when the pending notice will be
	last     time.Time // when the last one was written
	knows    map[Subject]*knowledge
}

// knowledge is what a receiver was told of a subject.
type knowledge struct {
	content  string
	severity backup.Severity
	muted    bool
}

func (m *mailbox) fail(format string, args ...any) {
	m.world.t.Helper()
	m.world.t.Fatalf("world %d at %v, %s %v %+v: %s", m.world.seed, m.world.now.Sub(night), m.group.Receiver, m.group.By, m.timing,
		fmt.Sprintf(format, args...))
}

func (m *mailbox) see() []Seen {
	var seen []Seen
	for _, s := range m.subjects {
		seen = append(seen, m.world.seen(s, m.group.Receiver))
	}
	m.world.rng.Shuffle(len(seen), func(a, b int) { seen[a], seen[b] = seen[b], seen[a] })
	return seen
}

// wake takes in what was delivered, and writes what is due: often too early, and
// sometimes twice.
func (m *mailbox) wake() {
	w := m.world
	if m.group.Pending != nil && !w.now.Before(m.taken) {
		m.group.Pending, m.group.Delivery = nil, Delivery{}
	}
	for {
		seen := m.see()
		before, told := m.group, maps.Clone(m.group.Told)
		m.group = before.Write(seen, m.timing, w.now)
		if !maps.Equal(before.Told, told) {
			m.fail("the group as it was before has changed")
		}
		if before.Pending != nil {
			if !reflect.DeepEqual(before, m.group) {
				m.fail("written while one is on its way")
			}
			return
		}
		m.check(seen, m.group.Pending)
		if m.group.Pending == nil {
			return
		}
		if again := before.Write(seen, m.timing, w.now); !reflect.DeepEqual(again, m.group) {
			m.fail("two writers differ: %s", cmp.Diff(m.group, again))
		}
		if m.taken = w.now.Add(m.delay()); m.taken.After(w.now) {
			return
		}
		m.group.Pending = nil
	}
}

// delay is how long it takes until a receiver has a notice: it may be down.
func (m *mailbox) delay() time.Duration {
	return []time.Duration{0, 0, 0, time.Second, 2 * time.Minute, 3 * time.Hour}[m.world.rng.IntN(6)]
}

// check compares a notice, or that there is none, with what the oracle expects.
func (m *mailbox) check(seen []Seen, n *Notice) {
	m.mute(seen)
	news := m.news(seen)
	due := m.due(seen, news)
	if due && m.timing.OpenOnly {
		for s, change := range news {
			if change == Closed {
				delete(m.knows, s)
				delete(news, s)
			}
		}
	}
	reminder := len(news) == 0
	if reminder {
		news = m.continuing(seen)
		due = len(news) > 0 && m.repeats()
	}
	if due != (n != nil) {
		m.fail("notice %v, expected one: %v; news %v", n, due, news)
	}
	if n == nil {
		return
	}
	if reminder != (n.Kind == Reminder) {
		m.fail("a %v of %v", n.Kind, news)
	}
	m.read(n, news)
}

// mute notes what silences cover.
func (m *mailbox) mute(seen []Seen) {
	for _, s := range seen {
		if k := m.knows[s.Subject]; k != nil && s.Silenced && text(s) != "" && !k.muted {
			k.muted = true
			m.world.score.silent++
		}
	}
}

func text(s Seen) string { return contentText(s.Open(), s.Flapping, s.State, s.Severity, s.Flags) }

// news is what the receiver doesn't know, or knows otherwise.
func (m *mailbox) news(seen []Seen) map[Subject]Change {
	news := map[Subject]Change{}
	for _, s := range seen {
		k, now := m.knows[s.Subject], text(s)
		switch {
		case now == "" && k != nil:
			news[s.Subject] = Closed
		case now == "" || s.Silenced || s.Inhibited || !s.Routed:
		case k != nil && k.content == now && k.muted && s.Open():
			news[s.Subject] = Continues
		case k != nil && k.content == now:
		case now == "flapping":
			news[s.Subject] = Flaps
		case k == nil:
			news[s.Subject] = Opened
		default:
			news[s.Subject] = Changed
		}
	}
	return news
}

func (m *mailbox) continuing(seen []Seen) map[Subject]Change {
	same := map[Subject]Change{}
	for _, s := range seen {
		k := m.knows[s.Subject]
		if k != nil && !k.muted && s.Open() && !s.Flapping && s.Routed && !s.Silenced && !s.Inhibited {
			same[s.Subject] = Continues
		}
	}
	return same
}

// due reports whether a notice is to be written now.
func (m *mailbox) due(seen []Seen, news map[Subject]Change) bool {
	w := m.world
	if m.timing.Each == 0 && !m.last.IsZero() && w.now.Before(m.last.Add(m.timing.Interval)) {
		return false
	}
	if len(news) == 0 {
		return m.repeats()
	}
	return slices.ContainsFunc(seen, func(s Seen) bool {
		return news[s.Subject] != 0 && !w.now.Before(later(s.ChangedAt, s.FreeSince).Add(m.timing.Wait))
	})
}

// repeats reports whether what is still open is to be told again now.
func (m *mailbox) repeats() bool {
	return m.timing.Repeat > 0 && m.timing.Each == 0 && !m.last.IsZero() && !m.world.now.Before(m.last.Add(max(m.timing.Repeat, m.timing.Interval)))
}

// read learns what a notice says, and looks for anything odd in it.
func (m *mailbox) read(n *Notice, news map[Subject]Change) {
	w := m.world
	if w.ids[n.ID] || n.ID == "" {
		m.fail("the ID %q again", n.ID)
	}
	w.ids[n.ID], m.last = true, w.now
	want := len(news)
	if m.timing.Each > 0 {
		want = min(want, m.timing.Each)
	}
	changes, gone := map[Change]int{}, 0
	for _, item := range n.Items {
		changes[item.Change]++
		if item.Change == Closed && item.Incident.Gone {
			gone++
		}
		m.learn(item, news)
	}
	if len(n.Items) != want || n.Total() != want || !maps.Equal(changes, n.Changes) || n.Gone != gone {
		m.fail("%d items, %v, %d gone, of %v", len(n.Items), n.Changes, n.Gone, news)
	}
	m.checkHead(n)
	w.score.notices++
	w.score.kinds[n.Kind]++
	for change, count := range changes {
		w.score.changes[change] += count
	}
}

func (m *mailbox) learn(item Item, news map[Subject]Change) {
	i := item.Incident
	k := m.knows[i.Subject]
	if item.Change != news[i.Subject] {
		m.fail("%v of %v, expected %v", item.Change, i.Subject, news[i.Subject])
	}
	if told := item.Told; k == nil && told != 0 || k != nil && told != k.severity {
		m.fail("%v was told as %v, but %+v is known", i.Subject, told, k)
	}
	if item.Change == Closed {
		delete(m.knows, i.Subject)
		return
	}
	m.knows[i.Subject] = &knowledge{content: text(Seen{Incident: i}), severity: i.Severity}
}

// checkHead compares what the notice says in all with what the receiver counts.
func (m *mailbox) checkHead(n *Notice) {
	open, severity := 0, backup.SeverityOK
	for _, k := range m.knows {
		if !k.muted {
			open, severity = open+1, max(severity, k.severity)
		}
	}
	if n.Open != open || n.Severity != severity || n.At != m.world.now {
		m.fail("%d open, %v; the receiver counts %d, %v", n.Open, n.Severity, open, severity)
	}
	if resolved := open == 0; resolved != (n.Kind == Resolved) || resolved && n.Changes[Closed] != n.Total() {
		m.fail("%v with %d open and %v", n.Kind, open, n.Changes)
	}
	if sorted := slices.IsSortedFunc(n.Items, func(a, b Item) int {
		if a.Change != b.Change {
			return slices.Index(Changes(), a.Change) - slices.Index(Changes(), b.Change)
		}
		return int(b.Incident.Severity - a.Incident.Severity)
	}); !sorted {
		m.fail("the worst are not first: %+v", n.Items)
	}
}

// settled checks that the receiver knows the truth once nothing happens any more.
func (m *mailbox) settled() {
	if m.group.Pending != nil {
		m.fail("a notice is still on its way")
	}
	for _, s := range m.see() {
		k, now := m.knows[s.Subject], text(s)
		switch {
		case now == "" && k != nil:
			m.fail("%v is over, and known as %+v", s.Subject, k)
		case now != "" && s.Routed && !s.Silenced && !s.Inhibited && (k == nil || k.content != now || k.muted && s.Open()):
			m.fail("%v is %s, and known as %+v", s.Subject, now, k)
		}
		if _, told := m.group.Told[Key(s.Subject)]; told != (k != nil) {
			m.fail("%v: the group has it as told: %v, and the receiver knows %+v", s.Subject, told, k)
		}
	}
	if len(m.group.Told) != len(m.knows) {
		m.fail("%d told, %d known", len(m.group.Told), len(m.knows))
	}
}

// Whatever happens, every receiver is told all that it has to know, once, not before
// its time, and in the end knows how things are.
func TestWorlds(t *testing.T) {
	s := &score{changes: map[Change]int{}, kinds: map[Kind]int{}}
	worlds := uint64(1000)
	if testing.Short() {
		worlds = 300
	}
	for seed := range worlds {
		w := newWorld(t, seed, s)
		w.live()
		w.pass(24*time.Hour + time.Minute) // silences end, receivers come back
		for _, m := range w.boxes {
			if m.group.Pending == nil {
				m.settled()
			}
		}
		w.finish()
	}
	for _, change := range Changes() {
		if s.changes[change] < 100 {
			t.Errorf("only %d incidents %v", s.changes[change], change)
		}
	}
	for _, kind := range []Kind{Problem, Resolved, Reminder} {
		if s.kinds[kind] < 100 {
			t.Errorf("only %d notices of kind %v", s.kinds[kind], kind)
		}
	}
	t.Logf("%d notices %v of %v, %d silenced", s.notices, s.kinds, s.changes, s.silent)
}

// finish ends all subjects, after which nobody may know anything.
func (w *world) finish() {
	for _, s := range w.subjects {
		w.sequence++
		w.incidents[s], _ = w.incidents[s].Apply(saw(w.t, s, w.sequence, w.now, "GONE"))
	}
	w.pass(4 * 24 * time.Hour)
	for _, m := range w.boxes {
		if m.settled(); len(m.knows) > 0 {
			m.fail("known in the end: %v", m.knows)
		}
	}
}
