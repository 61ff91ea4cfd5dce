// Package board keeps what the streams say now: the last status of every series
// and disk, in memory, rebuilt from the stream at each start. It answers questions
// about them (Query), and tells what changes (Feed). It asks no disk for anything,
// and it does not judge.
package board

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Board holds the last status of every series and disk. It may be used
// concurrently.
type Board struct {
	mu     sync.RWMutex
	series map[backup.SeriesID]*cell
	disks  map[DiskID]*cell
	// orders are the series in the orders that are asked for most; nil where a
	// change has made it wrong.
	orders  map[Sort][]*Entry
	changes changes
	// epoch counts the resets: a feed of an earlier one has to begin again.
	epoch   uint64
	current bool
	// changed is closed, and made anew, by every change.
	changed chan struct{}
}

// DiskID names a disk.
type DiskID struct{ Environment, Disk string }

// Compare orders disks by environment, then by name.
func (id DiskID) Compare(o DiskID) int {
	return cmp.Or(cmp.Compare(id.Environment, o.Environment), cmp.Compare(id.Disk, o.Disk))
}

// Entry is the last status of a series. It does not change: the next status is
// another Entry.
type Entry struct {
	Status   backup.Status
	Sequence uint64    // of the status in its stream
	Stored   time.Time // when the stream took it
	text     string    // what Query.Text looks in, in lower case
	document atomic.Pointer[[]byte]
}

// Document returns what write makes of the entry, and keeps it for all who ask
// after: an entry that is told to hundreds is written once. All have to ask for the
// same, and must not change it.
func (e *Entry) Document(write func(*Entry) ([]byte, error)) ([]byte, error) {
	if kept := e.document.Load(); kept != nil {
		return *kept, nil
	}
	document, err := write(e)
	if err != nil {
		return nil, err
	}
	e.document.Store(&document)
	return document, nil
}

// DiskEntry is the last status of a disk. It does not change.
type DiskEntry struct {
	Status   *backmonv1.DiskStatus
	Sequence uint64
	Stored   time.Time
}

// ID names the entry's disk.
func (d *DiskEntry) ID() DiskID { return DiskID{d.Status.GetEnvironment(), d.Status.GetDisk()} }

// cell is the place of a series or disk: its last entry, of the one kind or the
// other, and whether that was its end.
type cell struct {
	series   *Entry
	disk     *DiskEntry
	ended    bool
	sequence uint64
}

// New returns an empty board.
func New() *Board {
	return &Board{
		series: map[backup.SeriesID]*cell{}, disks: map[DiskID]*cell{},
		orders: map[Sort][]*Entry{}, changed: make(chan struct{}), epoch: 1,
	}
}

// Apply takes in an event of the status stream.
func (b *Board) Apply(e bus.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e.Kind {
	case bus.EventBackup:
		b.setSeries(e)
	case bus.EventDisk:
		b.setDisk(e)
	case bus.EventCurrent:
		b.current = true
	case bus.EventReset:
		b.reset()
	case bus.EventAudit, bus.EventEntry: // not of this stream
		return
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

func (b *Board) reset() {
	b.current = false
	b.epoch++
	b.changes = changes{}
	clear(b.series)
	clear(b.disks)
	clear(b.orders)
}

func (b *Board) setSeries(e bus.Event) {
	entry := newEntry(e)
	id := entry.Status.Series
	at, known := b.series[id]
	if !known {
		at = &cell{}
	}
	b.disorder(at.series, entry, known, e.Gone)
	at.series, at.ended = entry, e.Gone
	if e.Gone {
		delete(b.series, id)
	} else {
		b.series[id] = at
	}
	b.changes.add(at, e)
	entry.Sequence = at.sequence
}

func newEntry(e bus.Event) *Entry {
	s := wire.ParseStatus(e.Backup)
	return &Entry{Status: s, Stored: e.Stored, text: searchText(&s)}
}

// disorder forgets the orders that an entry makes wrong, and puts it in its
// predecessor's place in the others.
func (b *Board) disorder(old, entry *Entry, known, gone bool) {
	if !known || gone {
		clear(b.orders)
		return
	}
	for sort, order := range b.orders {
		if sort.compare(old, entry) != 0 {
			delete(b.orders, sort)
			continue
		}
		if i, found := slices.BinarySearchFunc(order, entry, sort.compare); found {
			order[i] = entry
		}
	}
}

func (b *Board) setDisk(e bus.Event) {
	entry := &DiskEntry{Status: e.Disk, Stored: e.Stored}
	id := entry.ID()
	at, known := b.disks[id]
	if !known {
		at = &cell{}
	}
	at.disk, at.ended = entry, e.Gone
	if e.Gone {
		delete(b.disks, id)
	} else {
		b.disks[id] = at
	}
	b.changes.add(at, e)
	entry.Sequence = at.sequence
}

// Has reports whether a series is on the board, or the disk where no directory is
// named.
func (b *Board) Has(id backup.SeriesID) bool {
	if id.Directory == "" {
		_, ok := b.Disk(DiskID{id.Environment, id.Disk})
		return ok
	}
	_, ok := b.Entry(id)
	return ok
}

// Entry returns the last status of a series.
func (b *Board) Entry(id backup.SeriesID) (*Entry, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	at, ok := b.series[id]
	if !ok {
		return nil, false
	}
	return at.series, true
}

// Disk returns the last status of a disk.
func (b *Board) Disk(id DiskID) (*DiskEntry, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	at, ok := b.disks[id]
	if !ok {
		return nil, false
	}
	return at.disk, true
}

// Current reports whether the stream's past has been replayed.
func (b *Board) Current() bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.current
}

// Series returns the statuses of all series in the order of their names.
func (b *Board) Series() []backup.Status {
	var all []backup.Status
	b.inOrder(SortName, func(entries []*Entry) {
		all = make([]backup.Status, len(entries))
		for i, e := range entries {
			all[i] = e.Status
		}
	})
	return all
}

// Disks returns the statuses of all disks in the order of their names.
func (b *Board) Disks() []*backmonv1.DiskStatus {
	entries := b.DiskEntries()
	all := make([]*backmonv1.DiskStatus, len(entries))
	for i, d := range entries {
		all[i] = d.Status
	}
	return all
}

// DiskEntries returns the entries of all disks in the order of their names.
func (b *Board) DiskEntries() []*DiskEntry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]*DiskEntry, 0, len(b.disks))
	for _, at := range b.disks {
		all = append(all, at.disk)
	}
	slices.SortFunc(all, func(x, y *DiskEntry) int { return x.ID().Compare(y.ID()) })
	return all
}

// inOrder calls read with the entries of all series in one of the orders that
// are kept. They must not be changed, and are valid only during the call.
func (b *Board) inOrder(sort Sort, read func([]*Entry)) {
	b.mu.RLock()
	if order, kept := b.orders[sort]; kept {
		defer b.mu.RUnlock()
		read(order)
		return
	}
	b.mu.RUnlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	order, kept := b.orders[sort]
	if !kept {
		order = make([]*Entry, 0, len(b.series))
		for _, at := range b.series {
			order = append(order, at.series)
		}
		slices.SortFunc(order, sort.compare)
		b.orders[sort] = order
	}
	read(order)
}
