package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/config"
)

// HeartbeatConfig says to whom it is told that all is well with backmon itself: a
// dead man's switch, which warns when it hears nothing.
type HeartbeatConfig struct {
	URL config.Secret
	// Method is GET, the default, HEAD or POST.
	Method string
	// Timeout of one beat; 0 is DefaultTimeout.
	Timeout   time.Duration
	UserAgent string
}

// Heartbeat tells a dead man's switch that backmon is there.
type Heartbeat struct {
	address, method string
	client          *client
}

// NewHeartbeat returns a heartbeat that has not begun.
func NewHeartbeat(c HeartbeatConfig) (*Heartbeat, error) {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.UserAgent == "" {
		c.UserAgent = defaultAgent
	}
	method := strings.ToUpper(c.Method)
	if method == "" {
		method = http.MethodGet
	}
	_, err := parseAddress(c.URL.Reveal())
	if method != http.MethodGet && method != http.MethodHead && method != http.MethodPost {
		err = errors.Join(err, fmt.Errorf("the method %q is not GET, HEAD or POST", c.Method))
	}
	client, problem := newClient(clientConfig{timeout: c.Timeout, userAgent: c.UserAgent, secrets: []string{c.URL.Reveal()}})
	if err := errors.Join(err, problem); err != nil {
		return nil, fmt.Errorf("heartbeat: %w", err)
	}
	return &Heartbeat{c.URL.Reveal(), method, client}, nil
}

// Beat beats once. Its errors are *Error.
func (h *Heartbeat) Beat(ctx context.Context) error {
	return h.client.do(ctx, h.method, h.address, nil, nil)
}

// Run beats at once and then at each interval while well says so, until ctx ends.
// A failed beat is told to failed, and the next one comes in its time.
func (h *Heartbeat) Run(ctx context.Context, interval time.Duration, well func() bool, failed func(error)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if well() {
			if err := h.Beat(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
