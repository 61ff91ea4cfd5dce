package bus

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Bounds of one page. A message that passes the bytes is the page's last.
const (
	pageMessages = 256
	pageBytes    = 4 << 20
)

// pager reads a stream's messages page after page, oldest first, from any
// replica, up to an end that the leader named. It holds one page at a time.
type pager struct {
	bus *Bus
	// stream is read, of it what is on subject, which may be a wildcard.
	stream, subject string
	// since leaves out what was stored before; zero for none.
	since time.Time
	// next is the sequence to go on with; 0 at the beginning.
	next uint64
	end  uint64
}

// read shows every message up to the last one at the time of the call, or until
// show returns false.
func (p *pager) read(ctx context.Context, show func(*storedMessage) bool) error {
	end, err := p.last(ctx)
	if err != nil {
		return err
	}
	for p.end = end; p.next <= p.end; {
		page, err := p.page(ctx)
		if err != nil {
			return err
		}
		if len(page) == 0 || !p.show(page, show) {
			return nil
		}
	}
	return nil
}

// show shows a page, and tells whether to go on.
func (p *pager) show(page []*storedMessage, show func(*storedMessage) bool) bool {
	for _, message := range page {
		if message.sequence > p.end {
			return false
		}
		p.next = message.sequence + 1
		if !show(message) {
			return false
		}
	}
	return true
}

// last is the sequence of the last message; 0 when there is none.
func (p *pager) last(ctx context.Context) (uint64, error) {
	message, err := p.bus.lastStored(ctx, p.stream, p.subject)
	if err != nil || message == nil || message.stored.Before(p.since) {
		return 0, err
	}
	return message.sequence, nil
}

// errLags asks for another attempt, perhaps of another replica.
var errLags = errors.New("the server that answers lacks what its leader has")

// page reads the next messages; none when what was there has ended meanwhile.
func (p *pager) page(ctx context.Context) ([]*storedMessage, error) {
	request, err := json.Marshal(p.request())
	if err != nil {
		return nil, err
	}
	var page []*storedMessage
	err = p.bus.persist(ctx, p.stream, func(ctx context.Context) (err error) {
		page, err = p.bus.directGet(ctx, p.stream, request)
		if err != nil || len(page) > 0 {
			return err
		}
		last, err := p.last(ctx)
		if err == nil && p.next <= last && last > 0 {
			return errLags
		}
		return err
	})
	return page, err
}

// request is the server's for a page.
func (p *pager) request() any {
	request := struct {
		Sequence  uint64     `json:"seq,omitempty"`
		Start     *time.Time `json:"start_time,omitempty"`
		Subject   string     `json:"next_by_subj"`
		Batch     int        `json:"batch"`
		BatchSize int        `json:"max_bytes"`
	}{Subject: p.subject, Batch: pageMessages, BatchSize: pageBytes}
	switch {
	case p.next > 0:
		request.Sequence = p.next
	case !p.since.IsZero():
		request.Start = &p.since
	default:
		request.Sequence = 1
	}
	return request
}
