package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/backmon/backmon/pkg/bus"
)

// startTimeout bounds the start; a big store that was killed takes a while to check.
const startTimeout = 2 * time.Minute

// streamsDir is where in the store the server keeps its streams.
const streamsDir = "nats"

// Server is a NATS server within the process.
type Server struct {
	nats   *server.Server
	lock   *os.File
	config bus.Config
}

// Start starts a server and returns when it can be used. What the server
// complains of later goes to onError, which may be nil and must not block. An
// error names the store when another process has it, and the address when it is
// taken.
func Start(config Config, onError func(error)) (*Server, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	s := &Server{}
	if err := s.start(config, onError); err != nil {
		return nil, errors.Join(fmt.Errorf("start embedded NATS: %w", err), s.unlock())
	}
	return s, nil
}

func (s *Server) start(config Config, onError func(error)) error {
	if err := os.MkdirAll(config.StoreDir, 0o700); err != nil {
		return err
	}
	lock, err := lockStore(config.StoreDir)
	if err != nil {
		return err
	}
	s.lock = lock
	password, err := makePassword(config.StoreDir)
	if err != nil {
		return err
	}
	options, err := serverOptions(config, password)
	if err != nil {
		return err
	}
	s.config = clientConfig(config, password)
	return s.run(options, onError)
}

func serverOptions(config Config, password string) (*server.Options, error) {
	options := &server.Options{
		ServerName:         "backmon",
		DontListen:         true,
		NoSigs:             true, // its SIGINT handler would call os.Exit
		JetStream:          true,
		StoreDir:           filepath.Join(config.StoreDir, streamsDir),
		SyncAlways:         true, // else it syncs two minutes after saying stored
		JetStreamMaxMemory: config.MaxMemory,
		JetStreamMaxStore:  config.MaxStore,
		Users:              users(password),
		NoAuthUser:         listener,
	}
	if config.Listen == NoListen {
		return options, nil
	}
	host, port, err := net.SplitHostPort(config.Listen)
	if err != nil {
		return nil, err
	}
	options.DontListen = false
	options.Host = host
	options.Port, err = strconv.Atoi(port)
	return options, errors.Join(err, portFree(config.Listen))
}

// portFree asks before the server does: its own complaint comes without an error.
func portFree(address string) error {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; let it listen on another address, or nowhere", address, errors.Unwrap(err))
	}
	return l.Close()
}

func (s *Server) run(options *server.Options, onError func(error)) error {
	nats, err := server.NewServer(options)
	if err != nil {
		return err
	}
	log := newLog(onError)
	nats.SetLogger(log, false, false)
	nats.Start()
	ready := make(chan bool, 1)
	go func() { ready <- nats.ReadyForConnections(startTimeout) }()
	select {
	case ok := <-ready:
		if ok && nats.JetStreamEnabled() {
			s.nats = nats
			return nil
		}
		err = errors.New("it did not get ready")
	case err = <-log.fatal:
	}
	nats.Shutdown()
	nats.WaitForShutdown()
	return err
}

// InProcessConn is a connection without a network.
func (s *Server) InProcessConn() (net.Conn, error) { return s.nats.InProcessConn() }

// Config is how to connect as a service: with it, Options.InProcess is this server.
func (s *Server) Config() bus.Config { return s.config }

// Shutdown stops the server after its streams are on disk, and frees the store.
// Close the buses first. A second call does nothing.
func (s *Server) Shutdown() error {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
	return s.unlock()
}
