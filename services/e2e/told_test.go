package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/backmon/backmon/services/notifier/receiver/receivertest"
)

// told is one message at a receiver.
type told struct {
	id   string // by which the receiver knows a message that it has already
	disk string
	good bool // it says that all is well again
	at   time.Time
}

// inbox is what a receiver got, in order.
type inbox struct {
	mu   sync.Mutex
	all  []told
	bell bell
}

func newInbox() *inbox { return &inbox{bell: newBell()} }

func (i *inbox) add(m told) {
	i.mu.Lock()
	defer i.mu.Unlock()
	m.at = time.Now()
	i.all = append(i.all, m)
	i.bell.rung()
}

// of returns what came about a disk, bad news or good.
func (i *inbox) of(disk string, good bool) []told {
	i.mu.Lock()
	defer i.mu.Unlock()
	var out []told
	for _, m := range i.all {
		if m.disk == disk && m.good == good {
			out = append(out, m)
		}
	}
	return out
}

// wait waits for a first message about a disk.
func (i *inbox) wait(t *testing.T, what, disk string, good bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		i.mu.Lock()
		ring := i.bell.ring
		i.mu.Unlock()
		if len(i.of(disk, good)) > 0 {
			return
		}
		select {
		case <-ring:
		case <-deadline:
			t.Fatalf("waited %v for the %s about %s (all is well: %v)", patience, what, disk, good)
		}
	}
}

// startHook is a webhook's server. It answers after a pause, so that a sender can die
// in between.
func startHook(t *testing.T, pause func() time.Duration) (string, *inbox) {
	t.Helper()
	got := newInbox()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event struct {
			ID   string
			Data struct {
				Kind  string
				Group map[string]string
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil || event.ID == "" || event.ID != r.Header.Get("Idempotency-Key") {
			t.Errorf("a webhook got no CloudEvent with an id: %v", err)
		}
		got.add(told{id: event.ID, disk: event.Data.Group["disk"], good: event.Data.Kind == "resolved"})
		timer := time.NewTimer(pause())
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

func atOnce() time.Duration { return 0 }

// startMail is a mail server. It returns the address of its SMTP port.
func startMail(t *testing.T) (string, *inbox) {
	t.Helper()
	got := newInbox()
	office := receivertest.OpenPostOffice(t, func(p *receivertest.PostOffice, _ *smtp.Server) {
		p.Hear = func(l receivertest.Letter) { got.add(toldByMail(t, l)) }
	})
	return office.Address, got
}

// toldByMail reads a mail. Its disk is the one that the text names first.
func toldByMail(t *testing.T, l receivertest.Letter) told {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(l.Data))
	if err != nil {
		t.Errorf("a mail can't be read: %v", err)
		return told{}
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		t.Errorf("a mail can't be read: %v", err)
	}
	subject := m.Header.Get("Subject")
	return toldOf(m.Header.Get("Message-Id"), diskIn(subject+" "+string(body)), strings.HasPrefix(subject, "Well again"))
}

// diskIn finds the name of a test's disk in a text.
func diskIn(text string) string {
	_, rest, ok := strings.Cut(text, "disk-")
	if !ok {
		return ""
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	return "disk-" + rest[:end]
}

// startAlertmanager starts a real Alertmanager, and returns its URL and what it tells
// further.
func startAlertmanager(t *testing.T) (string, *inbox) {
	t.Helper()
	got := newInbox()
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var told struct {
			Status string
			Alerts []struct {
				Status, Fingerprint string
				Labels              map[string]string
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&told); err != nil {
			t.Errorf("Alertmanager tells what can't be read: %v", err)
		}
		for _, a := range told.Alerts {
			got.add(toldOf(a.Fingerprint, a.Labels["disk"], a.Status == "resolved"))
		}
	}))
	t.Cleanup(hook.Close)
	return receivertest.StartAlertmanager(t, hook.URL, "env", "disk"), got
}

func toldOf(id, disk string, good bool) told { return told{id: id, disk: disk, good: good} }

// receivers is the notifier's section of a configuration with one of each kind.
func receiversOf(hook, alertmanager, mailAddress string) object {
	return object{
		"group-wait": "1s", "group-interval": "1s", "repeat-interval": "24h",
		"receivers": []object{
			{"name": "hook", "webhook": object{"url": hook, "timeout": "1s"}},
			{"name": "ops", "alertmanager": object{"urls": []string{alertmanager}, "timeout": "1s", "resend-interval": "10s"}},
			{"name": "post", "shoutrrr": object{
				"urls":    []string{"smtp://" + mailAddress + "/?from=backmon@example.org&to=ops@example.org&encryption=None&auth=None"},
				"timeout": "1s",
			}},
		},
	}
}

// ids returns the ids of messages, each once.
func ids(messages []told) []string {
	var out []string
	for _, m := range messages {
		if !slices.Contains(out, m.id) {
			out = append(out, m.id)
		}
	}
	return out
}
