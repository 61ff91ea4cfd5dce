package backup

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// letters writes a strip as one letter a slot: Met, Late, miSsed, Unknown, Open.
func letters(slots []Slot) string {
	var b strings.Builder
	for _, s := range slots {
		b.WriteByte(" MLSUO"[s.Outcome])
	}
	return b.String()
}

// watcher evaluates one rule again and again, as files come and go.
type watcher struct {
	rule    *Rule
	files   []File
	history []Status
}

func (w *watcher) backup(at string, size int64) {
	w.files = append(w.files, file(at, instant(at), size))
}

func (w *watcher) last() []Status {
	if len(w.history) == 0 {
		return nil
	}
	return w.history[len(w.history)-1:]
}

// look evaluates with the files that are there by then.
func (w *watcher) look(t *testing.T, now time.Time) {
	t.Helper()
	there := slices.DeleteFunc(slices.Clone(w.files), func(f File) bool { return f.ModifiedAt.After(now) })
	w.history = append(w.history, only(t, evaluate(oneRuleOf(w.rule), now, w.last(), there...)))
}

// fail is an evaluation that sees nothing.
func (w *watcher) fail(now time.Time) {
	w.history = append(w.history, Blind(w.last(), "unreachable", now)...)
}

// forget lets the oldest files go, as retention does.
func (w *watcher) forget(left int) { w.files = w.files[max(0, len(w.files)-left):] }

// Nightly at 2, grace 1 h, early 15 min. Files are dated in January 2026, as
// "14T02:05"; "0" behind makes one without bytes.
func TestStrip(t *testing.T) {
	for _, c := range []struct {
		name  string
		files string
		// looks are evaluations, "?" those that see nothing, "~" drops all files
		// but the newest.
		looks string
		now   string
		want  string
	}{
		{"nothing is remembered of the time before", "", "14T12:00", "14T12:00", "UUUUU"},
		{"on time", "10T02:05 11T02:05 12T02:59 13T02:00 14T02:01", "14T12:00", "14T12:00", "MMMMM"},
		{"at the deadline is too late", "13T03:00", "14T12:00", "14T12:00", "UUULS"},
		{"late, as late as can be", "10T03:00 12T01:44 13T02:00", "09T12:00 14T12:00", "14T12:00", "LLSMS"},
		{"early fills the slot that comes", "13T01:45 14T01:50", "12T12:00 14T12:00", "14T12:00", "UUUMM"},
		{"one file fills one slot", "13T01:45", "12T12:00 14T12:00", "14T12:00", "UUUMS"},
		{"before the deadline it is open", "13T02:05", "12T12:00 14T02:30", "14T02:59", "UUUMO"},
		{"nobody has looked since the deadline", "13T02:05", "12T12:00 14T02:30", "14T03:00", "UUUMU"},
		{"somebody has", "13T02:05", "12T12:00 14T03:00", "14T03:00", "UUUMS"},
		{"the slot that comes is filled already", "14T02:05 15T01:50", "09T12:00 15T01:52", "15T01:52", "SSSMM"},
		{"a file without bytes fills none", "13T02:05 14T02:05=0", "12T12:00 14T12:00", "14T12:00", "UUUMS"},
		{"the second one makes up for it", "14T02:05=0 14T03:05", "12T12:00 14T12:00", "14T12:00", "UUUSL"},
		{"never seen, never there", "", "11T12:00 12T12:00 13T12:00 14T12:00", "14T12:00", "UUSSS"},
		{"what has gone was there", "10T02:05 11T02:05 12T02:05 13T02:05 14T02:05", "12T12:00 14T12:00 ~14T12:01", "14T12:01", "MMMMM"},
		{"it can't be seen", "10T02:05 11T02:05", "11T12:00 12T01:00? 14T12:00?", "14T12:00", "MMUUU"},
		{"it could not be seen, and no file came", "10T02:05 11T02:05 14T02:05", "09T12:00 11T12:00 12T01:00? 13T12:00? 14T12:00", "14T12:00", "MMSSM"},
		{"it could not be seen, and files came", "10T02:05 11T02:05 12T02:05 13T04:05 14T02:05", "11T12:00 12T01:00? 13T12:00? 14T12:00", "14T12:00", "MMMLM"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &watcher{rule: newRule("%A", byModified, cron("0 2 * * *", "UTC"))}
			for _, f := range strings.Fields(c.files) {
				at, empty := strings.CutSuffix(f, "=0")
				size := int64(1)
				if empty {
					size = 0
				}
				w.backup("2026-01-"+at+":00Z", size)
			}
			for _, l := range strings.Fields(c.looks) {
				at, blind := strings.CutSuffix(l, "?")
				at, drops := strings.CutPrefix(at, "~")
				if drops {
					w.forget(1)
				}
				if now := instant("2026-01-" + at + ":00Z"); blind {
					w.fail(now)
				} else {
					w.look(t, now)
				}
			}
			slots, err := Strip(w.history, instant("2026-01-"+c.now+":00Z"), 5)
			if err != nil {
				t.Fatal(err)
			}
			if got := letters(slots); got != c.want {
				t.Errorf("strip %s, want %s", got, c.want)
			}
			for i, s := range slots {
				if !s.Deadline.Equal(s.At.Add(time.Hour)) || i > 0 && !s.At.After(slots[i-1].At) {
					t.Errorf("slot %d is of %v with deadline %v", i, s.At, s.Deadline)
				}
			}
		})
	}
}

