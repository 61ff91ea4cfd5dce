package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Bounds of one page of the audit stream. A message that passes the bytes is
// the page's last.
const (
	auditPage      = 256
	auditPageBytes = 4 << 20
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
		r := &auditReader{bus: b, filter: filter}
		if err := r.read(ctx, yield); err != nil {
			yield(AuditRecord{}, fmt.Errorf("read audit: %w", err))
		}
	}
}

// auditReader reads page after page, from any replica, up to an end that the
// leader named.
type auditReader struct {
	bus    *Bus
	filter AuditFilter
	// next is the sequence to go on with; 0 at the beginning.
	next uint64
	end  uint64
}

func (r *auditReader) read(ctx context.Context, yield func(AuditRecord, error) bool) error {
	end, err := r.last(ctx)
	if err != nil {
		return err
	}
	for r.end = end; r.next <= r.end; {
		page, err := r.page(ctx)
		if err != nil {
			return err
		}
		if len(page) == 0 || !r.show(page, yield) {
			return nil
		}
	}
	return nil
}

// show yields a page, and tells whether to go on.
func (r *auditReader) show(page []*storedMessage, yield func(AuditRecord, error) bool) bool {
	for _, message := range page {
		if message.sequence > r.end {
			return false
		}
		r.next = message.sequence + 1
		if r.filter.matches(message.subject) && !yield(message.audit()) {
			return false
		}
	}
	return true
}

// last is the sequence of the last message; 0 when there is none.
func (r *auditReader) last(ctx context.Context) (uint64, error) {
	message, err := r.bus.lastStored(ctx, StreamAudit, r.filter.subject())
	if err != nil || message == nil || message.stored.Before(r.filter.Since) {
		return 0, err
	}
	return message.sequence, nil
}

// errLags asks for another attempt, perhaps of another replica.
var errLags = errors.New("the server that answers lacks what its leader has")

// page reads the next messages; none when what was there has ended meanwhile.
func (r *auditReader) page(ctx context.Context) ([]*storedMessage, error) {
	request, err := json.Marshal(r.request())
	if err != nil {
		return nil, err
	}
	var page []*storedMessage
	err = r.bus.persist(ctx, StreamAudit, func(ctx context.Context) (err error) {
		page, err = r.bus.directGet(ctx, StreamAudit, request)
		if err != nil || len(page) > 0 {
			return err
		}
		last, err := r.last(ctx)
		if err == nil && r.next <= last && last > 0 {
			return errLags
		}
		return err
	})
	return page, err
}

// request is the server's for a page.
func (r *auditReader) request() any {
	request := struct {
		Sequence  uint64     `json:"seq,omitempty"`
		Start     *time.Time `json:"start_time,omitempty"`
		Subject   string     `json:"next_by_subj"`
		Batch     int        `json:"batch"`
		BatchSize int        `json:"max_bytes"`
	}{Subject: r.filter.subject(), Batch: auditPage, BatchSize: auditPageBytes}
	switch {
	case r.next > 0:
		request.Sequence = r.next
	case !r.filter.Since.IsZero():
		request.Start = &r.filter.Since
	default:
		request.Sequence = 1
	}
	return request
}
