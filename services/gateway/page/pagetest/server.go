package pagetest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/gatewaytest"
	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/incidents"
	"github.com/backmon/backmon/services/gateway/page"
)

// Interval is how often disks are evaluated, as the page is told.
const Interval = time.Hour

// Site is a page and what stands behind it. Everybody may do everything unless the
// guard's settings say otherwise.
type Site struct {
	Board *board.Board
	Bus   *gatewaytest.Bus
	// Now is when it is looked at; the present when zero.
	Now time.Time
	// Page and Guard, when set, change the settings.
	Page  func(*page.Config)
	Guard func(*guard.Config)
}

// Handler is the page behind the guard, as the gateway has it.
func (s Site) Handler(t testing.TB) http.Handler {
	t.Helper()
	config := page.Config{Version: "1.0.0", Interval: Interval, Ready: func(context.Context) error { return nil }}
	protection := guard.Config{AllowAnonymousWrites: true}
	if !s.Now.IsZero() {
		config.Now = func() time.Time { return s.Now }
	}
	if s.Page != nil {
		s.Page(&config)
	}
	if s.Guard != nil {
		s.Guard(&protection)
	}
	if s.Bus == nil {
		s.Bus = &gatewaytest.Bus{}
	}
	log := zap.NewNop()
	if testing.Verbose() {
		log = zaptest.NewLogger(t)
	}
	p, err := page.New(config, s.Board, s.watch(t), s.Bus, log)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := guard.New(protection, log)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Register(mux)
	t.Cleanup(p.Stop)
	return keeper.Protect(mux)
}

// watch returns a board of what the bus says of incidents.
func (s Site) watch(t testing.TB) *incidents.Board {
	t.Helper()
	b := incidents.New()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx, s.Bus) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for changed := b.Changed(); !b.Current(); changed = b.Changed() {
		<-changed
	}
	return b
}

// Serve serves the Handler until the test ends, and returns its address.
func (s Site) Serve(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(s.Handler(t))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}