// Around the changes of the clock, by Debian's rule: what is skipped runs right
// after the gap, what repeats runs once; wildcard hours keep real intervals.
func TestStripOverClockChanges(t *testing.T) {
	for _, c := range []struct{ name, expression, zone, files, now, want string }{
		{
			"the clock skips 02:30", "30 2 * * *", "Europe/Berlin",
			"2026-03-28T01:35:00Z 2026-03-29T01:05:00Z 2026-03-30T00:35:00Z", "2026-03-30T12:00:00Z",
			"2026-03-28T01:30 met, 2026-03-29T01:00 met, 2026-03-30T00:30 met",
		},
		{
			"the clock shows 02:30 twice", "30 2 * * *", "Europe/Berlin",
			"2026-10-24T00:35:00Z 2026-10-25T01:35:00Z 2026-10-26T01:35:00Z", "2026-10-26T12:00:00Z",
			"2026-10-24T00:30 met, 2026-10-25T00:30 late, 2026-10-26T01:30 met",
		},
		{
			"every hour goes on", "30 * * * *", "Europe/Berlin",
			"2026-10-25T00:35:00Z 2026-10-25T02:35:00Z", "2026-10-25T02:45:00Z",
			"2026-10-25T00:30 met, 2026-10-25T01:30 missed, 2026-10-25T02:30 met",
		},
		{
			"half an hour is skipped", "15 2 * * *", "Australia/Lord_Howe",
			"2026-10-02T15:46:00Z 2026-10-03T15:31:00Z 2026-10-04T15:16:00Z", "2026-10-04T16:00:00Z",
			"2026-10-02T15:45 met, 2026-10-03T15:30 met, 2026-10-04T15:15 met",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &watcher{rule: newRule("%A", byModified, cron(c.expression, c.zone))}
			w.rule.Grace = 15 * time.Minute
			now := instant(c.now)
			w.look(t, now.Add(-10*Day))
			for _, f := range strings.Fields(c.files) {
				w.backup(f, 1)
			}
			w.look(t, now)
			slots, err := Strip(w.history, now, 3)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range slots {
				got = append(got, s.At.UTC().Format("2006-01-02T15:04")+" "+s.Outcome.String())
			}
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("slots %s\nwant  %s", text, c.want)
			}
		})
	}
}

// While a rule had other times a slot of the new ones is missed only where the
// status counts it.
func TestStripAfterAChangeOfSchedule(t *testing.T) {
	w := &watcher{rule: newRule("%A", byModified, cron("0 2 * * sun", "UTC"))}
	w.backup("2026-01-11T02:05:00Z", 1)
	w.look(t, instant("2026-01-05T00:00:00Z"))
	w.look(t, instant("2026-01-12T00:00:00Z"))
	cron("0 2 * * *", "UTC")(w.rule)
	w.look(t, instant("2026-01-13T00:00:00Z"))
	w.look(t, instant("2026-01-15T12:00:00Z"))
	slots, err := Strip(w.history, instant("2026-01-15T12:00:00Z"), 6)
	if got := letters(slots); err != nil || got != "UMSSSS" {
		t.Errorf("strip %s, %v, want UMSSSS", got, err)
	}
}

