package gateway_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/backmon/backmon/services/gateway"
)

// client is a connection that stays open after its request.
type client struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, address string) client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	return client{conn, bufio.NewReader(conn)}
}

// answered waits for the answer.
func (c client) answered(t *testing.T, within time.Duration) error {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// More clients than there are places wait until one leaves.
func TestConnectionsAreLimited(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limited, server := gateway.Limit(listener, 2, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	done := make(chan error, 1)
	go func() { done <- server.Serve(limited) }()
	address := listener.Addr().String()
	first, second := dial(t, address), dial(t, address)
	if err := errors.Join(first.answered(t, patience), second.answered(t, patience)); err != nil {
		t.Fatal(err)
	}
	for range 3 { // a place that is left is taken once
		third := dial(t, address)
		if err := third.answered(t, 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a third client is answered: %v", err)
		}
		_ = first.Close()
		if err := third.answered(t, patience); err != nil {
			t.Errorf("after one has left: %v", err)
		}
		first = third
	}
	waiting := dial(t, address)
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("while one waits the server ends with %v", err)
	}
	_ = waiting.Close()
}
