package bus

import (
	"context"
	"fmt"
	"iter"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// History reads the statuses of one series that the stream still has, up to 500
// of them, oldest first, and holds a page of them at a time; since leaves out
// what was stored before, zero for none. A tombstone ends the history before it.
// One that can't be decoded comes as an error beside a record with its Sequence,
// and the reading goes on; any other error is the last that comes.
func (b *Bus) History(ctx context.Context, series *backmonv1.SeriesId, since time.Time) iter.Seq2[BackupRecord, error] {
	return func(yield func(BackupRecord, error) bool) {
		p := &pager{bus: b, stream: StreamStatus, subject: seriesSubject(series), since: since}
		err := p.read(ctx, func(message *storedMessage) bool { return yield(message.backup()) })
		if err != nil {
			yield(BackupRecord{}, fmt.Errorf("read history of a series of disk %q: %w", series.GetDisk(), err))
		}
	}
}
