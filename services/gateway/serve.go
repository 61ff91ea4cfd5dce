package gateway

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// Limits of the HTTP server: a slow or greedy client must not hold it up. Answers
// that go on lift the deadlines for themselves, with guard.LiftDeadlines.
const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 30 * time.Second
	writeTimeout   = 60 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	shutdownGrace  = 10 * time.Second
	// After this part of the grace the contexts of the requests that are left end, so
	// that long ones end by themselves and can still write down how far they came.
	shutdownNotice = shutdownGrace / 2
)

// errStopping is why a request's context ends before the client has left.
var errStopping = errors.New("the gateway is stopping")

// TLS names the files of the server's certificate and key.
type TLS struct {
	Certificate, Key string
	// Strict allows TLS 1.3 only; otherwise 1.2 is the least.
	Strict bool
}

// server is the HTTP server before it serves.
func (s *Service) server() *http.Server {
	server := &http.Server{
		Handler: s.guard.Protect(s.handler()), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: log.New(complaints{s.log}, "", 0),
	}
	if s.certificate != nil {
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.certificate.Get}
		if s.config.TLS.Strict {
			server.TLSConfig.MinVersion = tls.VersionTLS13
		}
	}
	return server
}

// serve answers requests on the listener until ctx ends, then lets those under
// way finish.
func (s *Service) serve(ctx context.Context, listener net.Listener) error {
	server, limited := s.server(), limit(listener, maxConnections)
	server.ConnState = limited.connState
	requests, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	server.BaseContext = func(net.Listener) context.Context { return requests }
	done := make(chan error, 1)
	go func() { done <- accept(server, limited) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve HTTP on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	s.api.Stop()
	s.page.Stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	defer time.AfterFunc(shutdownNotice, func() { end(errStopping) }).Stop()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("some requests did not end in time and are broken off", zap.Duration("after", shutdownGrace))
		err = server.Close()
	}
	if err != nil {
		return fmt.Errorf("shut down HTTP: %w", err)
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func accept(server *http.Server, listener net.Listener) error {
	if server.TLSConfig == nil {
		return server.Serve(listener)
	}
	return server.ServeTLS(listener, "", "")
}

// complaints takes the lines that net/http logs: a panic is ours, all else is what
// clients do, such as broken handshakes.
type complaints struct{ log *zap.Logger }

// Write logs a line.
func (c complaints) Write(line []byte) (int, error) {
	text := string(bytes.TrimSpace(line))
	if bytes.Contains(line, []byte("panic serving")) {
		c.log.Error("a request made the gateway panic", zap.String("panic", text))
	} else {
		c.log.Debug("HTTP", zap.String("message", text))
	}
	return len(line), nil
}
