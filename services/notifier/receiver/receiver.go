package receiver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/message"
)

// Receiver is somebody who is told. Its methods may be called concurrently.
type Receiver interface {
	// Name is that of the configuration.
	Name() string
	// Send tells of a notice, once. Its errors are *Error. The same notice sent
	// again can be known by its ID, as far as the receiver's protocol has a place
	// for that.
	Send(ctx context.Context, notice incident.Notice) error
}

// DefaultTimeout bounds one attempt to send.
const DefaultTimeout = 15 * time.Second

// defaultAgent is how the program calls itself when it is not told.
const defaultAgent = "backmon"

// Config is a receiver: exactly one of Webhook, Alertmanager, Shoutrrr and Exec is
// set.
type Config struct {
	Name         string
	Webhook      *Webhook
	Alertmanager *Alertmanager
	Shoutrrr     *Shoutrrr
	Exec         *Exec
	// Timeout of one attempt; 0 is DefaultTimeout.
	Timeout time.Duration
	// Message says how it is put into words. Its Markup is what the receiver needs.
	Message message.Config
	// UserAgent is how the program calls itself, as "backmon/4.0.0".
	UserAgent string
}

// New returns a receiver. It opens no connection. The error joins all problems of
// the configuration, and holds no secret.
func New(c Config, log *zap.Logger) (Receiver, error) {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.UserAgent == "" {
		c.UserAgent = defaultAgent
	}
	if c.Shoutrrr != nil && len(c.Shoutrrr.URLs) == 1 {
		c.Message.Markup = markupOf(c.Shoutrrr.URLs[0].Reveal())
	}
	writer, problem := message.New(c.Message)
	r, err := c.open(writer, log)
	if err := errors.Join(problem, err); err != nil {
		return nil, fmt.Errorf("receiver %q: %w", c.Name, err)
	}
	return r, nil
}

func (c Config) open(w *message.Writer, log *zap.Logger) (Receiver, error) {
	var opened []Receiver
	var problems []error
	add := func(r Receiver, err error) {
		opened, problems = append(opened, r), append(problems, err)
	}
	if c.Webhook != nil {
		add(newWebhook(c, w))
	}
	if c.Alertmanager != nil {
		add(newAlertmanager(c, w, log))
	}
	if c.Shoutrrr != nil {
		add(newChat(c, w))
	}
	if c.Exec != nil {
		add(newExec(c, w))
	}
	if len(opened) != 1 {
		return nil, errors.New("it has to be one of webhook, alertmanager, shoutrrr and exec")
	}
	return opened[0], errors.Join(problems...)
}
