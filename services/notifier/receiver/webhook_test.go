package receiver_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/receiver"
)

func hook(address string, edits ...func(*receiver.Webhook)) receiver.Config {
	w := &receiver.Webhook{URL: config.Secret(address)}
	for _, e := range edits {
		e(w)
	}
	return receiver.Config{Webhook: w}
}

func TestWebhook(t *testing.T) {
	s := serve(t, nil)
	c := hook(s.URL+"/hooks/x?token=abc", func(w *receiver.Webhook) {
		w.Headers = map[string]config.Secret{"X-Team": "db", "Authorization": "Bearer sesame", "idempotency-key": "mine", "Host": "hooks.example.org"}
	})
	c.UserAgent = "backmon/4.0.0"
	sent(t, open(t, c), notice("n-1", incident.Opened, late()))
	r := s.only(t)
	if r.method != "POST" || r.path != "/hooks/x" || r.query != "token=abc" || r.host != "hooks.example.org" {
		t.Errorf("%s %s?%s of %s", r.method, r.path, r.query, r.host)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/cloudevents+json; charset=utf-8", "Idempotency-Key": "n-1", "Ce-Id": "n-1",
		"User-Agent": "backmon/4.0.0", "X-Team": "db", "Authorization": "Bearer sesame", "Backmon-Signature": "",
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("header %s: %q, want %q", name, got, want)
		}
	}
	var event struct {
		SpecVersion, ID, Source, Type, Time, DataContentType string
		Data                                                 struct {
			ID, Kind, Title, Text, Link string
			Items                       []struct{ Incident struct{ State, Group string } }
		}
	}
	if err := json.Unmarshal([]byte(r.body), &event); err != nil {
		t.Fatal(err)
	}
	if event.SpecVersion != "1.0" || event.ID != "n-1" || event.Source != "/backmon/notifier" || event.Type != "backmon.v1.Notice" ||
		event.Time != "2026-11-26T03:10:00Z" || event.DataContentType != "application/json" {
		t.Errorf("event %+v", event)
	}
	d := event.Data
	if d.ID != "n-1" || d.Kind != "problem" || !strings.HasPrefix(d.Title, "Backup late: ") || d.Text == "" || d.Link == "" || d.Items[0].Incident.State != "LATE" {
		t.Errorf("data %+v", d)
	}
}

// The scheme of the documentation: whoever knows the secret can tell that a request
// is from backmon, is whole, and is of now.
func verify(t *testing.T, secret string, r request) time.Time {
	t.Helper()
	stamp, signature, ok := strings.Cut(strings.TrimPrefix(r.header.Get("Backmon-Signature"), "t="), ",v1=")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + r.body))
	if !ok || signature != hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("signature %q", r.header.Get("Backmon-Signature"))
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		t.Error(err)
	}
	return time.Unix(seconds, 0)
}

func TestWebhookSignature(t *testing.T) {
	s := serve(t, nil)
	sent(t, open(t, hook(s.URL, func(w *receiver.Webhook) { w.Secret = "sesame" })), notice("n-1", incident.Opened, late()))
	if at := verify(t, "sesame", s.only(t)); time.Since(at).Abs() > time.Minute {
		t.Errorf("signed %v", at)
	}
}

// The same notice again is the same, byte by byte, and says so.
func TestWebhookRepeats(t *testing.T) {
	s := serve(t, nil)
	r, n := open(t, hook(s.URL)), notice("n-1", incident.Opened, late())
	sent(t, r, n)
	sent(t, r, n)
	if got := s.got(); len(got) != 2 || got[0].body != got[1].body || got[0].header.Get("Ce-Id") != got[1].header.Get("Ce-Id") {
		t.Errorf("%d requests, the bodies differ", len(got))
	}
}

func TestWebhookStatus(t *testing.T) {
	for _, c := range []struct {
		status    int
		permanent bool
	}{
		{301, false},
		{304, false},
		{400, true},
		{401, true},
		{403, true},
		{404, true},
		{405, true},
		{408, false},
		{410, true},
		{413, true},
		{422, true},
		{425, false},
		{429, false},
		{499, true},
		{500, false},
		{502, false},
		{503, false},
		{504, false},
		{599, false},
	} {
		t.Run(strconv.Itoa(c.status), func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				if c.status != http.StatusNotModified {
					_, _ = w.Write([]byte("what it\nsays"))
				}
			})
			e := refused(t, open(t, hook(s.URL+"/secret-path")), notice("n", incident.Opened, late()))
			if e.Permanent() != c.permanent || e.RetryAfter() != 0 {
				t.Errorf("permanent %v, retry after %v: %v", e.Permanent(), e.RetryAfter(), e)
			}
			wantContains(t, e.Error(), s.URL)
			wantWithout(t, e.Error(), "secret-path")
			if c.status >= 400 {
				wantContains(t, e.Error(), strconv.Itoa(c.status), `what it\nsays`)
			}
		})
	}
}

func TestWebhookSuccess(t *testing.T) {
	for _, code := range []int{200, 201, 202, 204, 299} {
		s := serve(t, status(code))
		sent(t, open(t, hook(s.URL)), notice("n", incident.Opened, late()))
	}
}

func TestWebhookRetryAfter(t *testing.T) {
	for _, c := range []struct {
		name, header string
		status       int
		least, most  time.Duration
	}{
		{"seconds", "120", 429, 2 * time.Minute, 2 * time.Minute},
		{"of a server that is down", "7", 503, 7 * time.Second, 7 * time.Second},
		{"a date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 429, 59 * time.Minute, time.Hour},
		{"a date that is past", "Fri, 01 Jan 2021 00:00:00 GMT", 429, 0, 0},
		{"a year", "31536000", 429, 24 * time.Hour, 24 * time.Hour},
		{"more than there are", "99999999999999999999", 429, 0, 0},
		{"nonsense", "soon", 429, 0, 0},
		{"negative", "-5", 429, 0, 0},
		{"where it is no use", "120", 404, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", c.header)
				w.WriteHeader(c.status)
			})
			e := refused(t, open(t, hook(s.URL)), notice("n", incident.Opened, late()))
			if e.RetryAfter() < c.least || e.RetryAfter() > c.most {
				t.Errorf("retry after %v, want %v to %v", e.RetryAfter(), c.least, c.most)
			}
		})
	}
}

func TestWebhookRecovers(t *testing.T) {
	var calls int
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls < 3 {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	r, n := open(t, hook(s.URL)), notice("n", incident.Opened, late())
	refused(t, r, n)
	refused(t, r, n)
	sent(t, r, n)
}
