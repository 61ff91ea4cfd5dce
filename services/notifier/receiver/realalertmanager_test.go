package receiver_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/receiver"
	"github.com/backmon/backmon/services/notifier/receiver/receivertest"
)

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// held is an alert as the Alertmanager holds it.
type held struct {
	Fingerprint string
	Labels      map[string]string
	StartsAt    time.Time
	Status      struct{ State string }
}

// holds asks for the alerts that are firing.
func holds(t *testing.T, url string) []held {
	t.Helper()
	response, err := http.Get(url + "/api/v2/alerts?active=true")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var alerts []held
	if err := json.NewDecoder(response.Body).Decode(&alerts); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(alerts, func(a, b held) int { return strings.Compare(a.Labels["severity"], b.Labels["severity"]) })
	return alerts
}

// told lists what the Alertmanager told its webhook: "firing warning", in order.
func told(t *testing.T, s *server) []string {
	t.Helper()
	var out []string
	for _, r := range s.got() {
		var message struct {
			Alerts []struct {
				Status string
				Labels map[string]string
			}
		}
		if err := json.Unmarshal([]byte(r.body), &message); err != nil {
			t.Fatal(err)
		}
		for _, a := range message.Alerts {
			out = append(out, a.Status+" "+a.Labels["severity"])
		}
	}
	return out
}

func TestRealAlertmanager(t *testing.T) {
	hooked := serve(t, nil)
	url := receivertest.StartAlertmanager(t, hooked.URL, "...")
	r := open(t, cluster(url))
	resend := r.(receiver.Resender).Resend
	i := late()

	sent(t, r, notice("n-1", incident.Opened, i))
	eventually(t, "the first message", func() bool { return len(told(t, hooked)) > 0 })
	first := holds(t, url)
	if len(first) != 1 || first[0].Labels["alertname"] != "BackmonBackup" || !first[0].StartsAt.Equal(i.OpenedAt) {
		t.Fatalf("it holds %+v", first)
	}

	t.Run("the same again is the same alert", func(t *testing.T) {
		sent(t, r, notice("n-1", incident.Opened, i))
		for range 3 {
			if err := resend(t.Context(), []incident.Incident{i}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if again := holds(t, url); len(again) != 1 || again[0].Fingerprint != first[0].Fingerprint {
			t.Errorf("it holds %+v", again)
		}
	})

	worse := i
	worse.State, worse.Severity, worse.ChangedAt = backup.Missing, backup.SeverityCritical, time.Now()
	t.Run("worse is another alert, and the first is over", func(t *testing.T) {
		n := notice("n-2", incident.Changed, worse)
		n.Items[0].Told = backup.SeverityWarning
		sent(t, r, n)
		eventually(t, "the old severity to be over, the new one to fire", func() bool {
			all := told(t, hooked)
			return slices.Contains(all, "resolved warning") && slices.Contains(all, "firing critical")
		})
		if now := holds(t, url); len(now) != 1 || now[0].Labels["severity"] != "critical" || now[0].Fingerprint == first[0].Fingerprint {
			t.Errorf("it holds %+v", now)
		}
	})

	t.Run("over", func(t *testing.T) {
		over := worse
		over.ClosedAt = time.Now()
		sent(t, r, notice("n-3", incident.Closed, over))
		eventually(t, "the all-clear", func() bool { return slices.Contains(told(t, hooked), "resolved critical") })
		sent(t, r, notice("n-3", incident.Closed, over))
		if err := resend(t.Context(), nil, []incident.Incident{over}); err != nil {
			t.Fatal(err)
		}
		if now := holds(t, url); len(now) > 0 {
			t.Errorf("it holds %+v", now)
		}
	})

	t.Run("a test", func(t *testing.T) {
		sent(t, r, incident.Notice{ID: "t", Kind: incident.Test, Receiver: "ops"})
		if now := holds(t, url); len(now) != 1 || now[0].Labels["alertname"] != "BackmonTest" {
			t.Errorf("it holds %+v", now)
		}
		// By now everything before has been told, so that it can be counted.
		eventually(t, "the test's message", func() bool { return len(told(t, hooked)) >= 5 })
	})
	all := told(t, hooked)
	slices.Sort(all)
	if got := strings.Join(all, ", "); got != "firing critical, firing warning, firing warning, resolved critical, resolved warning" {
		t.Errorf("it told: %s", got)
	}
}

// Names that are anything are taken.
func TestRealAlertmanagerTakesStrangeNames(t *testing.T) {
	url := receivertest.StartAlertmanager(t, "http://127.0.0.1:1/", "...")
	strange := late()
	strange.Subject.Group = "a\xff\n\u202e<script>"
	strange.Labels = map[string]string{"on-call": "\xff", "2": "x", "__name__": "y"}
	disk := late()
	disk.Subject = incident.DiskOf(disk.Subject)
	sent(t, open(t, cluster(url)), notice("n", incident.Opened, strange, disk))
	if got := holds(t, url); len(got) != 2 {
		t.Errorf("it holds %+v", got)
	}
}
