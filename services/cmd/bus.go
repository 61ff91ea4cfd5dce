package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/embedded"
	"github.com/backmon/backmon/pkg/config"
)

// connectTimeout is how long an operator's command waits for NATS; services wait
// for ever.
const connectTimeout = 5 * time.Second

func embeddedConfig(c *config.Config) embedded.Config {
	listen := c.NATS.Embedded.Listen
	if listen == "" {
		listen = embedded.NoListen
	}
	return embedded.Config{StoreDir: c.NATS.Embedded.StoreDir, Listen: listen}
}

// busConfig is how to reach the configured NATS from another process than the
// one that embeds it.
func busConfig(c *config.Config) (bus.Config, error) {
	if !c.NATS.External() {
		return embedded.ClientConfig(embeddedConfig(c))
	}
	return bus.Config{
		URLs: c.NATS.URLs, Replicas: c.NATS.Replicas,
		CredsFile: c.NATS.Creds, User: c.NATS.User, Password: c.NATS.Password.Reveal(),
		TLS: bus.TLS{CA: c.NATS.TLS.CA, Cert: c.NATS.TLS.Certificate, Key: c.NATS.TLS.Key},
	}, nil
}

// connect connects a service to NATS and checks that the streams are there.
func connect(ctx context.Context, c *config.Config, name string, log *zap.Logger) (*bus.Bus, error) {
	settings, err := busConfig(c)
	if err != nil {
		return nil, err
	}
	settings.InboxPrefix = inboxPrefix(name)
	b, err := bus.Connect(ctx, settings, bus.Options{Name: name, OnError: logBusError(log)})
	if err != nil {
		return nil, err
	}
	if err := b.Check(ctx); err != nil {
		return nil, errors.Join(err, b.Close(context.WithoutCancel(ctx)))
	}
	return b, nil
}

// inboxPrefix gives each service an inbox of its own, so that permissions can
// keep services from reading each other's answers.
func inboxPrefix(name string) string { return "_INBOX_" + name }

// logBusError logs a right that lacks as an error: nothing heals it but a person.
func logBusError(log *zap.Logger) func(error) {
	return func(err error) {
		if errors.Is(err, bus.ErrForbidden) {
			log.Error("bus", zap.Error(err))
			return
		}
		log.Warn("bus", zap.Error(err))
	}
}

// onBus is work with a connection to NATS.
type onBus func(context.Context, *config.Config, *bus.Bus) error

// withBus connects an operator's command, which does not wait for a server that
// is not there.
func (a *app) withBus(ctx context.Context, work onBus) error {
	return a.withBusAs(ctx, "operator", work)
}

// withBusAs does work under a name that rights can be given for. It ends with the
// first right that lacks.
func (a *app) withBusAs(ctx context.Context, name string, work onBus) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	settings, err := busConfig(c)
	if err != nil {
		return err
	}
	settings.InboxPrefix = inboxPrefix(name)
	working, refuse := context.WithCancelCause(ctx)
	defer refuse(nil)
	dialing, cancel := context.WithTimeout(working, connectTimeout)
	defer cancel()
	b, err := bus.Connect(dialing, settings, bus.Options{Name: name, OnError: onForbidden(refuse)})
	if err != nil {
		return fmt.Errorf("%w; is `backmon run` or the NATS server up?", err)
	}
	defer func() { _ = b.Close(context.WithoutCancel(ctx)) }() // nothing is under way
	err = work(working, c, b)
	if cause := context.Cause(working); errors.Is(cause, bus.ErrForbidden) {
		return errors.Join(err, cause)
	}
	return err
}

// onForbidden passes on that a right lacks. What else is wrong comes as the error
// of some call.
func onForbidden(refuse context.CancelCauseFunc) func(error) {
	return func(err error) {
		if errors.Is(err, bus.ErrForbidden) {
			refuse(err)
		}
	}
}
