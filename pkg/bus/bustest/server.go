package bustest

import (
	"context"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/embedded"
)

// Timeout bounds everything that a test waits for.
const Timeout = 30 * time.Second

// Server is what a test's buses connect to.
type Server struct {
	// Config is how to connect to it.
	Config bus.Config

	embedded embedded.Config
	server   atomic.Pointer[embedded.Server]
	cluster  *cluster
}

// Start starts a server within the process and makes the streams.
func Start(t testing.TB) *Server {
	t.Helper()
	return start(t, embedded.NoListen)
}

// StartListening starts a server that other processes reach as well, at a free
// port of the loopback address, and makes the streams.
func StartListening(t testing.TB) *Server {
	t.Helper()
	return start(t, FreeAddress(t))
}

func start(t testing.TB, listen string) *Server {
	t.Helper()
	s := &Server{embedded: embedded.Config{StoreDir: filepath.Join(t.TempDir(), "store"), Listen: listen}}
	s.boot(t)
	t.Cleanup(func() { s.Stop(t) })
	Provision(t, s.Connect(t, "provision"))
	return s
}

func (s *Server) boot(t testing.TB) {
	t.Helper()
	server, err := embedded.Start(s.embedded, Log(t))
	if err != nil {
		t.Fatal(err)
	}
	s.server.Store(server)
	s.Config = server.Config()
}

// Stop stops the server; Restart starts it again. A second call does nothing.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.server.Load().Shutdown(); err != nil {
		t.Errorf("shut down: %v", err)
	}
}

// Restart stops the server and starts it on the same store. Buses that were
// connected within the process come back by themselves.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop(t)
	s.boot(t)
}

// InProcessConn is a connection without a network, to whichever server runs now.
func (s *Server) InProcessConn() (net.Conn, error) { return s.server.Load().InProcessConn() }

// Connect connects a bus that is closed when the test ends.
func (s *Server) Connect(t testing.TB, name string) *bus.Bus {
	t.Helper()
	return s.ConnectWith(t, bus.Options{Name: name})
}

// ConnectWith connects a bus with options of its own.
func (s *Server) ConnectWith(t testing.TB, options bus.Options) *bus.Bus {
	t.Helper()
	if s.cluster == nil && options.InProcess == nil {
		options.InProcess = s
	}
	if options.OnError == nil {
		options.OnError = Log(t)
	}
	return Connect(t, s.Config, options)
}

// Connect connects a bus that is closed when the test ends.
func Connect(t testing.TB, config bus.Config, options bus.Options) *bus.Bus {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Timeout)
	defer cancel()
	b, err := bus.Connect(ctx, config, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Timeout)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Errorf("close bus: %v", err)
		}
	})
	return b
}

// Provision makes the streams; a cluster may need a while to get ready for them.
func Provision(t testing.TB, b *bus.Bus) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Timeout)
	defer cancel()
	for {
		_, err := b.Provision(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// Log writes errors of the background into the test's log, while it runs.
func Log(t testing.TB) func(error) {
	var mu sync.Mutex
	ended := false
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		ended = true
	})
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if !ended {
			t.Logf("in the background: %v", err)
		}
	}
}

// FreeAddress is a loopback address that nobody listens on.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Embedded tells whether it is one server in the process, not a cluster.
func (s *Server) Embedded() bool { return s.cluster == nil }
