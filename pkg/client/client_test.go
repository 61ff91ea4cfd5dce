package client_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/client"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func publish(t *testing.T, b *bus.Bus, group string, severity backmonv1.Severity, job uint64) {
	t.Helper()
	status := &backmonv1.BackupStatus{
		Series:   &backmonv1.SeriesId{Environment: "prod", Disk: "d", Directory: "db", File: "f", Group: []byte(group)},
		State:    backmonv1.State_STATE_OK,
		Severity: severity,
		Fence:    &backmonv1.Fence{Job: job, Delivery: 1},
	}
	if _, err := b.PublishBackupStatus(t.Context(), status, bus.Revision{}); err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, s *bustest.Server) *client.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bustest.Timeout)
	defer cancel()
	c, err := client.Connect(ctx, s.Config.URLs[0], client.Options{OnError: bustest.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWatch(t *testing.T) {
	s := bustest.StartListening(t)
	b := s.Connect(t, "evaluator")
	publish(t, b, "a", backmonv1.Severity_SEVERITY_OK, 1)
	c := connect(t, s)
	if err := c.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), bustest.Timeout)
	defer cancel()
	var kinds []client.EventKind
	for event, err := range c.Watch(ctx, client.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, event.Kind)
		if event.Kind == client.Current {
			publish(t, b, "a", backmonv1.Severity_SEVERITY_CRITICAL, 2)
		}
		if len(kinds) == 3 {
			if event.Backup.GetFence().GetJob() != 2 || event.Replayed {
				t.Errorf("event %+v", event)
			}
			break
		}
	}
	if len(kinds) != 3 || kinds[0] != client.Backup || kinds[1] != client.Current || kinds[2] != client.Backup {
		t.Errorf("kinds %v", kinds)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestWatchEnds(t *testing.T) {
	c := client.New(bustest.Start(t).Connect(t, "bot"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for event, err := range c.Watch(ctx, client.Filter{}) {
		if err != nil {
			t.Fatalf("the end of the context is an error: %v", err)
		}
		if event.Kind == client.Current {
			cancel()
		}
	}
	failed := false
	for _, err := range c.Watch(t.Context(), client.Filter{Disk: "d"}) {
		failed = err != nil
	}
	if !failed {
		t.Error("a bad filter is no error")
	}
}

func TestConnectRefuses(t *testing.T) {
	if _, err := client.Connect(t.Context(), "http://x", client.Options{}); err == nil || !strings.Contains(err.Error(), "url") {
		t.Errorf("error %v", err)
	}
}

// The bot of the example, on a real server.
func TestExampleBot(t *testing.T) {
	s := bustest.StartListening(t)
	b := s.Connect(t, "evaluator")
	publish(t, b, "a", backmonv1.Severity_SEVERITY_OK, 1)
	publish(t, b, "b", backmonv1.Severity_SEVERITY_CRITICAL, 1)
	c := connect(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), bustest.Timeout)
	defer cancel()
	said := &script{steps: []func(){
		func() { publish(t, b, "a", backmonv1.Severity_SEVERITY_WARNING, 2) },
		func() { publish(t, b, "b", backmonv1.Severity_SEVERITY_OK, 2) },
		cancel,
	}}
	if err := talk(ctx, c, said); err != nil {
		t.Error(err)
	}
	want := `1 backups are bad
prod/d db/f "a": STATE_OK, all is well
prod/d db/f "b": STATE_OK, all is well
`
	if said.String() != want {
		t.Errorf("the bot says:\n%vwant:\n%v", said, want)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// script takes the next step after each line that was written.
type script struct {
	bytes.Buffer
	steps []func()
}

func (s *script) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	if len(s.steps) > 0 {
		step := s.steps[0]
		s.steps = s.steps[1:]
		step()
	}
	return n, err
}
