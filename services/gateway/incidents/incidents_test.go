package incidents_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/gateway/incidents"
)

const patience = 30 * time.Second

// until waits for something to hold of a board.
func until(t *testing.T, b *incidents.Board, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		changed := b.Changed()
		if holds() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

func subject(group string) incident.Subject {
	return incident.Subject{Environment: "prod", Disk: "db", Directory: "postgres", File: "nightly", Group: group}
}

func open(group string, severity backup.Severity) incident.Incident {
	return incident.Incident{Subject: subject(group), ID: group, State: backup.Late, Severity: severity, OpenedAt: time.Unix(1000, 0).UTC()}
}

func names(all []incident.Incident) string {
	var groups []string
	for _, i := range all {
		groups = append(groups, i.Subject.Group)
	}
	return strings.Join(groups, " ")
}

// The board follows what a notifier writes, on a real server.
func TestBoard(t *testing.T) {
	server := bustest.Start(t)
	b := server.Connect(t, "test")
	bustest.Provision(t, b)
	write := func(i incident.Incident, after uint64) uint64 {
		t.Helper()
		revision, err := b.PutIncident(t.Context(), wire.Incident(i), after, 0)
		if err != nil {
			t.Fatal(err)
		}
		return revision
	}
	first := write(open("a", backup.SeverityWarning), 0)

	board := incidents.New()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- board.Run(ctx, b) }()
	until(t, board, "the replay", board.Current)
	if got := names(board.Open()); got != "a" {
		t.Fatalf("open: %q", got)
	}

	write(open("b", backup.SeverityCritical), 0)
	until(t, board, "another incident", func() bool { return names(board.Open()) == "b a" })
	over := open("a", backup.SeverityOK)
	over.ClosedAt = time.Unix(2000, 0).UTC()
	write(over, first)
	until(t, board, "its end", func() bool { return names(board.Open()) == "b" && names(board.Closed()) == "a" })
	if i, ok := board.Incident(subject("b")); !ok || i.ID != "b" {
		t.Errorf("the incident of b is %+v, %v", i, ok)
	}

	group := incident.Group{Receiver: "ops", Told: map[uint64]incident.Told{incident.Key(subject("b")): {}}}
	if _, err := b.PutNoticeGroup(t.Context(), "x", wire.NoticeGroup(group), 0, 0); err != nil {
		t.Fatal(err)
	}
	until(t, board, "who was told", func() bool { return len(board.Groups()) == 1 })
	if told := board.Groups()[0].Told; len(told) != 1 || board.Groups()[0].Receiver != "ops" {
		t.Errorf("told: %v", told)
	}

	now := time.Now()
	silence := incident.Silence{ID: "s", Match: incident.Match{Groups: []string{"b"}, States: []backup.State{backup.Late}}, Since: now, Until: now.Add(time.Hour)}
	if err := b.PutSilence(t.Context(), wire.Silence(silence)); err != nil {
		t.Fatal(err)
	}
	until(t, board, "a silence", func() bool { return len(board.Silences(now)) == 1 })
	for _, c := range []struct {
		group string
		state backup.State
		at    time.Time
		want  bool
	}{
		{"b", backup.Late, now.Add(time.Minute), true},
		{"b", backup.Missing, now.Add(time.Minute), false},
		{"a", backup.Late, now.Add(time.Minute), false},
		{"b", backup.Late, now.Add(2 * time.Hour), false},
	} {
		if got := board.Silenced(&backup.Status{Series: subject(c.group), State: c.state}, c.at); got != c.want {
			t.Errorf("%s %s at %v silenced: %v", c.group, c.state, c.at, got)
		}
	}
	if left := board.Silences(now.Add(2 * time.Hour)); len(left) != 0 {
		t.Errorf("ended: %v", left)
	}
	if err := b.RemoveSilence(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	until(t, board, "the end of the silence", func() bool { return len(board.Silences(now)) == 0 })

	cancel()
	if err := <-done; err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// broken is a bus whose watches fail.
type broken struct{}

func (broken) WatchIncidents(context.Context, func(bus.IncidentEvent) error) error {
	return errors.New("no such stream")
}

func (broken) WatchNoticeGroups(ctx context.Context, _ func(bus.NoticeGroupEvent) error) error {
	<-ctx.Done()
	return nil
}

func (broken) WatchSilences(ctx context.Context, _ func(bus.SilenceEvent) error) error {
	<-ctx.Done()
	return nil
}

func TestRunErrors(t *testing.T) {
	if err := incidents.New().Run(t.Context(), broken{}); err == nil || !strings.Contains(err.Error(), "watch incidents: no such stream") {
		t.Errorf("error %v", err)
	}
}
