package e2e_test

import (
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
)

// natsServer is a NATS server that is none of backmon's processes.
type natsServer struct {
	URL     string
	options *server.Options
	server  *server.Server
}

// startNATS starts a server with an empty store.
func startNATS(t *testing.T) *natsServer {
	t.Helper()
	return serve(t, &server.Options{JetStream: true})
}

// serve starts a server at a free address, with an empty store.
func serve(t *testing.T, options *server.Options) *natsServer {
	t.Helper()
	address := bustest.FreeAddress(t)
	host, text, _ := net.SplitHostPort(address)
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	options.Host, options.Port, options.StoreDir = host, port, t.TempDir()
	options.NoLog, options.NoSigs = true, true
	s := &natsServer{URL: "nats://" + address, options: options}
	s.boot(t)
	t.Cleanup(s.halt)
	return s
}

func (s *natsServer) boot(t *testing.T) {
	t.Helper()
	var err error
	if s.server, err = server.NewServer(s.options); err != nil {
		t.Fatal(err)
	}
	s.server.Start()
	if !s.server.ReadyForConnections(patience) {
		t.Fatal("the NATS server did not get ready")
	}
}

func (s *natsServer) halt() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
}

// restart stops the server and starts it on the same address and store.
func (s *natsServer) restart(t *testing.T) {
	t.Helper()
	s.halt()
	s.boot(t)
}

// bus is a connection as backmon's services have it.
func (s *natsServer) bus(t *testing.T) *bus.Bus {
	t.Helper()
	return bustest.Connect(t, bus.Config{URLs: []string{s.URL}}, bus.Options{Name: "test", OnError: bustest.Log(t)})
}

// jetStream is a connection that knows nothing of backmon.
func jetStream(t *testing.T, url string) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return conn, js
}

// ackWait is how long scenarios leave a silent job to its evaluator, instead of
// the minute that provisioning sets.
const ackWait = 3 * time.Second

// hurry gives a silent job to another evaluator after ackWait. It is for
// evaluators that start later.
func hurry(t *testing.T, url string) {
	t.Helper()
	hurryDurable(t, url, bus.StreamDisks, bus.DurableEvaluator)
}

// hurryStatuses gives a status that a notifier died on to another one after ackWait.
// It is for notifiers that start later.
func hurryStatuses(t *testing.T, url string) {
	t.Helper()
	hurryDurable(t, url, bus.StreamStatus, bus.DurableNotifier)
}

func hurryDurable(t *testing.T, url, stream, durable string) {
	t.Helper()
	_, js := jetStream(t, url)
	consumer, err := js.Consumer(t.Context(), stream, durable)
	if err != nil {
		t.Fatal(err)
	}
	config := consumer.CachedInfo().Config
	config.AckWait = ackWait
	if _, err := js.UpdateConsumer(t.Context(), stream, config); err != nil {
		t.Fatal(err)
	}
}
