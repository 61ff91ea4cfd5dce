package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/metrics"
)

// Limits of the HTTP server: a slow or greedy client must not hold it up.
const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 30 * time.Second
	writeTimeout   = 60 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	shutdownGrace  = 10 * time.Second
)

// TLS names the files of the server's certificate and key.
type TLS struct {
	Certificate, Key string
	// Strict allows TLS 1.3 only; otherwise 1.2 is the least.
	Strict bool
}

// handler routes requests.
func (s *Service) handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		metrics.NewCollector(s.board, s.config.Environments, s.config.Version),
		s.ledger,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Registry: registry,
	}))
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /{$}", s.index)
	return mux
}

// healthz says that the process lives.
func (s *Service) healthz(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, "ok")
}

// readyz says whether what is served is complete: the statuses are replayed and
// the connection to NATS stands.
func (s *Service) readyz(w http.ResponseWriter, r *http.Request) {
	switch {
	case !s.board.Current():
		answer(w, http.StatusServiceUnavailable, "not ready: the last statuses are still being replayed")
	default:
		if err := s.config.Ready(r.Context()); err != nil {
			answer(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
			return
		}
		answer(w, http.StatusOK, "ready")
	}
}

// index says where to look.
func (s *Service) index(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, "backmon "+s.config.Version+"\n\n/metrics  for Prometheus\n/healthz  the process lives\n/readyz   it serves complete data")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

// serve answers requests on the listener until ctx ends, then lets those under
// way finish.
func (s *Service) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: guard.Protect(s.config.User, s.handler()), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
	}
	done := make(chan error, 1)
	go func() { done <- s.accept(server, listener) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve HTTP on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("shut down HTTP: %w", err)
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (s *Service) accept(server *http.Server, listener net.Listener) error {
	if s.config.TLS == nil {
		return server.Serve(listener)
	}
	least := uint16(tls.VersionTLS12)
	if s.config.TLS.Strict {
		least = tls.VersionTLS13
	}
	server.TLSConfig = &tls.Config{MinVersion: least}
	return server.ServeTLS(listener, s.config.TLS.Certificate, s.config.TLS.Key)
}
