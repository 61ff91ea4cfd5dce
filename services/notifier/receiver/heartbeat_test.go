package receiver_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

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
	for method, want := range map[string]string{"": "GET", "post": "POST", "HEAD": "HEAD"} {
		s := serve(t, nil)
		if err := beatOf(t, receiver.HeartbeatConfig{URL: secret(s.URL + "/ping/token-1"), Method: method, UserAgent: "backmon/1"}).Beat(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := s.only(t); r.method != want || r.path != "/ping/token-1" || r.header.Get("User-Agent") != "backmon/1" || r.body != "" {
			t.Errorf("%s %s", r.method, r.path)
		}
	}
	s := serve(t, status(http.StatusNotFound))
	err := beatOf(t, receiver.HeartbeatConfig{URL: secret(s.URL + "/ping/token-1")}).Beat(t.Context())
	var e *receiver.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v", err)
	}
	wantWithout(t, err.Error(), "token-1")
}

// It beats while all is well, and only then; a failure ends nothing.
func TestHeartbeatRun(t *testing.T) {
	s := serve(t, status(http.StatusInternalServerError))
	h := beatOf(t, receiver.HeartbeatConfig{URL: secret(s.URL)})
	ctx, cancel := context.WithCancel(t.Context())
	var well atomic.Bool
	var asked, failures atomic.Int32
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Run(ctx, 10*time.Millisecond, func() bool { asked.Add(1); return well.Load() }, func(error) { failures.Add(1) })
	}()
	eventually(t, "questions", func() bool { return asked.Load() > 3 })
	if n := len(s.got()); n > 0 {
		t.Errorf("%d beats while it is not well", n)
	}
	well.Store(true)
	eventually(t, "beats", func() bool { return len(s.got()) >= 3 && failures.Load() >= 3 })
	cancel()
	<-done
}

func TestHeartbeatErrors(t *testing.T) {
	for name, c := range map[string]receiver.HeartbeatConfig{"no url": {}, "no host": {URL: "https:///x"}, "method": {URL: "https://h", Method: "DELETE"}} {
		if _, err := receiver.NewHeartbeat(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
