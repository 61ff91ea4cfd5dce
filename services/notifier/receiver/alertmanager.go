package receiver

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/message"
)

// Alertmanager is a cluster of Prometheus Alertmanagers. It is told of incidents
// one by one, groups, silences and repeats by itself, and has to be told of what is
// open again and again: see Resender.
type Alertmanager struct {
	// URLs of all peers, without "/api/v2/alerts". Each is told of every alert, as
	// Alertmanager wants it: the peers agree among themselves who notifies, but
	// don't pass alerts on. No load balancer may stand before them.
	URLs []config.Secret
	// Username and Password log in at each peer; empty: nobody does.
	Username string
	Password config.Secret
	// Headers are sent along.
	Headers map[string]config.Secret
	// CAFile holds certification authorities besides the system's; empty: none.
	CAFile string
	// ResendInterval is how often what is open is to be told; 0 is a minute.
	ResendInterval time.Duration
}

// Bounds of what an Alertmanager is told.
const (
	// AlertsEach is how many incidents a notice to an Alertmanager may hold.
	AlertsEach = 300
	// alertsPerRequest is how many alerts one request holds.
	alertsPerRequest = 256
	// defaultResend is how often open incidents are told again.
	defaultResend = time.Minute
	// lifetimes is for how many resends an alert lives without one, so that a
	// restart is not taken for an all-clear, and leastLife for how long at least.
	lifetimes = 4
	leastLife = 10 * time.Minute
	// testLife is how long the alert of a test lasts.
	testLife = 5 * time.Minute
)

// Resender is a receiver that has to be told again and again of what is open.
type Resender interface {
	// Resend tells of all open incidents that the receiver was told of, and of
	// those that closed within the last 15 minutes: what it missed, it learns.
	Resend(ctx context.Context, open, closed []incident.Incident) error
	// ResendInterval is how often.
	ResendInterval() time.Duration
}

type alertmanager struct {
	name   string
	peers  []string
	client *client
	writer *message.Writer
	log    *zap.Logger
	resend time.Duration
}

func newAlertmanager(c Config, w *message.Writer, log *zap.Logger) (Receiver, error) {
	settings := c.Alertmanager
	a := &alertmanager{name: c.Name, writer: w, log: log, resend: settings.ResendInterval}
	if a.resend == 0 {
		a.resend = defaultResend
	}
	var problems []error
	if len(settings.URLs) == 0 {
		problems = append(problems, errors.New("urls are missing"))
	}
	secrets := []string{settings.Password.Reveal()}
	for i, address := range settings.URLs {
		u, err := parseAddress(address.Reveal())
		if err != nil {
			problems = append(problems, fmt.Errorf("peer %d: %w", i+1, err))
			continue
		}
		secrets = append(secrets, address.Reveal())
		a.peers = append(a.peers, u.JoinPath("api", "v2", "alerts").String())
	}
	headers := map[string]config.Secret{}
	for name, value := range settings.Headers {
		headers[name] = value
	}
	if settings.Username != "" {
		login := base64.StdEncoding.EncodeToString([]byte(settings.Username + ":" + settings.Password.Reveal()))
		headers["Authorization"] = config.Secret("Basic " + login)
		secrets = append(secrets, login)
	}
	client, err := newClient(clientConfig{timeout: c.Timeout, userAgent: c.UserAgent, headers: headers, caFile: settings.CAFile, secrets: secrets})
	a.client = client
	if err := errors.Join(append(problems, err, checkHeaders(settings.Headers))...); err != nil {
		return nil, fmt.Errorf("alertmanager: %w", err)
	}
	return a, nil
}

// Name is that of the configuration.
func (a *alertmanager) Name() string { return a.name }

// ResendInterval is how often Resend is to be called.
func (a *alertmanager) ResendInterval() time.Duration { return a.resend }

// Send tells of the incidents of a notice. Reminders and digests are none of an
// Alertmanager's business.
func (a *alertmanager) Send(ctx context.Context, n incident.Notice) error {
	now := time.Now()
	switch n.Kind {
	case incident.Problem, incident.Resolved:
	case incident.Test:
		return a.tell(ctx, []alert{a.test(n, now)})
	default:
		return nil
	}
	var alerts []alert
	for _, i := range n.Items {
		if i.Told > 0 && i.Told != i.Incident.Severity { // its labels are other ones now
			before := i.Incident
			before.Severity = i.Told
			alerts = append(alerts, a.over(before, earliest(i.Incident.ChangedAt, now), now))
		}
		alerts = append(alerts, a.alert(i.Incident, now))
	}
	return a.tell(ctx, alerts)
}

// Resend tells again of what is open, and of what closed lately.
func (a *alertmanager) Resend(ctx context.Context, open, closed []incident.Incident) error {
	now := time.Now()
	var alerts []alert
	for _, i := range closed {
		alerts = append(alerts, a.over(i, i.ClosedAt, now))
	}
	for _, i := range open {
		alerts = append(alerts, a.firing(i, now))
	}
	return a.tell(ctx, alerts)
}

// tell posts alerts to all peers at once. It has succeeded when one peer has taken
// all of them: the others learn of them with the next resend. That some did not is
// logged.
func (a *alertmanager) tell(ctx context.Context, alerts []alert) error {
	failures := make([]error, len(a.peers))
	var group sync.WaitGroup
	for i, peer := range a.peers {
		group.Go(func() { failures[i] = a.tellPeer(ctx, peer, alerts) })
	}
	group.Wait()
	taken := false
	for _, err := range failures {
		taken = taken || err == nil
	}
	if !taken {
		return together(failures)
	}
	for _, err := range failures {
		if err != nil {
			a.log.Warn("a peer of the Alertmanager did not take alerts; others did", zap.String("receiver", a.name), zap.Error(err))
		}
	}
	return nil
}

func (a *alertmanager) tellPeer(ctx context.Context, peer string, alerts []alert) error {
	for len(alerts) > 0 {
		part := alerts[:min(len(alerts), alertsPerRequest)]
		alerts = alerts[len(part):]
		body, err := marshal(part)
		if err != nil {
			return permanent("alerts: %v", err)
		}
		if err := a.client.post(ctx, peer, body, http.Header{"Content-Type": {"application/json"}}); err != nil {
			return err
		}
	}
	return nil
}

// together sums up why no peer took alerts: for good if all say so, and as soon as
// the first one may be asked again.
func together(failures []error) error {
	out := &Error{permanent: true}
	var texts []string
	for i, err := range failures {
		var e *Error
		if !errors.As(err, &e) {
			e = temporary("%v", err)
		}
		texts = append(texts, e.text)
		out.permanent = out.permanent && e.permanent
		if i == 0 || e.after < out.after {
			out.after = e.after
		}
	}
	out.text = temporary("%s", strings.Join(texts, "; ")).text
	return out
}

// earliest is the earlier of two instants, of which the first may be zero.
func earliest(t, now time.Time) time.Time {
	if t.IsZero() || t.After(now) {
		return now
	}
	return t
}
