package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/api"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/certificate"
	"github.com/backmon/backmon/services/gateway/download"
	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/incidents"
	"github.com/backmon/backmon/services/gateway/insist"
	"github.com/backmon/backmon/services/gateway/metrics"
	"github.com/backmon/backmon/services/gateway/page"
)

// Config are the gateway's settings.
type Config struct {
	// Listen is the address of the HTTP server; port 0 lets the system choose.
	Listen string
	TLS    *TLS // nil: plain HTTP
	Guard  guard.Config
	// Downloads says whether files are handed out; its Ready is that of here.
	Downloads download.Config
	// Environments are the names of the configured environments, in their order.
	Environments []string
	// Interval is how often each disk is evaluated.
	Interval time.Duration
	// PurgeMode and PurgeShare are the purger's settings, to show what it would do.
	PurgeMode  string
	PurgeShare float64
	Version    string
	// Ready says whether the bus can be used.
	Ready func(context.Context) error
	// OnListen, when set, is told the address once the server listens.
	OnListen func(net.Addr)
}

// Validate reports every problem of the settings.
func (c Config) Validate() error {
	var problems []error
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		problems = append(problems, fmt.Errorf("the address %q is not host:port", c.Listen))
	}
	if c.TLS != nil && (c.TLS.Certificate == "" || c.TLS.Key == "") {
		problems = append(problems, errors.New("TLS needs both a certificate and a key"))
	}
	problems = append(problems, c.Guard.Validate())
	if c.Ready == nil {
		problems = append(problems, errors.New("no way to tell whether the bus is ready is given"))
	}
	return errors.Join(problems...)
}

// Bus is what the gateway needs of the bus.
type Bus interface {
	WatchStatuses(ctx context.Context, filter bus.Filter, visit func(bus.Event) error) error
	WatchAudit(ctx context.Context, filter bus.AuditFilter, visit func(bus.AuditEvent) error) error
	download.Books
	api.Bus
	incidents.Bus
	page.Bus
}

// insistent is the bus, on which requests for evaluations are not lost.
type insistent struct {
	Bus
	asker *insist.Asker
}

// PublishDiskFound asks until the request is taken.
func (i insistent) PublishDiskFound(ctx context.Context, found *backmonv1.DiskFound, id string) (bus.Outcome, error) {
	return i.asker.PublishDiskFound(ctx, found, id)
}

// Service is a gateway.
type Service struct {
	config      Config
	bus         Bus
	log         *zap.Logger
	board       *board.Board
	incidents   *incidents.Board
	ledger      *metrics.Ledger
	notices     *metrics.Notices
	guard       *guard.Guard
	downloads   *download.Handler
	api         *api.API
	page        *page.Page
	asker       *insist.Asker
	certificate *certificate.Keeper // nil: plain HTTP
}

// New returns a gateway.
func New(config Config, from Bus, log *zap.Logger) (*Service, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	log = log.Named("gateway")
	keeper, err := guard.New(config.Guard, log)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	statuses := board.New()
	s := &Service{
		config: config, log: log, board: statuses, incidents: incidents.New(), ledger: metrics.NewLedger(statuses), guard: keeper,
		asker: insist.New(from, log),
	}
	s.bus = promptBus{insistent{from, s.asker}, config.Ready}
	s.notices = metrics.NewNotices(s.incidents)
	config.Downloads.Ready = config.Ready
	if s.downloads, err = download.New(config.Downloads, statuses, from, log); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	s.api = api.New(api.Config{
		Environments: config.Environments, Version: config.Version,
		Purging: api.Purging{Mode: config.PurgeMode, MaxShare: config.PurgeShare, Interval: config.Interval},
	}, statuses, s.incidents, s.bus, s.downloads, log)
	s.page, err = page.New(page.Config{
		Version: config.Version, Interval: config.Interval, Downloads: config.Downloads.Enabled, Ready: config.Ready,
	}, statuses, s.incidents, s.bus, log)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	if t := config.TLS; t != nil {
		if s.certificate, err = certificate.Open(certificate.Files{Certificate: t.Certificate, Key: t.Key}, log); err != nil {
			return nil, fmt.Errorf("gateway: %w", err)
		}
	}
	return s, nil
}

// Run serves until ctx ends, which is no error.
func (s *Service) Run(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.config.Listen)
	if err != nil {
		return fmt.Errorf("gateway: listen on %q: %w", s.config.Listen, err)
	}
	s.log.Info("serving HTTP", zap.Stringer("address", listener.Addr()), zap.Bool("tls", s.config.TLS != nil))
	if s.config.OnListen != nil {
		s.config.OnListen(listener.Addr())
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.serve(ctx, listener) })
	group.Go(func() error { return s.watch(ctx) })
	group.Go(func() error { return s.watchAudit(ctx) })
	group.Go(func() error { return s.incidents.Run(ctx, s.bus) })
	group.Go(func() error { return s.asker.Run(ctx) })
	if s.certificate != nil {
		group.Go(func() error { return s.certificate.Run(ctx, certificate.Interval) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	return nil
}

// watch keeps the board in step with the stream.
func (s *Service) watch(ctx context.Context) error {
	return s.bus.WatchStatuses(ctx, bus.Filter{}, func(e bus.Event) error {
		s.board.Apply(e)
		return nil
	})
}

// watchAudit keeps what is counted in step with the audit stream.
func (s *Service) watchAudit(ctx context.Context) error {
	return s.bus.WatchAudit(ctx, bus.AuditFilter{}, func(e bus.AuditEvent) error {
		s.ledger.Apply(e)
		s.notices.Apply(e)
		return nil
	})
}
