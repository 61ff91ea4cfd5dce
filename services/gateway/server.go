package gateway

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/backmon/backmon/services/gateway/metrics"
)

// handler routes requests.
func (s *Service) handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		s.ledger,
		s.notices,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	if s.certificate != nil {
		registry.MustRegister(s.certificate)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler(metrics.New(s.board, len(s.config.Environments), s.config.Version), registry, s.log))
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	s.page.Register(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.api.Owns(r) { // a mux would take "." out of its paths, which is a name there
			s.api.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
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

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}
