// Package history tells what became of a series before its last status: its
// earlier statuses, as far as the stream has them, and its last slots, judged
// from all of them. It keeps nothing.
package history

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
)

// readers is how many histories are read at a time: each may be megabytes on its
// way from the server.
const readers = 4

// Bus has the statuses of the past, as *bus.Bus does.
type Bus interface {
	History(ctx context.Context, series *backmonv1.SeriesId, since time.Time) iter.Seq2[bus.BackupRecord, error]
}

// Reader reads histories. It may be used concurrently.
type Reader struct {
	bus    Bus
	places chan struct{}
}

// New returns a reader.
func New(from Bus) *Reader { return &Reader{bus: from, places: make(chan struct{}, readers)} }

// Past is the history of a series.
type Past struct {
	// Statuses are those of the stream, the oldest first, without the names of
	// expired files.
	Statuses []backup.Status
	// Unreadable counts the statuses that this version can't read.
	Unreadable int
}

// Read reads the history of a series.
func (r *Reader) Read(ctx context.Context, id backup.SeriesID) (Past, error) {
	select {
	case r.places <- struct{}{}:
		defer func() { <-r.places }()
	case <-ctx.Done():
		return Past{}, fmt.Errorf("read history: %w", ctx.Err())
	}
	var past Past
	for record, err := range r.bus.History(ctx, wire.SeriesID(id), time.Time{}) {
		switch {
		case err != nil && record.Sequence > 0:
			past.Unreadable++
		case err != nil:
			return Past{}, err
		case !record.Gone():
			s := wire.ParseStatus(record.Status)
			s.Expired.Files = nil
			past.Statuses = append(past.Statuses, s)
		}
	}
	return past, nil
}

// Slots judges a series' last n slots up to the instant now. disk is the last
// status of its disk, nil for none: while that goes well the series is as its
// last status says, which is published anew only when there is news.
func Slots(past Past, last *board.Entry, disk *board.DiskEntry, now time.Time, n int) ([]backup.Slot, error) {
	known := append(slices.Clone(past.Statuses), last.Status)
	if seen := succeeded(disk); last.Status.State != backup.Unknown && seen.After(last.Status.EvaluatedAt) {
		latest := last.Status
		latest.EvaluatedAt = seen
		known = append(known, latest)
	}
	return backup.Strip(known, now, n)
}

// succeeded is when a disk was last seen as a whole; zero for never.
func succeeded(disk *board.DiskEntry) time.Time {
	if disk == nil || disk.Status.GetSucceededAt() == nil {
		return time.Time{}
	}
	return disk.Status.GetSucceededAt().AsTime()
}
