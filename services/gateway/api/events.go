package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/view"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/guard"
)

const (
	// stallTimeout is how long a client may take for what is sent to it at once. One
	// that reads nothing is cut off, and may come back with its Last-Event-ID.
	stallTimeout = time.Minute
	// flushAt is how many bytes are gathered before they are sent.
	flushAt = 16 << 10
	// reconnectAfter is how long a client is asked to wait before it comes back.
	reconnectAfter = 3 * time.Second
)

// eventStream sends changes to one client as server-sent events.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	query   board.Query
	place   board.Place // up to where the client was told
	noted   board.Place // the place that the client knows of
	out     bytes.Buffer
}

// events answers with a stream of events: the present state, "current", then each
// change, until the client goes.
func (a *API) events(w http.ResponseWriter, r *request) error {
	p, err := r.parameters()
	if err != nil {
		return err
	}
	q, err := p.query(board.FilterParameters()...)
	if err != nil {
		return err
	}
	if !a.streams.Take() {
		return refuse(http.StatusServiceUnavailable, fmt.Sprintf("%d clients listen already: try again when one of them has left", cap(a.streams)))
	}
	defer a.streams.Leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // proxies that buffer would keep the events
	if r.Method == http.MethodHead {
		return nil
	}
	if err := guard.LiftDeadlines(w); err != nil {
		return fmt.Errorf("stream events: %w", err)
	}
	s := &eventStream{w: w, control: http.NewResponseController(w), query: q}
	var from board.Place
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		from = resumeFrom(id)
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(a.stopped, cancel)()
	a.pump(ctx, s, a.board.Subscribe(from))
	return nil
}

// resumeFrom reads the id that a client comes back with. One that is none leads to
// a reset, as the client may have something to forget.
func resumeFrom(id string) board.Place {
	if place := board.ParsePlace(id); place != (board.Place{}) {
		return place
	}
	return board.Place{Sequence: 1}
}

// pump sends what a feed tells until the client goes or stalls.
func (a *API) pump(ctx context.Context, s *eventStream, feed *board.Feed) {
	fmt.Fprintf(&s.out, "retry: %d\n\n", reconnectAfter.Milliseconds()) // the client sees that it is connected
	for s.flush() == nil {
		waiting, cancel := context.WithTimeout(ctx, a.config.Heartbeat)
		changes, err := feed.Next(waiting)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, context.DeadlineExceeded):
			s.heartbeat()
		}
		for _, c := range changes {
			if s.add(c) != nil || s.out.Len() > flushAt && s.flush() != nil {
				return
			}
		}
	}
}

// flush sends what is gathered.
func (s *eventStream) flush() error {
	if s.out.Len() == 0 {
		return nil
	}
	defer s.out.Reset()
	if err := s.control.SetWriteDeadline(time.Now().Add(stallTimeout)); err != nil {
		return err
	}
	if _, err := s.w.Write(s.out.Bytes()); err != nil {
		return err
	}
	return s.control.Flush()
}

// heartbeat shows that the stream lives. It carries the place when that has moved
// on by changes that the client does not see: its browser takes note, and asks to
// go on there.
func (s *eventStream) heartbeat() {
	if s.place != s.noted {
		fmt.Fprintf(&s.out, "id: %s\n", s.place)
		s.noted = s.place
	}
	s.out.WriteString(":\n\n")
}

// add gathers the event of a change.
func (s *eventStream) add(c board.Change) error {
	if c.Place != (board.Place{}) {
		s.place = c.Place
	}
	switch c.Kind {
	case board.Current:
		return s.event("current", struct{}{})
	case board.Reset:
		s.place, s.noted = board.Place{}, board.Place{}
		s.out.WriteString("id:\n") // the one that the client has is good for nothing
		return s.event("reset", struct{}{})
	case board.DiskChanged, board.DiskEnded:
		return s.disk(c)
	default:
		return s.series(c)
	}
}

// series tells of a series. Its names are as the query asks for, or it does not
// concern the client. Whether the rest of the query chooses it may change: then
// it leaves.
func (s *eventStream) series(c board.Change) error {
	id := c.SeriesID()
	switch {
	case !s.query.Names(id):
		return nil
	case c.Kind == board.SeriesEnded:
		return s.event("series_ended", view.NewSeriesID(id))
	case !s.query.Matches(c.Series):
		return s.event("series_left", view.NewSeriesID(id))
	default:
		document, err := c.Series.Document(writeSeriesItem)
		if err != nil {
			return err
		}
		s.write("series", document)
		return nil
	}
}

// writeSeriesItem writes the one line of JSON that all clients are told.
func writeSeriesItem(e *board.Entry) ([]byte, error) { return json.Marshal(newSeriesItem(e)) }

// disk tells of a disk, of which the query names the environment and the disk.
func (s *eventStream) disk(c board.Change) error {
	id := c.Disk.ID()
	wanted := board.Query{Environment: s.query.Environment, Disk: s.query.Disk}
	if !wanted.Names(backup.SeriesID{Environment: id.Environment, Disk: id.Disk}) {
		return nil
	}
	if c.Kind == board.DiskEnded {
		return s.event("disk_ended", struct {
			Environment string `json:"environment"`
			Disk        string `json:"disk"`
		}{id.Environment, id.Disk})
	}
	return s.event("disk", struct {
		view.Disk
		Severity string `json:"severity"`
		links
	}{view.NewDisk(c.Disk.Status), wire.ParseDiskCondition(c.Disk.Status).Severity().String(), diskLinks(id)})
}

// event writes an event.
func (s *eventStream) event(name string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	s.write(name, text)
	return nil
}

// write writes an event whose data is JSON, which is one line, so that it can't end
// the event.
func (s *eventStream) write(name string, data []byte) {
	if s.place != (board.Place{}) && s.place != s.noted {
		fmt.Fprintf(&s.out, "id: %s\n", s.place)
		s.noted = s.place
	}
	fmt.Fprintf(&s.out, "event: %s\ndata: ", name)
	s.out.Write(data)
	s.out.WriteString("\n\n")
}
