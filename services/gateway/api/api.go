// Package api answers programs over HTTP: the API v1 below /api/v1, which
// openapi.yaml describes, and beside it what upstream's backmon answered below
// /api. What is known comes from the board; what the stream alone has (history,
// audit, holds) is read from the bus when it is asked for.
//
// It lets everybody in: who may read, and who may do more than read, is settled
// before. Methods other than GET and HEAD are an operator's.
package api

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/history"
	"github.com/backmon/backmon/services/gateway/problem"
)

// Config are the API's settings.
type Config struct {
	// Environments are the configured ones in their order: where two have a disk of
	// one name, upstream's paths mean that of the first.
	Environments []string
	Version      string
	Purging      Purging
	// Heartbeat is how often a stream of events shows that it lives when there is
	// nothing to tell; DefaultHeartbeat when 0.
	Heartbeat time.Duration
	// Streams is how many clients may listen to events at a time; guard.MaxStreams
	// when 0.
	Streams int
}

// DefaultHeartbeat is the Heartbeat of a Config that gives none.
const DefaultHeartbeat = 15 * time.Second

// Bus is what the API needs of the bus, as *bus.Bus has it.
type Bus interface {
	history.Bus
	PublishDiskFound(ctx context.Context, found *backmonv1.DiskFound, id string) (bus.Outcome, error)
	ReadAudit(ctx context.Context, filter bus.AuditFilter) iter.Seq2[bus.AuditRecord, error]
	Holds(ctx context.Context) ([]*backmonv1.Hold, error)
	PutHold(ctx context.Context, hold *backmonv1.Hold) error
	RemoveHold(ctx context.Context, id string) error
	PutSilence(ctx context.Context, silence *backmonv1.Silence) error
	RemoveSilence(ctx context.Context, id string) error
}

// Downloads hand out the newest file of a series.
type Downloads interface {
	ServeSeries(w http.ResponseWriter, r *http.Request, id backup.SeriesID)
	Enabled() bool
}

// API answers requests below /api.
type API struct {
	config    Config
	board     *board.Board
	troubles  Troubles
	bus       Bus
	past      *history.Reader
	downloads Downloads
	log       *zap.Logger
	routes    []route
	streams   guard.Places
	// stopped ends when no stream may go on.
	stopped context.Context
	stop    context.CancelFunc
}

// New returns an API that tells of what the boards know.
func New(config Config, statuses *board.Board, troubles Troubles, from Bus, downloads Downloads, log *zap.Logger) *API {
	if config.Heartbeat == 0 {
		config.Heartbeat = DefaultHeartbeat
	}
	if config.Streams == 0 {
		config.Streams = guard.MaxStreams
	}
	stopped, stop := context.WithCancel(context.Background())
	return &API{
		config: config, board: statuses, troubles: troubles, bus: from, past: history.New(from), downloads: downloads, log: log.Named("api"),
		routes: routes(), streams: guard.NewPlaces(config.Streams), stopped: stopped, stop: stop,
	}
}

// Stop ends all streams of events, so that a server can shut down.
func (a *API) Stop() { a.stop() }

// Owns reports whether a request is the API's. Ask before a ServeMux sees it: a
// mux takes "." and "//" out of paths, and these stand for names here.
func (a *API) Owns(r *http.Request) bool {
	path := r.URL.EscapedPath()
	return path == "/api" || strings.HasPrefix(path, "/api/")
}

// ServeHTTP answers a request that the API owns.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/api"), "/")[1:]
	var err error
	if len(segments) > 0 && segments[0] == "v1" {
		err = a.v1(w, r, segments[1:])
	} else {
		err = a.upstream(w, r, segments)
	}
	if err != nil {
		a.fail(w, r, err)
	}
}

// refusal is an error that is the asker's to know.
type refusal struct {
	problem.Problem
	retryAfter string // seconds; empty for none
}

func (r *refusal) Error() string { return r.Detail }

// refuse makes an answer of a status with a sentence.
func refuse(status int, detail string, faults ...problem.Fault) error {
	r := &refusal{Problem: problem.New(status, detail, faults...)}
	if status == http.StatusServiceUnavailable {
		r.retryAfter = "1"
	}
	return r
}

// fail answers with what went wrong.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	var known *refusal
	switch {
	case errors.As(err, &known):
	case r.Context().Err() != nil: // the client has left, or the gateway makes an end of it
		known = &refusal{problem.New(http.StatusServiceUnavailable, "the gateway is stopping: try again in a moment"), "5"}
	default:
		a.log.Warn("a request could not be answered", zap.String("path", r.URL.EscapedPath()), zap.Error(err))
		known = &refusal{problem.New(http.StatusServiceUnavailable, "NATS, where this is kept, does not answer: "+err.Error()), "5"}
	}
	if known.retryAfter != "" {
		w.Header().Set("Retry-After", known.retryAfter)
	}
	known.Write(w, r)
}

// ready asks for patience while the board is being filled: half of the statuses would be told for all.
func (a *API) ready() error {
	if a.board.Current() {
		return nil
	}
	return refuse(http.StatusServiceUnavailable, "the last statuses are still being replayed: try again in a moment")
}