// The last status alone tells which slots were missed since the newest good file:
// those that it counts itself, also from before the series was known.
func TestStripOfTheLastStatusAlone(t *testing.T) {
	w := &watcher{rule: newRule("%A", byModified, cron("0 2 * * *", "UTC"))}
	w.history = evaluate(oneRuleOf(w.rule), instant("2026-01-12T12:00:00Z"), []Status{}).Statuses
	w.backup("2026-01-10T02:05:00Z", 1)
	w.look(t, instant("2026-01-14T12:00:00Z"))
	for _, c := range []struct{ now, want string }{
		{"2026-01-14T12:00:00Z", "UMSSSS"},
		{"2026-01-15T02:30:00Z", "MSSSSO"},
		{"2026-01-15T12:00:00Z", "MSSSSU"},
	} {
		slots, err := Strip(w.last(), instant(c.now), 6)
		if got := letters(slots); err != nil || got != c.want {
			t.Errorf("%s: strip %s, %v, want %s", c.now, got, err, c.want)
		}
	}
}

// Where more files came at once than a status lists, their slots are not missed.
func TestStripOfMoreThanAStatusLists(t *testing.T) {
	w := &watcher{rule: newRule("%A", byModified, cron("0 * * * *", "UTC"))}
	start := instant("2026-01-10T00:00:00Z")
	w.look(t, start)
	for i := range 40 {
		w.backup(start.Add(time.Duration(i+1)*time.Hour).Format(time.RFC3339), 1)
	}
	w.look(t, start.Add(40*time.Hour))
	slots, err := Strip(w.history, start.Add(40*time.Hour), 40)
	want := strings.Repeat("U", 10) + strings.Repeat("M", 30)
	if got := letters(slots); err != nil || got != want {
		t.Errorf("strip %s, %v, want %s", got, err, want)
	}
}

func TestStripWithoutSlots(t *testing.T) {
	status := func(schedule, zone string) []Status {
		return []Status{{State: OK, EvaluatedAt: noon, Policy: Policy{Schedule: schedule, Timezone: zone}}}
	}
	for _, c := range []struct {
		name    string
		history []Status
		fails   bool
	}{
		{"no status", nil, false},
		{"no schedule", status("", "UTC"), false},
		{"one that never comes", status("0 0 30 2 *", "UTC"), false},
		{"a zone that this machine lacks", status("0 2 * * *", "Moon/Crater"), true},
		{"a schedule of a newer version", status("at dawn", "UTC"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			slots, err := Strip(c.history, noon, 30)
			if len(slots) != 0 || (err != nil) != c.fails {
				t.Errorf("%v, %v", slots, err)
			}
		})
	}
}

// world plays months of a random rule: backups come early, on time, late, twice,
// empty or not at all; evaluations come when they come and some see nothing; old
// files go.
type world struct {
	watcher
	ticks []time.Time
	// known are the good files that an evaluation has seen; first and seen are
	// when somebody looked first, and when somebody saw.
	known []File
	seen  []time.Time
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	rng := random(seed)
	l := newTimeline(seed)
	w := &world{watcher: watcher{rule: l.rule}}
	w.ticks = []time.Time{l.ticks[0]}
	for range 60 {
		w.ticks = append(w.ticks, w.rule.Schedule.Next(w.ticks[len(w.ticks)-1]))
	}
	var coming []File
	for i, tick := range w.ticks[:60] {
		gap := w.ticks[i+1].Sub(tick)
		for range []int{0, 1, 1, 1, 2}[rng.IntN(5)] {
			at := tick.Add(-w.rule.Early - time.Minute).Add(time.Duration(rng.Int64N(int64(gap)))).Truncate(time.Second)
			coming = append(coming, file(fmt.Sprint(i, at.Unix()), at, int64(min(rng.IntN(6), 1))))
		}
	}
	slices.SortFunc(coming, func(a, b File) int { return a.ModifiedAt.Compare(b.ModifiedAt) })
	now := w.ticks[0].Add(-time.Hour)
	for now.Before(w.ticks[50]) {
		for len(coming) > 0 && !coming[0].ModifiedAt.After(now) {
			w.files, coming = append(w.files, coming[0]), coming[1:]
		}
		w.visit(t, now, rng.IntN(6) == 0 && len(w.history) > 0)
		if rng.IntN(3) == 0 {
			w.forget(4)
		}
		now = now.Add(time.Duration(rng.Int64N(int64(w.ticks[1].Sub(w.ticks[0])) * 2))).Add(time.Second)
	}
	return w
}

