package board

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

const (
	// feedBatch is how many changes a feed gives at a time.
	feedBatch = 64
	// maxAbsence is after how long a reader can't go on where it was: the stream
	// remembers for a day what has ended.
	maxAbsence = 12 * time.Hour
)

// Place is where a reader is among the changes.
type Place struct {
	Sequence uint64
	Stored   time.Time // of the change with the sequence
}

// String writes a place as text, beginning with the sequence.
func (p Place) String() string {
	return strconv.FormatUint(p.Sequence, 10) + "-" + strconv.FormatInt(p.Stored.UnixMilli(), 10)
}

// ParsePlace is the inverse of Place.String; a text that is no place is the zero
// Place, from which no reader can go on.
func ParsePlace(text string) Place {
	left, right, _ := strings.Cut(text, "-")
	sequence, err := strconv.ParseUint(left, 10, 64)
	if err != nil {
		return Place{}
	}
	milliseconds, err := strconv.ParseInt(right, 10, 64)
	if err != nil {
		return Place{}
	}
	return Place{sequence, time.UnixMilli(milliseconds)}
}

// ChangeKind says what a Change is.
type ChangeKind int

const (
	// SeriesChanged carries the new entry of a series.
	SeriesChanged ChangeKind = iota + 1
	// SeriesEnded names a series that is no more.
	SeriesEnded
	// DiskChanged carries the new entry of a disk.
	DiskChanged
	// DiskEnded names a disk that is no more.
	DiskEnded
	// Current says that the last status of each series and disk has come.
	Current
	// Reset says that all is to be forgotten: it comes again, then Current.
	Reset
)

// Change is one step of a feed.
type Change struct {
	Kind ChangeKind
	// Series is set with SeriesChanged, and with SeriesEnded as its last word.
	Series *Entry
	// Disk is set with DiskChanged, and with DiskEnded as its last word.
	Disk *DiskEntry
	// Place is where to go on after this change; zero with Current and Reset.
	Place Place
}

// Feed tells one reader the present state, then what changes. What changes more
// often than the reader asks comes once, as it is then. A feed holds its place
// and nothing else, so any number of slow readers cost nothing and hold up nobody.
// It is for one goroutine.
type Feed struct {
	board *Board
	// resume is where to begin, if the board still knows; zero at the beginning.
	resume Place
	begun  bool
	// epoch, sequence: up to where it was told, in which life of the board.
	epoch, sequence uint64
	// unseen is the sequence up to which ends are of what was never told.
	unseen  uint64
	current bool
}

// Subscribe returns a feed that goes on after a place, as an earlier feed had it.
// Where that can't be, a Reset comes first. The zero Place begins with all.
func (b *Board) Subscribe(from Place) *Feed { return &Feed{board: b, resume: from} }

// Next waits for the next changes and returns some of them, at least one. While
// the board is being rebuilt it waits for that. The error is that of ctx.
func (f *Feed) Next(ctx context.Context) ([]Change, error) {
	for {
		changes, changed := f.look()
		if len(changes) > 0 {
			return changes, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// look returns what there is to tell, or what to wait for.
func (f *Feed) look() ([]Change, <-chan struct{}) {
	b := f.board
	b.mu.RLock()
	defer b.mu.RUnlock()
	switch {
	case f.begun && f.lost():
		f.begin(0)
		return []Change{{Kind: Reset}}, nil
	case !b.current:
		return nil, b.changed
	case !f.begun:
		if reset := f.start(); reset {
			return []Change{{Kind: Reset}}, nil
		}
	}
	marks := b.changes.after(f.sequence, f.unseen, feedBatch)
	if len(marks) > 0 {
		f.sequence = marks[len(marks)-1].sequence
		return tell(marks), nil
	}
	if !f.current {
		f.current = true
		return []Change{{Kind: Current}}, nil
	}
	return nil, b.changed
}

// lost reports whether the board has been emptied, or has forgotten an end, since
// the feed was told something.
func (f *Feed) lost() bool {
	return f.epoch != f.board.epoch || f.sequence < f.board.changes.forgotten && f.unseen < f.board.changes.forgotten
}

// start begins where the reader asked to, and tells whether it has to forget all.
func (f *Feed) start() (reset bool) {
	if f.board.changes.knows(f.resume, time.Now()) {
		f.begin(f.resume.Sequence)
		return false
	}
	f.begin(0)
	return f.resume != Place{}
}

func (f *Feed) begin(sequence uint64) {
	f.begun, f.epoch, f.sequence, f.current = true, f.board.epoch, sequence, false
	f.unseen = f.board.changes.last()
	if sequence > 0 {
		f.unseen = 0
	}
}

// tell makes changes of marks.
func tell(marks []mark) []Change {
	changes := make([]Change, len(marks))
	for i, m := range marks {
		changes[i] = m.change()
	}
	return changes
}

func (m mark) change() Change {
	c := Change{Series: m.at.series, Disk: m.at.disk, Place: m.place()}
	switch {
	case c.Series != nil && m.at.ended:
		c.Kind = SeriesEnded
	case c.Series != nil:
		c.Kind = SeriesChanged
	case m.at.ended:
		c.Kind = DiskEnded
	default:
		c.Kind = DiskChanged
	}
	return c
}

// SeriesID names the series of a SeriesChanged or SeriesEnded.
func (c Change) SeriesID() backup.SeriesID { return c.Series.Status.Series }
