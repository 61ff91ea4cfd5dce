package board_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// content is what stands on a board.
func content(b *board.Board) string {
	var names []string
	for _, d := range b.Disks() {
		names = append(names, "disk "+d.GetDisk())
	}
	for _, s := range b.Series() {
		names = append(names, s.Series.Group+" "+s.State.String())
	}
	return fmt.Sprint(names)
}

func TestBoard(t *testing.T) {
	gone := boardtest.Status("a")
	gone.State = backup.Gone
	endedDisk := boardtest.Disk("db")
	endedDisk.Gone = true
	current, reset := bus.Event{Kind: bus.EventCurrent}, bus.Event{Kind: bus.EventReset}
	for _, c := range []struct {
		name    string
		events  []bus.Event
		want    string
		current bool
	}{
		{"empty", nil, "[]", false},
		{"nothing to replay", []bus.Event{current}, "[]", true},
		{"in order of names", []bus.Event{boardtest.SeriesEvent(boardtest.Status("b")), boardtest.SeriesEvent(boardtest.Status("a")), boardtest.DiskEvent(boardtest.Disk("z")), boardtest.DiskEvent(boardtest.Disk("d"))}, "[disk d disk z a OK b OK]", false},
		{"the last one counts", []bus.Event{boardtest.SeriesEvent(boardtest.Status("a")), boardtest.SeriesEvent(boardtest.Bad("a"))}, "[a MISSING]", false},
		{"a series ends", []bus.Event{boardtest.SeriesEvent(boardtest.Status("a")), boardtest.SeriesEvent(boardtest.Status("b")), boardtest.SeriesEvent(gone)}, "[b OK]", false},
		{"an unknown series ends", []bus.Event{boardtest.SeriesEvent(gone)}, "[]", false},
		{"a disk ends, its series by themselves", []bus.Event{boardtest.DiskEvent(boardtest.Disk("db")), boardtest.SeriesEvent(boardtest.Status("a")), boardtest.DiskEvent(endedDisk)}, "[a OK]", false},
		{"it comes back", []bus.Event{boardtest.SeriesEvent(boardtest.Status("a")), boardtest.SeriesEvent(gone), boardtest.SeriesEvent(boardtest.Bad("a"))}, "[a MISSING]", false},
		{"a reset forgets all", []bus.Event{boardtest.SeriesEvent(boardtest.Status("a")), boardtest.DiskEvent(boardtest.Disk("db")), current, reset}, "[]", false},
		{"after a reset the replay comes again", []bus.Event{boardtest.SeriesEvent(boardtest.Status("a")), current, reset, boardtest.SeriesEvent(boardtest.Bad("b")), current}, "[b MISSING]", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := boardtest.Board(c.events...)
			if got := content(b); got != c.want {
				t.Errorf("board %s, want %s", got, c.want)
			}
			if b.Current() != c.current {
				t.Errorf("current %v, want %v", b.Current(), c.current)
			}
		})
	}
}

// A scrape may come while statuses do; -race watches.
func TestBoardConcurrently(t *testing.T) {
	b := board.New()
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for j := range 50 {
				b.Apply(boardtest.SeriesEvent(boardtest.Status(fmt.Sprint(i, j))))
			}
		})
		group.Go(func() {
			for range 10 {
				b.Series()
				b.Disks()
			}
		})
	}
	group.Wait()
	if n := len(b.Series()); n != 200 {
		t.Errorf("%d series, want 200", n)
	}
}

// A document is made once for all who ask, and an error is nobody else's.
func TestDocument(t *testing.T) {
	b := boardtest.Board(boardtest.SeriesEvent(boardtest.Status("a")))
	e, _ := b.Entry(boardtest.Status("a").Series)
	made := 0
	write := func(e *board.Entry) ([]byte, error) {
		made++
		if made == 1 {
			return nil, errors.New("not now")
		}
		return []byte(e.Status.Series.Group), nil
	}
	if _, err := e.Document(write); err == nil {
		t.Error("the error is lost")
	}
	for range 3 {
		if got, err := e.Document(write); string(got) != "a" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	if made != 2 {
		t.Errorf("it was made %d times", made-1)
	}
	b.Apply(boardtest.SeriesEvent(boardtest.Bad("a")))
	next, _ := b.Entry(boardtest.Status("a").Series)
	if _, err := next.Document(write); err != nil || made != 3 {
		t.Errorf("the next status has the document of the one before: %v", err)
	}
}
