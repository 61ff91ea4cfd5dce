package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/sync/errgroup"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/embedded"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/services/discoverer"
	"github.com/backmon/backmon/services/evaluator"
	"github.com/backmon/backmon/services/gateway"
	"github.com/backmon/backmon/services/gateway/download"
	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/purger"
)

// service is what all services have in common.
type service interface {
	Run(ctx context.Context) error
}

// build makes a service on a bus.
type build func(ctx context.Context, c *config.Config, b *bus.Bus, log *zap.Logger) (service, error)

func (a *app) run() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run all services in this process",
		Long: `Run starts discoverer, evaluator, purger, notifier and gateway in this process, on
an embedded NATS server that keeps its streams in nats.embedded.store_dir, or on
the external one of nats.url. The purger deletes nothing unless purger.mode is
enforce; the notifier tells nobody unless notifier.receivers names somebody.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runAll(cmd.Context()) },
	}
}

func (a *app) discoverer() *cobra.Command {
	return a.single("discoverer", "Find disks and ask for their evaluation", a.buildDiscoverer)
}

func (a *app) evaluator() *cobra.Command {
	return a.single("evaluator", "Evaluate disks and publish statuses", a.buildEvaluator)
}

func (a *app) purger() *cobra.Command {
	return a.single("purger", "Delete what retention no longer needs", a.buildPurger)
}

func (a *app) gateway() *cobra.Command {
	return a.single("gateway", "Serve the page, the API and metrics over HTTP", a.buildGateway)
}

// single is the command of one service on an external NATS.
func (a *app) single(name, short string, construct build) *cobra.Command {
	return &cobra.Command{
		Use:   name,
		Short: short,
		Long:  short + ".\n\nThe service needs the NATS server of nats.url, with streams made by `backmon provision`.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := a.prepare()
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), c, name, log, construct)
		},
	}
}

// prepare reads the configuration and makes the logger.
func (a *app) prepare() (*config.Config, *zap.Logger, error) {
	c, err := a.load()
	if err != nil {
		return nil, nil, err
	}
	log, err := a.logger(level(c.LogLevel))
	if err != nil {
		return nil, nil, err
	}
	log.Info("backmon starts", zap.String("version", a.Version), zap.String("config", c.File), zap.String("go", runtime.Version()))
	return c, log, nil
}

func level(l config.LogLevel) zapcore.Level {
	parsed, err := zapcore.ParseLevel(string(l))
	if err != nil {
		return zapcore.InfoLevel
	}
	return parsed
}

// serve runs one service on a connection of its own.
func (a *app) serve(ctx context.Context, c *config.Config, name string, log *zap.Logger, construct build) error {
	b, err := connect(ctx, c, name, log)
	if err != nil {
		return stopped(ctx, err)
	}
	s, err := construct(ctx, c, b, log)
	if err == nil {
		err = s.Run(ctx)
	}
	return errors.Join(stopped(ctx, err), b.Close(context.WithoutCancel(ctx)))
}

// stopped drops the error of a service that was told to stop; one that stops by
// itself without an error is an error.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // that is what it was told
	}
	if err == nil {
		return errors.New("a service stopped by itself")
	}
	return err
}

// runAll starts all services; the first to stop stops the others.
func (a *app) runAll(ctx context.Context) error {
	c, log, err := a.prepare()
	if err != nil {
		return err
	}
	options := bus.Options{OnError: logBusError(log)}
	var settings bus.Config
	if c.NATS.External() {
		if settings, err = busConfig(c); err != nil {
			return err
		}
	} else {
		server, err := embedded.Start(embeddedConfig(c), logBusError(log))
		if err != nil {
			return err
		}
		defer func() {
			if err := server.Shutdown(); err != nil {
				log.Error("the embedded NATS did not shut down well", zap.Error(err))
			}
		}()
		settings, options.InProcess = server.Config(), server
	}
	return a.runServices(ctx, c, settings, options, log)
}

func (a *app) runServices(ctx context.Context, c *config.Config, settings bus.Config, options bus.Options, log *zap.Logger) error {
	if err := provision(ctx, settings, options, log); err != nil {
		return stopped(ctx, err)
	}
	group, running := errgroup.WithContext(ctx)
	for name, construct := range map[string]build{"discoverer": a.buildDiscoverer, "evaluator": a.buildEvaluator, "purger": a.buildPurger, "notifier": a.buildNotifier, "gateway": a.buildGateway} {
		group.Go(func() error {
			options, settings := options, settings
			options.Name, settings.InboxPrefix = name, inboxPrefix(name)
			b, err := bus.Connect(running, settings, options)
			if err != nil {
				return stopped(running, err)
			}
			s, err := construct(running, c, b, log)
			if err == nil {
				err = s.Run(running)
			}
			return errors.Join(stopped(running, err), b.Close(context.WithoutCancel(running)))
		})
	}
	err := group.Wait()
	log.Info("backmon stops")
	return err
}

// provisioner is the name of who makes streams, as rights see it.
const provisioner = "provisioner"

// provision makes the streams that are missing and reports those that differ.
func provision(ctx context.Context, settings bus.Config, options bus.Options, log *zap.Logger) error {
	options.Name, settings.InboxPrefix = provisioner, inboxPrefix(provisioner)
	b, err := bus.Connect(ctx, settings, options)
	if err != nil {
		return err
	}
	found, err := b.Provision(ctx)
	for _, d := range found.Drifts {
		log.Warn("a stream differs from what this version expects; it is left as it is", zap.Stringer("drift", d))
	}
	return errors.Join(err, b.Close(context.WithoutCancel(ctx)))
}

func (a *app) buildDiscoverer(ctx context.Context, c *config.Config, b *bus.Bus, log *zap.Logger) (service, error) {
	all, err := environments(ctx, c)
	if err != nil {
		return nil, err
	}
	return discoverer.New(discoverer.Config{Interval: c.UpdateInterval, Environments: toDiscover(all)}, b, log)
}

func (a *app) buildEvaluator(ctx context.Context, c *config.Config, b *bus.Bus, log *zap.Logger) (service, error) {
	all, err := environments(ctx, c)
	if err != nil {
		return nil, err
	}
	share := 0.0
	if c.Purger.Mode == config.PurgeEnforce {
		share = c.Purger.MaxShare
	}
	return evaluator.New(evaluator.Config{
		PurgeShare:  share,
		Concurrency: c.Evaluator.Concurrency, Timeout: c.Evaluator.Timeout, MaxDefinition: c.Limits.Definitions, Environments: toEvaluate(all),
	}, b, log)
}

// idle is a service that is turned off.
type idle struct{}

// Run waits for ctx to end.
func (idle) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

func (a *app) buildPurger(ctx context.Context, c *config.Config, b *bus.Bus, log *zap.Logger) (service, error) {
	if c.Purger.Mode == config.PurgeOff {
		log.Info("the purger is off (purger.mode)")
		return idle{}, nil
	}
	all, err := environments(ctx, c)
	if err != nil {
		return nil, err
	}
	return purger.New(purger.Config{
		Enforce: c.Purger.Mode == config.PurgeEnforce, MaxShare: c.Purger.MaxShare, Interval: c.UpdateInterval,
		MaxDefinition: c.Limits.Definitions, Environments: toPurge(all),
	}, b, log)
}

func environmentNames(c *config.Config) []string {
	var names []string
	for _, e := range c.Environments {
		names = append(names, e.Name)
	}
	return names
}

func (a *app) buildGateway(ctx context.Context, c *config.Config, b *bus.Bus, log *zap.Logger) (service, error) {
	settings := gateway.Config{
		Listen: net.JoinHostPort("", strconv.Itoa(c.Port)), Environments: environmentNames(c), Interval: c.UpdateInterval,
		PurgeMode: string(c.Purger.Mode), PurgeShare: c.Purger.MaxShare, Version: a.Version, Ready: b.Ready, OnListen: a.OnListen,
		Guard: toGuard(c.HTTP),
	}
	if t := c.HTTP.TLS; t != nil {
		settings.TLS = &gateway.TLS{Certificate: t.Certificate, Key: t.Key, Strict: t.Strict}
	}
	if c.Downloads.Enabled { // only then does the gateway need the storage, and its credentials
		all, err := environments(ctx, c)
		if err != nil {
			return nil, err
		}
		if len(c.HTTP.Users) == 0 {
			log.Warn("downloads are on, and nobody has to log in: everyone who reaches the port can fetch backups (see http.users)")
		}
		settings.Downloads = download.Config{
			Enabled: true, Presign: c.Downloads.Mode == config.DownloadPresign, Expiry: c.Downloads.PresignExpiry, Environments: toServe(all),
		}
	}
	return gateway.New(settings, b, log)
}

// toGuard says who may do what on the HTTP server.
func toGuard(h config.HTTP) guard.Config {
	c := guard.Config{AllowAnonymousWrites: h.AllowAnonymousWrites, ProtectMetrics: h.ProtectMetrics, TrustedProxies: h.TrustedProxies}
	for _, u := range h.Users {
		a := guard.Account{Name: u.Name, Password: u.Password.Reveal(), Hash: u.PasswordHash.Reveal()}
		if u.Role == config.RoleOperator {
			a.Role = guard.Operator
		}
		c.Accounts = append(c.Accounts, a)
	}
	return c
}

func (a *app) provision() *cobra.Command {
	return &cobra.Command{
		Use:   "provision",
		Short: "Make the streams on the external NATS server",
		Long: `Provision makes the streams and consumers that are missing and reports those that
differ from what this version expects. It changes and deletes nothing that is there.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withBusAs(cmd.Context(), provisioner, func(ctx context.Context, _ *config.Config, b *bus.Bus) error {
				ctx, cancel := context.WithTimeout(ctx, time.Minute)
				defer cancel()
				found, err := b.Provision(ctx)
				if err == nil && len(found.Created)+len(found.Drifts) == 0 {
					fmt.Fprintln(a.Out, "everything is there, and as this version expects")
				}
				fmt.Fprint(a.Out, found)
				return err
			})
		},
	}
}
