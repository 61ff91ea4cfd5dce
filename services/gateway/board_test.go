package gateway_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway"
)

// content is what stands on a board.
func content(b *gateway.Board) string {
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
	gone := status("a")
	gone.State = backup.Gone
	endedDisk := diskStatus("db")
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
		{"in order of names", []bus.Event{seriesEvent(status("b")), seriesEvent(status("a")), diskEvent(diskStatus("z")), diskEvent(diskStatus("d"))}, "[disk d disk z a OK b OK]", false},
		{"the last one counts", []bus.Event{seriesEvent(status("a")), seriesEvent(bad("a"))}, "[a MISSING]", false},
		{"a series ends", []bus.Event{seriesEvent(status("a")), seriesEvent(status("b")), seriesEvent(gone)}, "[b OK]", false},
		{"an unknown series ends", []bus.Event{seriesEvent(gone)}, "[]", false},
		{"a disk ends, its series by themselves", []bus.Event{diskEvent(diskStatus("db")), seriesEvent(status("a")), diskEvent(endedDisk)}, "[a OK]", false},
		{"it comes back", []bus.Event{seriesEvent(status("a")), seriesEvent(gone), seriesEvent(bad("a"))}, "[a MISSING]", false},
		{"a reset forgets all", []bus.Event{seriesEvent(status("a")), diskEvent(diskStatus("db")), current, reset}, "[]", false},
		{"after a reset the replay comes again", []bus.Event{seriesEvent(status("a")), current, reset, seriesEvent(bad("b")), current}, "[b MISSING]", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := board(c.events...)
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
	b := gateway.NewBoard()
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for j := range 50 {
				b.Apply(seriesEvent(status(fmt.Sprint(i, j))))
			}
		})
		group.Go(func() {
			for range 10 {
				_, _ = registry(b).Gather()
				b.Disks()
			}
		})
	}
	group.Wait()
	if n := len(b.Series()); n != 200 {
		t.Errorf("%d series, want 200", n)
	}
}
