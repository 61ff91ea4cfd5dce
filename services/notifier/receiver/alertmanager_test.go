package receiver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/receiver"
)

// posted is an alert as a peer gets it.
type posted struct {
	Labels, Annotations map[string]string
	StartsAt, EndsAt    time.Time
	GeneratorURL        string
}

func alertsOf(t *testing.T, r request) []posted {
	t.Helper()
	if r.method != "POST" || !strings.HasSuffix(r.path, "/api/v2/alerts") || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s of %q", r.method, r.path, r.header.Get("Content-Type"))
	}
	var alerts []posted
	if err := json.Unmarshal([]byte(r.body), &alerts); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	return alerts
}

func cluster(urls ...string) receiver.Config {
	a := &receiver.Alertmanager{}
	for _, u := range urls {
		a.URLs = append(a.URLs, config.Secret(u))
	}
	return receiver.Config{Alertmanager: a}
}

func TestAlert(t *testing.T) {
	s := serve(t, nil)
	i := late()
	i.Flags = []string{"SHRUNK", "SLOW"}
	sent(t, open(t, cluster(s.URL+"/am/")), notice("n", incident.Opened, i))
	r := s.only(t)
	if r.path != "/am/api/v2/alerts" {
		t.Errorf("path %q", r.path)
	}
	a := alertsOf(t, r)[0]
	want := map[string]string{
		"alertname": "BackmonBackup", "env": "prod", "disk": "db", "directory": "postgres", "file": "nightly", "group": "postgres/acme",
		"severity": "warning", "team": "db",
	}
	if len(a.Labels) != len(want) {
		t.Errorf("labels %v", a.Labels)
	}
	for name, value := range want {
		if a.Labels[name] != value {
			t.Errorf("label %s %q, want %q", name, a.Labels[name], value)
		}
	}
	link := "https://backmon.example.org/series/prod/db/postgres/nightly/postgres=2Facme"
	if a.GeneratorURL != link || a.Annotations["link"] != link || a.Annotations["state"] != "LATE" || a.Annotations["flags"] != "SHRUNK SLOW" {
		t.Errorf("%+v", a)
	}
	wantContains(t, a.Annotations["summary"], "Backup late: postgres/nightly")
	wantContains(t, a.Annotations["description"], "What to do: ", "Status: LATE SHRUNK SLOW")
	if left := time.Until(a.EndsAt); !a.StartsAt.Equal(i.OpenedAt) || left < 5*time.Minute || left > time.Hour {
		t.Errorf("from %v, ends in %v", a.StartsAt, left)
	}
}

func TestAlertLabels(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*incident.Incident)
		want map[string]string // "": not there
	}{
		{"reserved names win", func(i *incident.Incident) {
			i.Labels = map[string]string{"severity": "mine", "alertname": "mine", "env": "mine", "group": "mine"}
		}, map[string]string{"severity": "warning", "alertname": "BackmonBackup", "env": "prod", "group": "postgres/acme"}},
		{"strange names", func(i *incident.Incident) {
			i.Labels = map[string]string{"on-call": "a", "2nd": "b", "ü": "c", "": "d"}
		}, map[string]string{"on_call": "a", "_2nd": "b", "_": "d"}},
		{"a name that is not UTF-8", func(i *incident.Incident) { i.Subject.Group, i.Labels["x"] = "a\xff", "\xfe" }, map[string]string{"group": `"a\xff"`, "x": `"\xfe"`}},
		{
			"a disk", func(i *incident.Incident) { i.Subject = incident.DiskOf(i.Subject) },
			map[string]string{"alertname": "BackmonDisk", "disk": "db", "directory": "", "file": "", "group": ""},
		},
		{"unknown", func(i *incident.Incident) { i.Severity = backup.SeverityUnknown }, map[string]string{"severity": "unknown"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, nil)
			i := late()
			c.edit(&i)
			sent(t, open(t, cluster(s.URL)), notice("n", incident.Opened, i))
			labels := alertsOf(t, s.only(t))[0].Labels
			for name, value := range c.want {
				if got, there := labels[name]; got != value || there != (value != "") {
					t.Errorf("label %s %q, want %q", name, got, value)
				}
			}
		})
	}
}

// brief tells alerts by name, severity and whether they are over.
func brief(alerts []posted) string {
	var out []string
	for _, a := range alerts {
		state := "firing"
		if !a.EndsAt.After(time.Now()) {
			state = "over"
		}
		out = append(out, a.Labels["severity"]+" "+state)
	}
	return strings.Join(out, ", ")
}

func TestAlertsByChange(t *testing.T) {
	critical := late()
	critical.State, critical.Severity, critical.ChangedAt = backup.Missing, backup.SeverityCritical, time.Now().Add(-time.Minute)
	flapping := late()
	flapping.Flapping = true
	changed := notice("n", incident.Changed, critical)
	changed.Items[0].Told = backup.SeverityWarning
	same := notice("n", incident.Changed, late())
	same.Items[0].Told = backup.SeverityWarning
	closed := notice("n", incident.Closed, ended(critical))
	closed.Items[0].Told = backup.SeverityWarning
	for _, c := range []struct {
		name   string
		notice incident.Notice
		want   string
	}{
		{"opened", notice("n", incident.Opened, late()), "warning firing"},
		{"closed", notice("n", incident.Closed, ended(late())), "warning over"},
		{"worse: the old one is over", changed, "warning over, critical firing"},
		{"changed within a severity", same, "warning firing"},
		{"worse and over before it was told", closed, "warning over, critical over"},
		{"after a silence", notice("n", incident.Continues, late()), "warning firing"},
		{"flapping, and bad", notice("n", incident.Flaps, flapping), "warning firing"},
		{"flapping, and well", notice("n", incident.Flaps, ended(flapping)), "warning over"},
		{"several", notice("n", incident.Opened, late(), critical), "warning firing, critical firing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, nil)
			sent(t, open(t, cluster(s.URL)), c.notice)
			alerts := alertsOf(t, s.only(t))
			if got := brief(alerts); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			for _, a := range alerts {
				if a.EndsAt.Before(a.StartsAt) || a.StartsAt.IsZero() {
					t.Errorf("from %v to %v", a.StartsAt, a.EndsAt)
				}
			}
		})
	}
}

