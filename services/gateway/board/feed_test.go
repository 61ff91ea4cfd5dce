package board_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// tape is a stream that a test writes: each event comes a second after the last.
type tape struct {
	board    *board.Board
	sequence uint64
	now      time.Time
}

func newTape() *tape { return &tape{board: board.New(), now: time.Now().Add(-time.Hour)} }

// play applies events: "a" is a series in order, "a!" one that is missing, "-a"
// one that ends; "/d" a disk, "-/d" its end; "current" and "reset" are themselves.
func (t *tape) play(events ...string) {
	for _, e := range events {
		t.board.Apply(t.stamp(event(e)))
	}
}

func (t *tape) stamp(e bus.Event) bus.Event {
	if e.Kind == bus.EventBackup || e.Kind == bus.EventDisk {
		t.sequence++
		t.now = t.now.Add(time.Second)
		e.Sequence, e.Stored = t.sequence, t.now
	}
	return e
}

func event(text string) bus.Event {
	name, ends := strings.CutPrefix(text, "-")
	disk, isDisk := strings.CutPrefix(name, "/")
	switch {
	case text == "current":
		return bus.Event{Kind: bus.EventCurrent}
	case text == "reset":
		return bus.Event{Kind: bus.EventReset}
	case isDisk:
		d := boardtest.Disk(disk)
		d.Gone = ends
		return boardtest.DiskEvent(d)
	}
	s := boardtest.Status(strings.TrimSuffix(name, "!"))
	if strings.HasSuffix(name, "!") {
		s = boardtest.Bad(s.Series.Group)
	}
	if ends {
		s.State = backup.Gone
	}
	return boardtest.SeriesEvent(s)
}

// script writes changes as events are written.
func script(changes []board.Change) []string {
	var all []string
	for _, c := range changes {
		switch c.Kind {
		case board.SeriesChanged:
			text := c.SeriesID().Group
			if c.Series.Status.State == backup.Missing {
				text += "!"
			}
			all = append(all, text)
		case board.SeriesEnded:
			all = append(all, "-"+c.SeriesID().Group)
		case board.DiskChanged:
			all = append(all, "/"+c.Disk.ID().Disk)
		case board.DiskEnded:
			all = append(all, "-/"+c.Disk.ID().Disk)
		case board.Current:
			all = append(all, "current")
		case board.Reset:
			all = append(all, "reset")
		}
	}
	return all
}

// reader is a feed with what it was told last.
type reader struct {
	*board.Feed
	last board.Place
}

func (t *tape) read(from board.Place) *reader { return &reader{t.board.Subscribe(from), from} }

// drain reads until there is nothing more to tell.
func (r *reader) drain(t *testing.T) string {
	t.Helper()
	var all []string
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for {
		changes, err := r.Next(ctx)
		if errors.Is(err, context.Canceled) {
			return strings.Join(all, " ")
		}
		for _, c := range changes {
			if c.Place != (board.Place{}) {
				r.last = c.Place
			}
		}
		all = append(all, script(changes)...)
	}
}

func expect(t *testing.T, when, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: told %q, want %q", when, got, want)
	}
}

func TestFeed(t *testing.T) {
	s := newTape()
	r := s.read(board.Place{})
	s.play("a", "/d", "b")
	expect(t, "during the replay", r.drain(t), "")
	s.play("current")
	expect(t, "the present", r.drain(t), "a /d b current")
	expect(t, "nothing new", r.drain(t), "")
	s.play("a!")
	expect(t, "a change", r.drain(t), "a!")
	s.play("a", "b!", "a!", "b", "c", "/d")
	expect(t, "changes since, once each", r.drain(t), "a! b c /d")
	s.play("-a", "-/d")
	expect(t, "ends", r.drain(t), "-a -/d")
	s.play("a!")
	expect(t, "it comes back", r.drain(t), "a!")
	s.play("reset", "b", "a")
	expect(t, "a reset", r.drain(t), "reset")
	s.play("current", "c")
	expect(t, "after the reset", r.drain(t), "b a c current")
	s.play("reset", "current")
	expect(t, "nothing is left", r.drain(t), "reset current")
}

