package bustest

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/backmon/backmon/pkg/bus"
)

const clusterSize = 3

// cluster is three servers that hold each message three times.
type cluster struct {
	options []*server.Options
	servers []*server.Server
}

// StartCluster starts three servers in the process and makes the streams with
// three replicas each.
func StartCluster(t testing.TB) *Server {
	t.Helper()
	c := bootCluster(t)
	s := &Server{cluster: c, Config: bus.Config{Replicas: clusterSize}}
	for _, server := range c.servers {
		s.Config.URLs = append(s.Config.URLs, server.ClientURL())
	}
	t.Cleanup(c.stop)
	c.waitForLeader(t)
	Provision(t, s.Connect(t, "provision"))
	return s
}

// bootCluster starts the servers. Their ports have to be known before they listen,
// and somebody else may take one meanwhile: then it starts anew with others.
func bootCluster(t testing.TB) *cluster {
	t.Helper()
	for attempt := 1; ; attempt++ {
		c := &cluster{}
		c.configure(t)
		err := c.boot()
		if err == nil {
			return c
		}
		c.stop()
		if attempt == 3 {
			t.Fatal(err)
		}
		t.Log(err)
	}
}

// Each runs a test on one server and on a cluster: they answer differently.
func Each(t *testing.T, test func(t *testing.T, s *Server)) {
	t.Run("R1", func(t *testing.T) { test(t, Start(t)) })
	t.Run("R3", func(t *testing.T) { test(t, StartCluster(t)) })
}

func (c *cluster) configure(t testing.TB) {
	t.Helper()
	var routes []*url.URL
	var ports []int
	for range clusterSize {
		host := FreeAddress(t)
		_, text, _ := net.SplitHostPort(host)
		port, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: host})
	}
	for i, port := range ports {
		c.options = append(c.options, &server.Options{
			ServerName: fmt.Sprintf("n%d", i+1),
			Host:       "127.0.0.1",
			Port:       server.RANDOM_PORT,
			NoLog:      true,
			NoSigs:     true,
			JetStream:  true,
			StoreDir:   t.TempDir(),
			Cluster:    server.ClusterOpts{Name: "backmon", Host: "127.0.0.1", Port: port},
			Routes:     routes,
		})
	}
}

// boot starts all servers, then waits for each.
func (c *cluster) boot() error {
	for _, options := range c.options {
		s, err := server.NewServer(options)
		if err != nil {
			return err
		}
		s.Start()
		c.servers = append(c.servers, s)
	}
	for i, s := range c.servers {
		if !s.ReadyForConnections(Timeout) {
			return fmt.Errorf("server %d of the cluster did not get ready", i+1)
		}
	}
	return nil
}

func (c *cluster) stop() {
	for _, s := range c.servers {
		s.Shutdown()
	}
	for _, s := range c.servers {
		s.WaitForShutdown()
	}
}

// waitForLeader waits until a leader knows all peers.
func (c *cluster) waitForLeader(t testing.TB) {
	t.Helper()
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for end := time.Now().Add(Timeout); time.Now().Before(end); <-ticks.C {
		for _, s := range c.servers {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == clusterSize {
				return
			}
		}
	}
	t.Fatal("the cluster has no leader")
}

// StopLeader stops the server of a cluster that leads a stream, for the rest of
// the test.
func (s *Server) StopLeader(t testing.TB, stream string) {
	t.Helper()
	for _, server := range s.cluster.servers {
		if server.JetStreamIsStreamLeader("$G", stream) {
			server.Shutdown()
			server.WaitForShutdown()
			return
		}
	}
	t.Fatalf("stream %s has no leader", stream)
}
