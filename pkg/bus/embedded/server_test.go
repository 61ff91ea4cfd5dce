package embedded_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/bus/embedded"
)

func TestRestartKeepsAll(t *testing.T) {
	config := embedded.Config{StoreDir: filepath.Join(t.TempDir(), "a", "store"), Listen: embedded.NoListen}
	first, err := embedded.Start(config, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := connect(t, first.Config(), bus.Options{InProcess: first})
	provision(t, b)
	for i := range 50 {
		publish(t, b, fmt.Sprint(i))
	}
	if err := b.Close(patient(t)); err != nil {
		t.Fatal(err)
	}
	if err := first.Shutdown(); err != nil {
		t.Fatal(err)
	}
	if err := first.Shutdown(); err != nil {
		t.Errorf("second shutdown: %v", err)
	}
	second := start(t, config)
	b = connect(t, second.Config(), bus.Options{InProcess: second})
	for i := range 50 {
		if !isStored(t, b, fmt.Sprint(i)) {
			t.Errorf("status %d is lost", i)
		}
	}
	if report, err := b.Provision(patient(t)); err != nil || report.String() != "" {
		t.Errorf("after the restart: %v, %v", report, err)
	}
}

func TestStoreInUse(t *testing.T) {
	config := embedded.Config{StoreDir: t.TempDir(), Listen: embedded.NoListen}
	start(t, config)
	_, err := embedded.Start(config, nil)
	want := fmt.Sprintf("start embedded NATS: store %q is in use by another backmon process", config.StoreDir)
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	config := embedded.Config{StoreDir: t.TempDir(), Listen: l.Addr().String()}
	_, err = embedded.Start(config, nil)
	if err == nil || !strings.Contains(err.Error(), "listen on "+config.Listen) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error %v", err)
	}
	// The store is free again.
	config.Listen = embedded.NoListen
	start(t, config)
}

func TestUnusableStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Start(embedded.Config{StoreDir: file, Listen: embedded.NoListen}, nil); err == nil {
		t.Error("a file is accepted as a store")
	}
	empty := t.TempDir()
	if err := os.WriteFile(filepath.Join(empty, "password"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Start(embedded.Config{StoreDir: empty, Listen: embedded.NoListen}, nil); err == nil {
		t.Error("an empty password is accepted")
	}
}

func TestOtherProcess(t *testing.T) {
	config := embedded.Config{StoreDir: t.TempDir(), Listen: bustest.FreeAddress(t)}
	if _, err := embedded.ClientConfig(config); err == nil || !strings.Contains(err.Error(), "backmon run") {
		t.Errorf("before the first start: %v", err)
	}
	server := start(t, config)
	provision(t, connect(t, server.Config(), bus.Options{InProcess: server}))
	client, err := embedded.ClientConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, connect(t, client, bus.Options{}), "d")
	config.Listen = embedded.NoListen
	if _, err := embedded.ClientConfig(config); err == nil {
		t.Error("a server that listens nowhere can be reached")
	}
	info, err := os.Stat(filepath.Join(config.StoreDir, "password"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("password file %v, %v", info.Mode(), err)
	}
}

// Without the password one hears the live statuses, and that is all.
func TestListener(t *testing.T) {
	config := embedded.Config{StoreDir: t.TempDir(), Listen: bustest.FreeAddress(t)}
	server := start(t, config)
	b := connect(t, server.Config(), bus.Options{InProcess: server})
	provision(t, b)
	refused := make(chan error, 10)
	conn, err := nats.Connect("nats://"+config.Listen, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	live, err := conn.SubscribeSync("backmon.v1.live.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	publish(t, b, "d")
	if msg, err := live.NextMsg(timeout); err != nil || msg.Subject != "backmon.v1.live.disk.prod.d" {
		t.Errorf("live: %v, %v", msg, err)
	}
	for _, forbidden := range []func() error{
		func() error { return conn.Publish("backmon.v1.status.disk.prod.d", nil) },
		func() error { return conn.Publish("$JS.API.STREAM.DELETE.BACKMON_STATUS", nil) },
		func() error { _, err := conn.SubscribeSync("backmon.v1.disk.>"); return err },
	} {
		if err := forbidden(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-refused:
			if !strings.Contains(strings.ToLower(err.Error()), "permissions violation") {
				t.Errorf("error %v", err)
			}
		case <-time.After(timeout):
			t.Error("allowed without the password")
		}
	}
}

func TestValidate(t *testing.T) {
	cases := []struct {
		name   string
		config embedded.Config
		want   string
	}{
		{"good", embedded.Config{StoreDir: "x"}, ""},
		{"no listening", embedded.Config{StoreDir: "x", Listen: embedded.NoListen}, ""},
		{"localhost", embedded.Config{StoreDir: "x", Listen: "localhost:1"}, ""},
		{"IPv6", embedded.Config{StoreDir: "x", Listen: "[::1]:4222"}, ""},
		{"no store", embedded.Config{}, "store_dir: is missing"},
		{"sizes", embedded.Config{StoreDir: "x", MaxMemory: -1, MaxStore: -2}, "max_memory: -1 is negative\nmax_store: -2 is negative"},
		{"no port", embedded.Config{StoreDir: "x", Listen: "localhost"}, `listen: "localhost" is not host:port`},
		{"bad port", embedded.Config{StoreDir: "x", Listen: "localhost:99999"}, `listen: "99999" is no port`},
		{"for all", embedded.Config{StoreDir: "x", Listen: "0.0.0.0:4222"}, `"0.0.0.0" is not loopback`},
		{"any", embedded.Config{StoreDir: "x", Listen: ":4222"}, `"" is not loopback`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := c.config.Validate()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	if _, err := embedded.Start(embedded.Config{}, nil); err == nil {
		t.Error("started without a store")
	}
	if _, err := embedded.ClientConfig(embedded.Config{}); err == nil {
		t.Error("a client of no store")
	}
}
