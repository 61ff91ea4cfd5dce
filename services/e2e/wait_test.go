package e2e_test

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds everything that a test waits for. It is no measure of speed.
const patience = 90 * time.Second

// pollEvery is how often a thing that tells nobody of its changes is looked at.
const pollEvery = 20 * time.Millisecond

// await waits for a channel.
func await[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatalf("waited %v for %s", patience, what)
	}
	panic("not reached")
}

// eventually looks again and again until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for end := time.Now().Add(patience); !holds(); <-poll.C {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// bell wakes all who wait for a change.
type bell struct{ ring chan struct{} }

func newBell() bell { return bell{make(chan struct{})} }

// rung wakes those who wait; the owner's lock is held.
func (b *bell) rung() {
	close(b.ring)
	b.ring = make(chan struct{})
}

// journal is what a process writes, by lines.
type journal struct {
	mu    sync.Mutex
	data  strings.Builder
	ended bool
	bell  bell
}

func newJournal() *journal { return &journal{bell: newBell()} }

func (j *journal) Write(data []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer j.bell.rung()
	return j.data.Write(data)
}

func (j *journal) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ended = true
	j.bell.rung()
}

func (j *journal) text() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.data.String()
}

// wait returns the first line that holds all the parts.
func (j *journal) wait(t *testing.T, parts ...string) string {
	t.Helper()
	deadline := time.After(patience)
	for {
		j.mu.Lock()
		line, ended, ring := j.find(parts), j.ended, j.bell.ring
		j.mu.Unlock()
		if line != "" {
			return line
		}
		if ended {
			t.Fatalf("the process ended without writing %q", parts)
		}
		select {
		case <-ring:
		case <-deadline:
			t.Fatalf("waited %v for the process to write %q", patience, parts)
		}
	}
}

func (j *journal) find(parts []string) string {
	for line := range strings.Lines(j.data.String()) {
		if strings.HasSuffix(line, "\n") && containsAll(line, parts) {
			return line
		}
	}
	return ""
}

func containsAll(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return false
		}
	}
	return true
}
