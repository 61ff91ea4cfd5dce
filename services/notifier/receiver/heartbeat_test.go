package receiver_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/backmon/backmon/services/notifier/receiver"
)

func beatOf(t *testing.T, c receiver.HeartbeatConfig) *receiver.Heartbeat {
	t.Helper()
	h, err := receiver.NewHeartbeat(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestBeat(t *testing.T) {
	taking := serve(t, nil)
	if err := beatOf(t, receiver.HeartbeatConfig{URL: secret(taking.URL + "/ping/token-1"), UserAgent: "backmon/1"}).Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := taking.only(t); r.method != http.MethodGet || r.path != "/ping/token-1" || r.header.Get("User-Agent") != "backmon/1" || r.body != "" {
		t.Errorf("%s %s", r.method, r.path)
	}
	s := serve(t, status(http.StatusNotFound))
	err := beatOf(t, receiver.HeartbeatConfig{URL: secret(s.URL + "/ping/token-1")}).Beat(t.Context())
	var e *receiver.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v", err)
	}
	wantWithout(t, err.Error(), "token-1")
}

func TestHeartbeatErrors(t *testing.T) {
	for name, c := range map[string]receiver.HeartbeatConfig{"no url": {}, "no host": {URL: "https:///x"}} {
		if _, err := receiver.NewHeartbeat(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
