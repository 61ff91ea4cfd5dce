// Package board keeps what the streams say now: the last status of every series
// and disk, in memory, rebuilt from the stream at each start. It answers questions
// about them, and asks no disk for anything. It does not judge.
package board

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Board holds the last status of every series and disk. It may be used
// concurrently.
type Board struct {
	mu      sync.RWMutex
	series  map[backup.SeriesID]backup.Status
	disks   map[DiskID]*backmonv1.DiskStatus
	current bool
}

// DiskID names a disk.
type DiskID struct{ Environment, Disk string }

// New returns an empty board.
func New() *Board {
	return &Board{series: map[backup.SeriesID]backup.Status{}, disks: map[DiskID]*backmonv1.DiskStatus{}}
}

// Apply takes in an event of the status stream.
func (b *Board) Apply(e bus.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e.Kind {
	case bus.EventBackup:
		b.setSeries(e.Backup, e.Gone)
	case bus.EventDisk:
		b.setDisk(e.Disk, e.Gone)
	case bus.EventCurrent:
		b.current = true
	case bus.EventReset:
		b.current = false
		clear(b.series)
		clear(b.disks)
	case bus.EventAudit: // not of this stream
	}
}

func (b *Board) setSeries(m *backmonv1.BackupStatus, gone bool) {
	s := wire.ParseStatus(m)
	if gone {
		delete(b.series, s.Series)
		return
	}
	b.series[s.Series] = s
}

func (b *Board) setDisk(m *backmonv1.DiskStatus, gone bool) {
	id := DiskID{m.GetEnvironment(), m.GetDisk()}
	if gone {
		delete(b.disks, id)
		return
	}
	b.disks[id] = m
}

// Has reports whether a series is on the board, or the disk where no directory is
// named.
func (b *Board) Has(id backup.SeriesID) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if id.Directory == "" {
		_, ok := b.disks[DiskID{id.Environment, id.Disk}]
		return ok
	}
	_, ok := b.series[id]
	return ok
}

// Current reports whether the stream's past has been replayed.
func (b *Board) Current() bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.current
}

// Series returns the statuses of all series in the order of their names.
func (b *Board) Series() []backup.Status {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.SortedFunc(maps.Values(b.series), func(x, y backup.Status) int { return x.Series.Compare(y.Series) })
}

// Disks returns the statuses of all disks in the order of their names.
func (b *Board) Disks() []*backmonv1.DiskStatus {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.SortedFunc(maps.Values(b.disks), func(x, y *backmonv1.DiskStatus) int {
		return strings.Compare(x.GetEnvironment()+"\x00"+x.GetDisk(), y.GetEnvironment()+"\x00"+y.GetDisk())
	})
}
