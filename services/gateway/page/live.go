package page

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/problem"
)

const (
	// livePause is the least time between two events: a page that follows many
	// changes is fetched once for all of them.
	livePause = time.Second
	// liveBeat is how often a comment is sent on a silent connection, so that both
	// ends notice when the other is gone.
	liveBeat = 15 * time.Second
	// liveWrite bounds one write: a client that does not read is let go.
	liveWrite = 20 * time.Second
	// liveSlack is how much the clocks of this machine and the stream may differ.
	liveSlack = 5 * time.Second
)

// live tells a page when to fetch itself again: an event "change" whenever
// something in its scope has changed since it was made. It carries no statuses.
func (p *Page) live(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	scope := board.Query{Environment: q.Get("env"), Disk: q.Get("disk"), Directory: q.Get("directory"), File: q.Get("file"), Group: q.Get("group")}
	milliseconds, err := strconv.ParseInt(q.Get("since"), 10, 64)
	if err != nil {
		http.Error(w, "since: not a time in milliseconds", http.StatusBadRequest)
		return
	}
	if !p.streams.Take() {
		w.Header().Set("Retry-After", "30")
		problem.Write(w, r, http.StatusServiceUnavailable, "too many pages are open already")
		return
	}
	defer p.streams.Leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead { // its answer is complete
		return
	}
	if err := guard.LiftDeadlines(w); err != nil {
		p.log.Error("a page can't follow changes", zap.Error(err))
		return
	}
	l := liveStream{out: http.NewResponseController(w), w: w}
	if l.send(": backmon\nretry: 5000\n\n") != nil {
		return
	}
	changes := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(p.stopped, cancel)()
	go p.follow(ctx, scope, time.UnixMilli(milliseconds).Add(-liveSlack), changes)
	go p.followIncidents(ctx, changes)
	go p.followDoubts(ctx, changes)
	l.run(ctx, changes)
}

// followIncidents signals changes of incidents, of who knows of them, and of
// silences: every page may show some.
func (p *Page) followIncidents(ctx context.Context, changes chan<- struct{}) {
	for changed := p.troubled.Changed(); ; changed = p.troubled.Changed() {
		select {
		case <-changed:
			signal(changes)
		case <-ctx.Done():
			return
		}
	}
}

// followDoubts signals that the notices above every page are others: NATS has gone
// away or is back, a disk was not looked at for too long. Nothing on the board
// changes then.
func (p *Page) followDoubts(ctx context.Context, changes chan<- struct{}) {
	look := time.NewTicker(liveBeat)
	defer look.Stop()
	for before := p.doubts(ctx); ; {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		if now := p.doubts(ctx); now != before {
			before = now
			signal(changes)
		}
	}
}

// doubts names the notices above every page.
func (p *Page) doubts(ctx context.Context) string {
	text := ""
	for _, n := range p.notices(ctx, p.config.Now()) {
		text += n.Key + " "
	}
	return text
}

// signal tells of a change, unless one waits already.
func signal(changes chan<- struct{}) {
	select {
	case changes <- struct{}{}:
	default:
	}
}

// follow signals changes of the scope after an instant. Several in a row are one.
func (p *Page) follow(ctx context.Context, scope board.Query, since time.Time, changes chan<- struct{}) {
	feed, replayed := p.board.Subscribe(board.Place{}), false
	for {
		some, err := feed.Next(ctx)
		if err != nil {
			return
		}
		changed := false
		for _, c := range some {
			switch {
			case c.Kind == board.Current:
				replayed = true
			case c.Kind == board.Reset:
				changed, replayed = true, false
			case inScope(c, scope) && (replayed || storedAt(c).After(since)):
				changed = true
			}
		}
		if changed {
			signal(changes)
		}
	}
}

// inScope reports whether a change is of something that a scope names. A disk's
// own status matters to all of its series.
func inScope(c board.Change, scope board.Query) bool {
	if c.Disk != nil {
		id := c.Disk.ID()
		return (scope.Environment == "" || scope.Environment == id.Environment) && (scope.Disk == "" || scope.Disk == id.Disk)
	}
	return scope.Names(c.SeriesID())
}

func storedAt(c board.Change) time.Time {
	if c.Disk != nil {
		return c.Disk.Stored
	}
	return c.Series.Stored
}

// liveStream writes server-sent events.
type liveStream struct {
	out *http.ResponseController
	w   http.ResponseWriter
}

func (l *liveStream) send(text string) error {
	if err := l.out.SetWriteDeadline(time.Now().Add(liveWrite)); err != nil {
		return fmt.Errorf("bound a write: %w", err)
	}
	if _, err := l.w.Write([]byte(text)); err != nil {
		return err
	}
	return l.out.Flush()
}

// run sends an event for each change, not too many, until ctx ends or the client
// is gone.
func (l *liveStream) run(ctx context.Context, changes <-chan struct{}) {
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	for {
		text := ": still here\n\n"
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		case <-changes:
			text = "event: change\ndata: \n\n"
		}
		if l.send(text) != nil {
			return
		}
		if !rest(ctx, livePause) {
			return
		}
	}
}

// rest waits, and reports whether ctx is still alive.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
