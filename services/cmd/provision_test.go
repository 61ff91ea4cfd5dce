package cmd_test

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus/bustest"
)

// startNATS starts a server that knows nothing of backmon, and returns its URL.
func startNATS(t *testing.T) string {
	t.Helper()
	address := bustest.FreeAddress(t)
	host, text, _ := net.SplitHostPort(address)
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.NewServer(&server.Options{Host: host, Port: port, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server did not get ready")
	}
	return "nats://" + address
}

func external(t *testing.T, url, folder string) string {
	t.Helper()
	return put(t, t.TempDir(), "config.yaml", fmt.Sprintf("port: 0\nupdate_interval: 1h\nenvironments: {home: {path: %q}}\nnats: {url: %q}\n", folder, url))
}

// What is missing is made; what differs is told and left alone.
func TestProvision(t *testing.T) {
	away(t)
	url := startNATS(t)
	config := external(t, url, t.TempDir())
	backmon(t, "provision", "--config", config).expect(t, 0, "stream BACKMON_STATUS: created\n", "stream BACKMON_DISKS: created\n")
	backmon(t, "provision", "--config", config).expect(t, 0, "everything is there")

	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "BACKMON_STATUS")
	if err != nil {
		t.Fatal(err)
	}
	changed := stream.CachedInfo().Config
	changed.MaxMsgsPerSubject = 3
	if _, err := js.UpdateStream(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	r := backmon(t, "provision", "--config", config)
	r.expect(t, 0, "stream BACKMON_STATUS: max_msgs_per_subject is 3, wanted 500")
	if strings.Contains(r.out, "created") || strings.Contains(r.out, "everything") {
		t.Errorf("provision: %s", r.out)
	}
}

// Each service is a process of its own, and says what it lacks.
func TestServicesApart(t *testing.T) {
	away(t)
	folder := today(t, 0, 1)
	config := external(t, startNATS(t), folder)
	for _, service := range []string{"discoverer", "evaluator", "gateway"} {
		backmon(t, service, "--config", config).expect(t, 1, "run `backmon provision`")
	}
	backmon(t, "provision", "--config", config).expect(t, 0)
	var all []*process
	for _, service := range []string{"gateway", "evaluator", "discoverer"} {
		all = append(all, launch(t, service, "--config", config))
	}
	all[0].url(t)
	backmon(t, "status", "--config", config, "--wait", "30s").expect(t, 0, "1 series on home:"+folder, "db/a")
	for _, p := range all {
		if code := p.stop(t); code != 0 {
			t.Errorf("a service ended with %d:\n%s", code, p.err)
		}
	}
}
