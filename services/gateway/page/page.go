package page

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/history"
	"github.com/backmon/backmon/services/gateway/incidents"
)

// Config are the page's settings.
type Config struct {
	Version string
	// Interval is how often each disk is evaluated: what is far older is said to
	// be stale. 0: it is not known.
	Interval time.Duration
	// Downloads says that files can be fetched.
	Downloads bool
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Ready says whether the bus can be used.
	Ready func(context.Context) error
}

// Validate reports every problem of the settings.
func (c Config) Validate() error {
	if c.Ready == nil {
		return errors.New("no way to tell whether the bus is ready is given")
	}
	return nil
}

// Page shows a board.
type Page struct {
	config    Config
	board     *board.Board
	troubled  *incidents.Board
	past      *history.Reader
	bus       Bus
	log       *zap.Logger
	assets    assets
	templates map[string]*template.Template
	zones     sync.Map // of *time.Location by name
	streams   guard.Places
	// stopped ends when nobody may be told of changes any more.
	stopped context.Context
	stop    context.CancelFunc
}

// New returns a page that shows the statuses and incidents on the boards. What
// people ask for goes to the bus.
func New(config Config, statuses *board.Board, troubled *incidents.Board, to Bus, log *zap.Logger) (*Page, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	files, err := readAssets()
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	p := &Page{
		config: config, board: statuses, troubled: troubled, past: history.New(to), bus: to, log: log.Named("page"), assets: files,
		streams: guard.NewPlaces(guard.MaxStreams),
	}
	p.stopped, p.stop = context.WithCancel(context.Background())
	if p.templates, err = p.parseTemplates(); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return p, nil
}

// Stop ends all that waits for changes, so that a server can shut down.
func (p *Page) Stop() { p.stop() }

// Register adds the page's paths to a mux. All paths that nothing else answers are
// answered with a page that says so.
func (p *Page) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.overview)
	mux.HandleFunc("GET /series", p.list)
	mux.HandleFunc("GET /series/{env}/{disk}/{directory}/{file}/{group}", p.series)
	mux.HandleFunc("GET /disks/{env}/{disk}", p.disk)
	mux.HandleFunc("GET /holds", p.holds)
	mux.HandleFunc("GET /incidents", p.incidentList)
	mux.HandleFunc("GET /audit", p.audit)
	mux.HandleFunc("GET /live", p.live)
	mux.HandleFunc("GET /static/{file}", p.static)
	mux.HandleFunc("GET /favicon.ico", p.favicon)
	p.registerActions(mux)
	mux.HandleFunc("/", p.notFound)
}

// zone is the time zone of a name; UTC where this machine does not know it.
func (p *Page) zone(name string) *time.Location {
	if known, ok := p.zones.Load(name); ok {
		return known.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		zone = time.UTC
	}
	p.zones.Store(name, zone)
	return zone
}
