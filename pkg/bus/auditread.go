package bus

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// ReadAudit reads the records that the filter chooses, oldest first, up to the
// last one at the time of the call, and holds a page of them at a time. One that
// can't be decoded comes as an error beside a record with its Sequence, and the
// reading goes on; any other error is the last that comes. Without an error
// nothing was left out.
func (b *Bus) ReadAudit(ctx context.Context, filter AuditFilter) iter.Seq2[AuditRecord, error] {
	return func(yield func(AuditRecord, error) bool) {
		if err := filter.Validate(); err != nil {
			yield(AuditRecord{}, err)
			return
		}
		p := &pager{bus: b, stream: StreamAudit, subject: filter.subject(), since: filter.Since}
		if filter.After > 0 {
			p.since, p.next = time.Time{}, filter.After+1
		}
		err := p.read(ctx, func(message *storedMessage) bool {
			return !filter.matches(message.subject) || yield(message.audit())
		})
		if err != nil {
			yield(AuditRecord{}, fmt.Errorf("read audit: %w", err))
		}
	}
}
