package gateway

import (
	"context"
	"net"
	"net/http"
)

// Limit returns a listener that accepts so many connections at a time, and a server
// that tells it of those that ended.
func Limit(l net.Listener, most int, h http.Handler) (net.Listener, *http.Server) {
	limited := limit(l, most)
	return limited, &http.Server{Handler: h, ConnState: limited.connState}
}

// WriteTimeout is how long an answer may take.
const WriteTimeout = writeTimeout

// Prompt is the bus for those who ask over HTTP.
func Prompt(b Bus, ready func(context.Context) error) Bus { return promptBus{b, ready} }
