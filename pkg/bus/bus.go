package bus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options are what a program, not its user, decides about its bus.
type Options struct {
	// Name of the service, as "evaluator": the source of its events, and the
	// name of its connection and dead letters. Needed.
	Name string
	// OnError is told what goes wrong in the background: a lost connection, a
	// right that lacks, a message that can't be read. It may be called from
	// several goroutines and must not block. Nil drops them.
	OnError func(error)
	// InProcess connects to a server in this process, instead of Config.URLs.
	InProcess interface{ InProcessConn() (net.Conn, error) }
	// TombstoneTTL is how long a tombstone stays; 24 hours when 0, at least a
	// second. Watchers that were away for longer than half of it start anew.
	TombstoneTTL time.Duration
	// Patience is how long a publish is tried again while the server doesn't
	// answer or has no leader; 30 seconds when 0. The context may end it sooner.
	Patience time.Duration
}

const (
	defaultTombstoneTTL = 24 * time.Hour
	defaultPatience     = 30 * time.Second
	reconnectWait       = 500 * time.Millisecond
	connectRetry        = 250 * time.Millisecond
	closeTimeout        = 10 * time.Second
)

// Bus is a connection to NATS that is made anew for ever. It is safe for
// concurrent use.
type Bus struct {
	config  Config
	options Options
	conn    *nats.Conn
	js      jetstream.JetStream
	server  version
	epoch   epoch
	closing atomic.Bool
	closed  chan struct{}
}

// Connect connects to NATS. While no server answers it tries again until ctx
// ends, telling OnError; wrong credentials and a server that is too old are
// errors at once. Close frees what it holds.
func Connect(ctx context.Context, config Config, options Options) (*Bus, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if len(config.URLs) == 0 && options.InProcess == nil {
		return nil, errors.New("connect to NATS: url: is missing")
	}
	b := &Bus{config: config, options: options.withDefaults(), closed: make(chan struct{})}
	if err := b.dial(ctx); err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	if err := b.start(); err != nil {
		b.conn.Close()
		return nil, err
	}
	return b, nil
}

func (o Options) withDefaults() Options {
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	if o.TombstoneTTL == 0 {
		o.TombstoneTTL = defaultTombstoneTTL
	}
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	return o
}

func (b *Bus) dial(ctx context.Context) error {
	options := nats.GetDefaultOptions()
	options.Servers = b.config.URLs
	for _, option := range b.natsOptions() {
		if err := option(&options); err != nil {
			return err
		}
	}
	for {
		conn, err := options.Connect()
		if err == nil {
			b.conn = conn
			return nil
		}
		if !worthRetrying(err) {
			return err
		}
		b.options.OnError(fmt.Errorf("connect to NATS: %w", err))
		if waitErr := sleep(ctx, connectRetry); waitErr != nil {
			return errors.Join(err, waitErr)
		}
	}
}

// worthRetrying tells a server that isn't there yet from one that refuses.
func worthRetrying(err error) bool {
	var network net.Error
	return errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) || errors.As(err, &network)
}

func (b *Bus) natsOptions() []nats.Option {
	options := []nats.Option{
		nats.Name("backmon " + b.options.Name),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.IgnoreAuthErrorAbort(),
		nats.DrainTimeout(closeTimeout),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) { b.asyncError(sub, err) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { b.disconnected(err) }),
		nats.ReconnectHandler(func(*nats.Conn) { b.epoch.turn() }),
		nats.ClosedHandler(func(*nats.Conn) { b.connectionClosed() }),
	}
	if b.options.InProcess != nil {
		return append(options, nats.InProcessServer(b.options.InProcess))
	}
	return append(options, b.config.natsOptions()...)
}

func (c Config) natsOptions() []nats.Option {
	var options []nats.Option
	if c.CredsFile != "" {
		options = append(options, nats.UserCredentials(c.CredsFile))
	}
	if c.User != "" {
		options = append(options, nats.UserInfo(c.User, c.Password))
	}
	if c.TLS.CA != "" {
		options = append(options, nats.RootCAs(c.TLS.CA))
	}
	if c.TLS.Cert != "" {
		options = append(options, nats.ClientCert(c.TLS.Cert, c.TLS.Key))
	}
	if c.InboxPrefix != "" {
		options = append(options, nats.CustomInboxPrefix(c.InboxPrefix))
	}
	return options
}

func (b *Bus) start() error {
	server, err := checkVersion(b.conn.ConnectedServerVersion(), b.conn.ConnectedUrlRedacted())
	if err != nil {
		return err
	}
	b.server = server
	b.js, err = jetstream.New(b.conn)
	return err
}

// asyncError passes on what the server or client says outside of any call, as a
// right that lacks: the call itself would just time out.
func (b *Bus) asyncError(sub *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrPermissionViolation) {
		b.options.OnError(fmt.Errorf("%w: %w", ErrForbidden, err))
		return
	}
	if sub != nil {
		err = fmt.Errorf("subscription %q: %w", sub.Subject, err)
	}
	b.options.OnError(fmt.Errorf("nats: %w", err))
}

func (b *Bus) disconnected(err error) {
	if b.closing.Load() {
		return
	}
	if err == nil {
		err = ErrDisconnected
	}
	b.options.OnError(fmt.Errorf("connection to NATS lost, reconnecting: %w", err))
}

func (b *Bus) connectionClosed() {
	if !b.closing.Load() {
		b.options.OnError(ErrClosed)
	}
	close(b.closed)
}

// ServerVersion is the version of the server at the other end, as "2.15.2".
func (b *Bus) ServerVersion() string { return b.conn.ConnectedServerVersion() }

// Close sends what is under way and closes the connection; it waits for that
// until ctx ends, then it closes hard. Consumers and watchers are to be stopped
// before. A second call does nothing.
func (b *Bus) Close(ctx context.Context) error {
	if b.closing.Swap(true) {
		return nil
	}
	if err := b.conn.Drain(); err != nil {
		// Not connected: there is nothing to drain.
		b.conn.Close()
	}
	select {
	case <-b.closed:
		return nil
	case <-ctx.Done():
		b.conn.Close()
		return fmt.Errorf("close bus: %w", ctx.Err())
	}
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
