package gateway

import (
	"net"
	"net/http"
)

// Limit returns a listener that accepts so many connections at a time, and a server
// that tells it of those that ended.
func Limit(l net.Listener, most int, h http.Handler) (net.Listener, *http.Server) {
	limited := limit(l, most)
	return limited, &http.Server{Handler: h, ConnState: limited.connState}
}