// A reset in the middle of the first reading begins it again, and an end in it is
// told when the series had been.
func TestFeedInTheMiddle(t *testing.T) {
	s := newTape()
	var groups []string
	for i := range 100 {
		groups = append(groups, fmt.Sprint("g", i))
	}
	s.play(groups...)
	s.play("-gone", "current")
	r := s.read(board.Place{})
	first, err := r.Next(t.Context())
	if err != nil || len(first) >= len(groups) {
		t.Fatalf("the first part has %d changes, %v", len(first), err)
	}
	s.play("-g0", "g1!", "-g99")
	rest := strings.Join(groups[len(first):99], " ")
	expect(t, "the rest", r.drain(t), rest+" -g0 g1! -g99 current")

	r = s.read(board.Place{})
	if _, err := r.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.play("reset", "x", "current")
	expect(t, "after the reset", r.drain(t), "reset x current")
}

func TestFeedResumes(t *testing.T) {
	s := newTape()
	s.play("a", "b", "/d", "current")
	r := s.read(board.Place{})
	r.drain(t)
	back := board.ParsePlace(r.last.String())
	expect(t, "nothing has changed", s.read(back).drain(t), "current")
	s.play("a!", "c", "-b", "a")
	expect(t, "some has", s.read(back).drain(t), "c -b a current")
	again := s.read(back)
	again.drain(t)
	s.play("c!")
	expect(t, "it goes on", again.drain(t), "c!")

	// A gateway that has begun anew knows no more than the stream does.
	fresh := newTape()
	fresh.now = s.now.Add(-time.Minute)
	fresh.sequence = back.Sequence - 2
	fresh.board.Apply(fresh.stamp(event("b")))
	fresh.sequence, fresh.now = s.sequence-2, s.now.Add(-2*time.Second)
	fresh.play("-b", "a")
	expect(t, "it waits for the replay", fresh.read(back).drain(t), "")
	fresh.play("current")
	expect(t, "another gateway", fresh.read(back).drain(t), "-b a current")
}

func TestFeedCannotResume(t *testing.T) {
	s := newTape()
	s.play("a", "b", "c", "current")
	r := s.read(board.Place{})
	r.drain(t)
	now := r.last
	for _, c := range []struct {
		name string
		from board.Place
	}{
		{"no place", board.ParsePlace("nonsense")},
		{"half a place", board.ParsePlace("2")},
		{"of the future", board.Place{Sequence: now.Sequence + 1, Stored: now.Stored}},
		{"of another stream, at another time", board.Place{Sequence: now.Sequence, Stored: now.Stored.Add(-time.Millisecond)}},
		{"of another stream, earlier than what was there", board.Place{Sequence: 2, Stored: now.Stored.Add(-time.Minute)}},
		{"of another stream, later than what came after", board.Place{Sequence: 2, Stored: now.Stored}},
		{"too long ago", board.Place{Sequence: 1, Stored: time.Now().Add(-13 * time.Hour)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := "reset a b c current"
			if c.from == (board.Place{}) {
				want = "a b c current"
			}
			expect(t, c.name, s.read(c.from).drain(t), want)
		})
	}
}

// A place is read back as it was written; anything else is none.
func FuzzParsePlace(f *testing.F) {
	f.Add("12-1768478400000")
	f.Add("1--62135596800000")
	f.Add("-")
	f.Fuzz(func(t *testing.T, text string) {
		p := board.ParsePlace(text)
		if p == (board.Place{}) {
			return
		}
		if again := board.ParsePlace(p.String()); again.String() != p.String() {
			t.Fatalf("%q is %v, and then %v", text, p, again)
		}
	})
}

