package bus_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
)

func TestConfigValidate(t *testing.T) {
	good := bus.Config{URLs: []string{"nats://a:4222", "tls://b"}, Replicas: 3, InboxPrefix: "_INBOX_x.y"}
	if err := good.Validate(); err != nil {
		t.Errorf("good configuration: %v", err)
	}
	bad := bus.Config{
		URLs:        []string{"http://a", "nats://", "nats://u:secret@", "::"},
		TLS:         bus.TLS{Cert: "c"},
		User:        "u",
		CredsFile:   "c",
		InboxPrefix: "a..b",
		Replicas:    2,
	}
	err := bad.Validate()
	if err == nil {
		t.Fatal("bad configuration is accepted")
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != 9 {
		t.Errorf("%d problems, want 9:\n%v", got, err)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is told: %v", err)
	}
}

func TestCheckVersion(t *testing.T) {
	cases := []struct {
		version string
		ok      bool
	}{
		{"2.11.0", true},
		{"2.15.2", true},
		{"2.12.0-RC.1", true},
		{"3.0.0", true},
		{"v2.11.1", true},
		{"2.10.29", false},
		{"2.9.0", false},
		{"1.99.0", false},
		{"", false},
		{"two", false},
	}
	for _, c := range cases {
		if err := bus.CheckVersion(c.version, "x"); (err == nil) != c.ok {
			t.Errorf("version %q: %v, want ok=%v", c.version, err, c.ok)
		}
	}
}

func TestConnectRefusesOldServer(t *testing.T) {
	address := oldServer(t)
	_, err := bus.Connect(patient(t), bus.Config{URLs: []string{"nats://" + address}}, bus.Options{Name: "test"})
	want := "nats-server 2.10.4 at nats://" + address + ": too old: backmon needs 2.11 or newer"
	if !errors.Is(err, bus.ErrServerTooOld) || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// oldServer speaks just enough of the protocol to say its version.
func oldServer(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go greet(conn)
		}
	}()
	return l.Addr().String()
}

func greet(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, `INFO {"server_id":"X","version":"2.10.4","proto":1,"headers":true,"max_payload":1048576}`+"\r\n")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "PING") {
			fmt.Fprint(conn, "PONG\r\n")
		}
	}
}

func TestConnectWaitsForServer(t *testing.T) {
	heard := make(chan error, 100)
	ctx, cancel := context.WithCancel(t.Context())
	options := bus.Options{Name: "test", OnError: func(err error) { heard <- err }}
	done := make(chan error, 1)
	go func() {
		_, err := bus.Connect(ctx, bus.Config{URLs: []string{"nats://" + bustest.FreeAddress(t)}}, options)
		done <- err
	}()
	receive(t, heard, "first failure")
	receive(t, heard, "second failure")
	cancel()
	if err := receive(t, done, "end"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestConnectRefusesWrongPassword(t *testing.T) {
	s := bustest.StartListening(t)
	config := bus.Config{URLs: []string{strings.Replace(s.Config.URLs[0], "backmon:", "backmon:x", 1)}}
	_, err := bus.Connect(patient(t), config, bus.Options{Name: "test"})
	if err == nil || !strings.Contains(err.Error(), "Authorization Violation") {
		t.Errorf("error %v, want one of the authorization", err)
	}
}

func TestConnectAsUser(t *testing.T) {
	s := bustest.StartListening(t)
	with, err := url.Parse(s.Config.URLs[0])
	if err != nil {
		t.Fatal(err)
	}
	password, _ := with.User.Password()
	config := bus.Config{URLs: []string{"nats://" + with.Host}, User: with.User.Username(), Password: password}
	b := bustest.Connect(t, config, bus.Options{Name: "test"})
	if err := b.Ready(patient(t)); err != nil {
		t.Error(err)
	}
	config.Password = "wrong"
	if _, err := bus.Connect(patient(t), config, bus.Options{Name: "test"}); err == nil || !strings.Contains(err.Error(), "Authorization Violation") {
		t.Errorf("error %v, want one of the authorization", err)
	}
}

// TestForbidden publishes what the user has no right to: only the background
// tells, and it says what.
func TestForbidden(t *testing.T) {
	s := bustest.StartListening(t)
	with, err := url.Parse(s.Config.URLs[0])
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan error, 100)
	b := bustest.Connect(t, bus.Config{URLs: []string{"nats://" + with.Host}}, bus.Options{
		Name: "test", OnError: func(err error) { heard <- err },
	})
	ctx, cancel := context.WithCancel(patient(t))
	go func() {
		_, _ = b.PublishDiskFound(ctx, found("d"), "") // ends with ctx
	}()
	defer cancel()
	for {
		err := receive(t, heard, "the refusal")
		if errors.Is(err, bus.ErrForbidden) && strings.Contains(err.Error(), "backmon.v1.disk.found") {
			return
		}
	}
}

func TestConnectRefuses(t *testing.T) {
	for name, config := range map[string]bus.Config{
		"no server": {},
		"bad URL":   {URLs: []string{"x"}},
		"no CA":     {URLs: []string{"tls://127.0.0.1:1"}, TLS: bus.TLS{CA: "none.pem"}},
		"no creds":  {URLs: []string{"nats://" + bustest.FreeAddress(t)}, CredsFile: "none.creds", InboxPrefix: "_I", TLS: bus.TLS{Cert: "c", Key: "k"}},
	} {
		if _, err := bus.Connect(patient(t), config, bus.Options{Name: "test"}); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestClose(t *testing.T) {
	b := bustest.Start(t).Connect(t, "test")
	if err := b.Close(patient(t)); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(patient(t)); err != nil {
		t.Errorf("second close: %v", err)
	}
	if err := b.Ready(patient(t)); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("ready after close: %v", err)
	}
	if _, err := b.PublishDiskFound(patient(t), found("d"), ""); err == nil {
		t.Error("published after close")
	}
}