func (w *world) visit(t *testing.T, now time.Time, blind bool) {
	t.Helper()
	if blind {
		w.fail(now)
		return
	}
	w.look(t, now)
	w.seen = append(w.seen, now)
	for _, f := range w.files {
		if isGood(w.rule, Dated{File: f}) {
			w.known = append(w.known, f)
		}
	}
}

// fills is the definition's words: the last tick up to the file, or the next one
// if that is near.
func (w *world) fills(f File) time.Time {
	var filled time.Time
	for i, tick := range w.ticks {
		if !tick.After(f.ModifiedAt) {
			filled = tick
			if next := i + 1; next < len(w.ticks) && w.ticks[next].After(f.ModifiedAt) && w.ticks[next].Sub(f.ModifiedAt) <= w.rule.Early {
				return w.ticks[next]
			}
		} else if i == 0 && tick.Sub(f.ModifiedAt) <= w.rule.Early {
			return tick
		}
	}
	return filled
}

func (w *world) outcome(tick, now time.Time) SlotOutcome {
	deadline := tick.Add(w.rule.Grace)
	outcome := SlotUnknown
	if !deadline.Before(w.history[0].EvaluatedAt) && slices.ContainsFunc(w.seen, func(at time.Time) bool { return !at.Before(deadline) }) {
		outcome = SlotMissed
	}
	if now.Before(deadline) {
		outcome = SlotOpen
	}
	for _, f := range w.known {
		if w.fills(f).Equal(tick) && f.ModifiedAt.Before(deadline) {
			return SlotMet
		}
		if w.fills(f).Equal(tick) {
			outcome = SlotLate
		}
	}
	return outcome
}

func TestStripTellsWhatWasSeen(t *testing.T) {
	for seed := range uint64(150) {
		w := newWorld(t, seed)
		now := w.last()[0].EvaluatedAt
		slots, err := Strip(shuffledStatuses(seed, w.history), now, 30)
		if err != nil || len(slots) != 30 {
			t.Fatalf("seed %d: %d slots, %v", seed, len(slots), err)
		}
		for _, s := range slots {
			if want := w.outcome(s.At, now); s.Outcome != want && !s.At.Before(w.ticks[0]) {
				t.Errorf("seed %d, %s in %v, grace %v, early %v: slot %v is %v, want %v", seed, w.rule.Schedule, w.rule.Location, w.rule.Grace, w.rule.Early, s.At, s.Outcome, want)
			}
		}
		w.agrees(t, seed, slots)
	}
}

// agrees holds the strip against the state: as many slots are empty at its end as
// the status says are missed.
func (w *world) agrees(t *testing.T, seed uint64, slots []Slot) {
	t.Helper()
	last := w.last()[0]
	if last.State == Unknown || last.State == Pending || last.Files.Latest == nil || !last.Files.Latest.Good {
		return
	}
	empty := 0
	for _, s := range slices.Backward(slots) {
		if s.Outcome == SlotMet || s.Outcome == SlotLate {
			break
		}
		if s.Outcome != SlotOpen {
			empty++
		}
	}
	if empty != last.Slot.Missed {
		t.Errorf("seed %d: %d slots at the end of %s are empty, the status says %d missed", seed, empty, letters(slots), last.Slot.Missed)
	}
}

func shuffledStatuses(seed uint64, history []Status) []Status {
	mixed := slices.Clone(history)
	random(seed).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	return mixed
}

func BenchmarkStrip(b *testing.B) {
	r := newRule("%A", byModified, cron("0 2 * * *", "Europe/Berlin"))
	var history []Status
	for day := range 500 {
		s := Status{State: OK, EvaluatedAt: noon.Add(time.Duration(day) * Day), Policy: r.policy()}
		for i := range recentLimit {
			s.Files.Recent = append(s.Files.Recent, RecentFile{Time: s.EvaluatedAt.Add(-time.Duration(i) * Day), Size: 1})
		}
		history = append(history, s)
	}
	for b.Loop() {
		if _, err := Strip(history, history[499].EvaluatedAt, 30); err != nil {
			b.Fatal(err)
		}
	}
}
