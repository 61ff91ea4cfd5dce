package metrics_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/gateway/metrics"
)

func TestCompression(t *testing.T) {
	h := metrics.Handler(metrics.New(everything(), 2, "1.2.3"), prometheus.NewRegistry(), zap.NewNop())
	for accept, compressed := range map[string]bool{
		"": false, "gzip": true, "deflate, GZIP": true, "gzip;q=0": false, "gzip; q=0.000": false, "gzip;q=0.5": true, "gzip;q=1.0": true, "br": false, "xgzip": false,
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != compressed || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: compressed %v, headers %v", accept, got, w.Header())
		}
		body := io.Reader(w.Body)
		if compressed {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		text, err := io.ReadAll(body)
		if err != nil || !strings.HasSuffix(string(text), "\n") || !strings.Contains(string(text), "backmon_series_state{") {
			t.Errorf("%q: %v, text of %d bytes", accept, err, len(text))
		}
		if kind := w.Header().Get("Content-Type"); kind != "text/plain; version=0.0.4; charset=utf-8" {
			t.Errorf("Content-Type %q", kind)
		}
	}
}

// waiting is a source that answers when it is told to.
type waiting struct {
	metrics.Source
	asked, goOn chan struct{}
}

func (w waiting) Series() []backup.Status {
	w.asked <- struct{}{}
	<-w.goOn
	return nil
}

// A scraper that asks again and again before it is answered does not pile up work.
func TestScrapesAreBounded(t *testing.T) {
	source := waiting{boardtest.Board(), make(chan struct{}), make(chan struct{})}
	h := metrics.Handler(metrics.New(source, 0, ""), prometheus.NewRegistry(), zap.NewNop())
	scrape := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
		return w
	}
	codes := make(chan int, 4)
	for range 4 {
		go func() { codes <- scrape().Code }()
	}
	for range 4 {
		<-source.asked
	}
	if w := scrape(); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("the fifth: %d", w.Code)
	}
	close(source.goOn)
	for range 4 {
		if code := <-codes; code != 200 {
			t.Errorf("one of four: %d", code)
		}
	}
	go func() { codes <- scrape().Code }()
	<-source.asked
	if code := <-codes; code != 200 {
		t.Errorf("afterwards: %d", code)
	}
}

// broken tells a part of its metrics.
type broken struct{}

func (broken) Gather() ([]*dto.MetricFamily, error) {
	r := prometheus.NewRegistry()
	r.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "sound", Help: "x"}))
	families, _ := r.Gather()
	return families, errors.New("the other one is broken")
}

// What can be told is told: an alert must not be lost with another metric.
func TestPartOfTheMetrics(t *testing.T) {
	core, logs := observer.New(zap.ErrorLevel)
	w := httptest.NewRecorder()
	metrics.Handler(metrics.New(everything(), 2, "1.2.3"), broken{}, zap.New(core)).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if text := w.Body.String(); w.Code != 200 || !strings.Contains(text, "backmon_series_state{") || !strings.Contains(text, "\nsound 0\n") {
		t.Errorf("%d %s", w.Code, text)
	}
	if logs.Len() != 1 {
		t.Errorf("logged %v", logs.All())
	}
}
