package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/metrics"
)

// counted is an answer of which only the size is kept.
type counted struct {
	header http.Header
	bytes  int
}

func (c *counted) Header() http.Header         { return c.header }
func (c *counted) WriteHeader(int)             {}
func (c *counted) Write(p []byte) (int, error) { c.bytes += len(p); return len(p), nil }

// BenchmarkScrape answers /metrics for 10,000 series on 10 disks, from the board to
// the last byte, without compression. p50-ms is the median of the scrapes.
func BenchmarkScrape(b *testing.B) {
	var events []bus.Event
	for disk := range 10 {
		d := boardtest.Disk(fmt.Sprintf("disk-%d", disk))
		events = append(events, boardtest.DiskEvent(d))
		for i := range 1000 {
			s := boardtest.Status(fmt.Sprintf("postgres/tenant-%04d", i))
			s.Series.Disk = d.GetDisk()
			events = append(events, boardtest.SeriesEvent(s))
		}
	}
	source := boardtest.Board(events...)
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.NewLedger(source))
	handler := metrics.Handler(metrics.New(source, 1, "1.2.3"), registry, zap.NewNop())
	for _, coding := range []string{"identity", "gzip"} {
		b.Run(coding, func(b *testing.B) {
			request := httptest.NewRequestWithContext(b.Context(), "GET", "/metrics", nil)
			request.Header.Set("Accept-Encoding", coding)
			measure(b, handler, request)
		})
	}
}

func measure(b *testing.B, handler http.Handler, request *http.Request) {
	var took []time.Duration
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		answer, began := &counted{header: http.Header{}}, time.Now()
		handler.ServeHTTP(answer, request)
		took, size = append(took, time.Since(began)), answer.bytes
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(size), "answer-bytes")
}