// Ends are remembered in a limited number only: who missed one begins again.
func TestFeedForgetsEnds(t *testing.T) {
	s := newTape()
	s.play("a", "b", "current")
	slow, fast := s.read(board.Place{}), s.read(board.Place{})
	slow.drain(t)
	late := slow.last
	for i := range 5000 {
		name := fmt.Sprint("x", i)
		s.play(name, "-"+name)
		if i%100 == 0 {
			fast.drain(t)
		}
	}
	expect(t, "who was quick", fmt.Sprint(strings.Contains(fast.drain(t), "reset")), "false")
	expect(t, "who was slow", slow.drain(t), "reset a b current")
	expect(t, "who comes back", s.read(late).drain(t), "reset a b current")
	expect(t, "who is new", s.read(board.Place{}).drain(t), "a b current")
}

// Whatever comes, and whenever a reader reads: what it was told adds up to what
// is on the board.
func TestFeedAddsUp(t *testing.T) {
	for seed := range uint64(60) {
		d := dice{rand.New(rand.NewPCG(seed, 4))}
		s := newTape()
		s.play("current")
		readers := []*follower{{}, {}, {}}
		for i := range readers {
			readers[i].reader = s.read(board.Place{})
		}
		for range 400 {
			switch d.IntN(40) {
			case 0:
				s.play("reset")
				s.sequence = 0 // the stream was made anew
				for range d.IntN(4) {
					s.board.Apply(s.stamp(boardtest.SeriesEvent(d.status())))
				}
				s.play("current")
			case 1:
				r := readers[d.IntN(len(readers))]
				r.reader = s.read(r.last) // it comes back
			default:
				s.board.Apply(s.stamp(boardtest.SeriesEvent(d.status())))
			}
			if i := d.IntN(3 * len(readers)); i < len(readers) {
				readers[i].follow(t)
			}
		}
		want := names(s.board.Find(board.Query{Sort: board.SortName, Limit: board.MaxLimit}).Entries)
		for i, r := range readers {
			r.follow(t)
			if got := r.names(); got != want {
				t.Fatalf("seed %d, reader %d: %s, want %s", seed, i, got, want)
			}
		}
	}
}

// follower keeps what a feed tells as a client would.
type follower struct {
	*reader
	known map[backup.SeriesID]*board.Entry
}

func (f *follower) follow(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for {
		changes, err := f.Next(ctx)
		if err != nil {
			return
		}
		for _, c := range changes {
			f.take(c)
		}
	}
}

func (f *follower) take(c board.Change) {
	if f.known == nil {
		f.known = map[backup.SeriesID]*board.Entry{}
	}
	switch c.Kind {
	case board.Reset:
		clear(f.known)
	case board.SeriesChanged:
		f.known[c.SeriesID()], f.last = c.Series, c.Place
	case board.SeriesEnded:
		delete(f.known, c.SeriesID())
		f.last = c.Place
	}
}

func (f *follower) names() string {
	b := board.New()
	for _, e := range f.known {
		b.Apply(boardtest.SeriesEvent(e.Status))
	}
	return names(b.Find(board.Query{Sort: board.SortName, Limit: board.MaxLimit}).Entries)
}

// Readers that wait are woken, by each change; -race watches.
func TestFeedWakes(t *testing.T) {
	s := newTape()
	s.play("current")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			r := s.board.Subscribe(board.Place{})
			for {
				changes, err := r.Next(ctx)
				if err != nil {
					t.Errorf("the last change did not come: %v", err)
					return
				}
				if last := script(changes); last[len(last)-1] == "last" {
					return
				}
			}
		})
	}
	for i := range 500 {
		s.play(fmt.Sprint("g", i%50))
	}
	s.play("last")
	group.Wait()
}

// Readers that don't read hold no more than their place, whatever happens.
func TestSlowReadersCostNothing(t *testing.T) {
	s := newTape()
	for i := range 2000 {
		s.play(fmt.Sprint("g", i))
	}
	s.play("current")
	var feeds []*board.Feed
	for range 200 {
		f := s.board.Subscribe(board.Place{})
		if _, err := f.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		feeds = append(feeds, f)
	}
	before := heap()
	for i := range 20_000 {
		s.play(fmt.Sprint("g", i%2000, "!"))
	}
	grown := heap() - before
	runtime.KeepAlive(feeds)
	if grown > 4<<20 {
		t.Errorf("the heap grew by %d KiB while 200 readers did not read", grown>>10)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
