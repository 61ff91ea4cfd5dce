package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/backmon/backmon/pkg/config"
)

// HeartbeatConfig says to whom it is told that all is well with backmon itself: a
// dead man's switch, which warns when it hears nothing.
type HeartbeatConfig struct {
	URL       config.Secret
	UserAgent string
}

// Heartbeat tells a dead man's switch that backmon is there.
type Heartbeat struct {
	address string
	client  *client
}

// NewHeartbeat returns a heartbeat that has not begun.
func NewHeartbeat(c HeartbeatConfig) (*Heartbeat, error) {
	if c.UserAgent == "" {
		c.UserAgent = defaultAgent
	}
	_, err := parseAddress(c.URL.Reveal())
	client, problem := newClient(clientConfig{timeout: DefaultTimeout, userAgent: c.UserAgent, secrets: []string{c.URL.Reveal()}})
	if err := errors.Join(err, problem); err != nil {
		return nil, fmt.Errorf("heartbeat: %w", err)
	}
	return &Heartbeat{c.URL.Reveal(), client}, nil
}

// Beat beats once. Its errors are *Error.
func (h *Heartbeat) Beat(ctx context.Context) error {
	return h.client.do(ctx, http.MethodGet, h.address, nil, nil)
}
