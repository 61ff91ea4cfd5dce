package metrics

import (
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"go.uber.org/zap"
)

// maxScrapes is how many scrapes are answered at a time; further ones are told to
// come again.
const maxScrapes = 4

// Handler answers scrapes with the statuses' metrics, then those of others, of
// other names. It is always in the text format, which every Prometheus reads.
func Handler(e *Exposition, others prometheus.Gatherer, log *zap.Logger) http.Handler {
	places := make(chan struct{}, maxScrapes)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		default:
			w.Header().Set("Retry-After", "1")
			http.Error(w, "too many scrapes at a time", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", string(expfmt.NewFormat(expfmt.TypeTextPlain)))
		out, finish := compressed(w, r)
		if err := write(out, e, others, log); err != nil {
			log.Debug("a scrape was broken off", zap.Error(err))
			return
		}
		if err := finish(); err != nil {
			log.Debug("a scrape was broken off", zap.Error(err))
		}
	})
}

// compressed returns where to write to: through gzip where the client takes that.
func compressed(w http.ResponseWriter, r *http.Request) (io.Writer, func() error) {
	w.Header().Set("Vary", "Accept-Encoding")
	if !takesGzip(r.Header.Values("Accept-Encoding")) {
		return w, func() error { return nil }
	}
	w.Header().Set("Content-Encoding", "gzip")
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the error is of levels that don't exist
	return z, z.Close
}

// takesGzip reads Accept-Encoding.
func takesGzip(accept []string) bool {
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			return strings.Trim(weight, " q=0.") != "" || weight == ""
		}
	}
	return false
}

func write(w io.Writer, e *Exposition, others prometheus.Gatherer, log *zap.Logger) error {
	if err := e.WriteText(w); err != nil {
		return err
	}
	families, err := others.Gather()
	if err != nil { // those that are sound are there
		log.Error("some metrics can't be told", zap.Error(err))
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return err
		}
	}
	return nil
}