// An Alertmanager repeats by itself, and knows no digests.
func TestAlertmanagerIsNotReminded(t *testing.T) {
	s := serve(t, nil)
	r := open(t, cluster(s.URL))
	for _, kind := range []incident.Kind{incident.Reminder, incident.KindDigest} {
		n := notice("n", incident.Continues, late())
		n.Kind = kind
		sent(t, r, n)
	}
	if got := s.got(); len(got) > 0 {
		t.Errorf("%d requests", len(got))
	}
}

func TestAlertmanagerTest(t *testing.T) {
	s := serve(t, nil)
	sent(t, open(t, cluster(s.URL)), incident.Notice{ID: "t", Kind: incident.Test, Receiver: "ops"})
	a := alertsOf(t, s.only(t))[0]
	if left := time.Until(a.EndsAt); a.Labels["alertname"] != "BackmonTest" || a.Labels["receiver"] != "ops" || left < 4*time.Minute || left > 5*time.Minute {
		t.Errorf("%+v", a)
	}
}

func TestResend(t *testing.T) {
	s := serve(t, nil)
	r, ok := open(t, cluster(s.URL)).(receiver.Resender)
	if !ok || r.ResendInterval() != time.Minute {
		t.Fatalf("no Resender, or every %v", r.ResendInterval())
	}
	var many []incident.Incident
	for range 600 {
		many = append(many, late())
	}
	if err := r.Resend(t.Context(), many, []incident.Incident{ended(late())}); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, q := range s.got() {
		n := len(alertsOf(t, q))
		if total += n; n > 256 {
			t.Errorf("%d alerts at once", n)
		}
	}
	if total != 601 || !strings.HasPrefix(brief(alertsOf(t, s.got()[0])), "warning over, warning firing") {
		t.Errorf("%d alerts", total)
	}
	if err := r.Resend(t.Context(), nil, nil); err != nil || len(s.got()) != 3 {
		t.Errorf("error %v, %d requests", err, len(s.got()))
	}
}

func TestResendInterval(t *testing.T) {
	s := serve(t, nil)
	c := cluster(s.URL)
	c.Alertmanager.ResendInterval = time.Hour
	r := open(t, c)
	if got := r.(receiver.Resender).ResendInterval(); got != time.Hour {
		t.Errorf("interval %v", got)
	}
	sent(t, r, notice("n", incident.Opened, late()))
	if left := time.Until(alertsOf(t, s.only(t))[0].EndsAt); left < 3*time.Hour {
		t.Errorf("it ends by itself in %v, before it is told again", left)
	}
}

// Each peer is told, and one that takes it is enough.
func TestPeers(t *testing.T) {
	good, other, bad := serve(t, nil), serve(t, nil), serve(t, status(http.StatusBadRequest))
	down := "http://" + bustest.FreeAddress(t)
	r, logs := openLogged(t, cluster(good.URL, bad.URL, other.URL, down))
	sent(t, r, notice("n", incident.Opened, late()))
	if a, b := good.only(t), other.only(t); a.body != b.body {
		t.Error("two peers were told different things")
	}
	if n := logs.FilterLevelExact(zap.WarnLevel).Len(); n != 2 {
		t.Errorf("%d warnings: %v", n, logs.All())
	}
}

func TestNoPeer(t *testing.T) {
	bad, busy := serve(t, status(http.StatusBadRequest)), serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	for _, c := range []struct {
		name      string
		peers     []string
		permanent bool
		after     time.Duration
	}{
		{"all refuse for good", []string{bad.URL, bad.URL}, true, 0},
		{"one may take it later", []string{bad.URL, busy.URL}, false, 0},
		{"all are busy", []string{busy.URL, busy.URL}, false, 30 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := refused(t, open(t, cluster(c.peers...)), notice("n", incident.Opened, late()))
			if e.Permanent() != c.permanent || e.RetryAfter() != c.after {
				t.Errorf("permanent %v, after %v: %v", e.Permanent(), e.RetryAfter(), e)
			}
			wantContains(t, e.Error(), c.peers...)
		})
	}
}

func TestAlertmanagerLogin(t *testing.T) {
	s := serve(t, nil)
	c := cluster(s.URL)
	c.Alertmanager.Username, c.Alertmanager.Password = "backmon", "pass-word-1"
	sent(t, open(t, c), notice("n", incident.Opened, late()))
	if got := s.only(t).header.Get("Authorization"); got != "Basic YmFja21vbjpwYXNzLXdvcmQtMQ==" {
		t.Errorf("authorization %q", got)
	}
}

func TestAlertmanagerErrors(t *testing.T) {
	for name, urls := range map[string][]string{"none": nil, "no URL": {"am:9093"}, "a socket": {"unix:///am"}} {
		if _, err := receiver.New(cluster(urls...), nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
