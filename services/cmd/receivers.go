package cmd

import (
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier"
	"github.com/backmon/backmon/services/notifier/message"
	"github.com/backmon/backmon/services/notifier/receiver"
)

// receiverConfig is what the configuration says of one receiver.
func (a *app) receiverConfig(n config.Notifier, r config.Receiver) receiver.Config {
	c := receiver.Config{Name: r.Name, Message: words(n, r), UserAgent: "backmon/" + a.Version}
	switch {
	case r.Webhook != nil:
		c.Timeout = r.Webhook.Timeout
		c.Webhook = &receiver.Webhook{
			URL: r.Webhook.URL, Secret: r.Webhook.Secret, Headers: r.Webhook.Headers, CAFile: r.Webhook.CAFile, Allow: n.WebhookAllow,
		}
	case r.Alertmanager != nil:
		c.Timeout = r.Alertmanager.Timeout
		c.Alertmanager = &receiver.Alertmanager{CAFile: r.Alertmanager.CAFile, Headers: r.Alertmanager.Headers, ResendInterval: r.Alertmanager.ResendInterval}
		for _, url := range r.Alertmanager.URLs {
			c.Alertmanager.URLs = append(c.Alertmanager.URLs, config.Secret(url))
		}
		if auth := r.Alertmanager.BasicAuth; auth != nil {
			c.Alertmanager.Username, c.Alertmanager.Password = auth.Username, auth.Password
		}
	case r.Shoutrrr != nil:
		c.Timeout = r.Shoutrrr.Timeout
		c.Shoutrrr = &receiver.Shoutrrr{URLs: r.Shoutrrr.URLs}
	case r.Exec != nil:
		c.Timeout = r.Exec.Timeout
		c.Exec = &receiver.Exec{Command: r.Exec.Command}
	}
	return c
}

// opened are the receivers of a configuration, ready to be sent to.
type opened struct {
	// receivers are one for each address: a receiver with several is several.
	receivers []notifier.Receiver
	// names tells for each name of the configuration which of them it stands for.
	names map[string][]string
}

// openReceivers makes the receivers. It opens no connection. Every problem has its
// place.
func (a *app) openReceivers(c *config.Config, log *zap.Logger) (opened, error) {
	o := opened{names: map[string][]string{}}
	problems := checkTemplates(c)
	for _, r := range c.Notifier.Receivers {
		settings := a.receiverConfig(c.Notifier, r)
		if len(problems) > 0 {
			settings.Message = message.Config{} // what is wrong with it is known
		}
		parts, standsFor := receiver.Expand([]receiver.Config{settings})
		maps.Copy(o.names, standsFor)
		places := placesOf(r, settings)
		for i, part := range parts {
			made, err := receiver.New(part, log)
			if err != nil {
				problems = append(problems, receiverProblem(c, places[i], err))
				continue
			}
			one := notifier.Receiver{Name: part.Name, Sender: made, Timeout: part.Timeout, OpenOnly: !r.SendResolved}
			if part.Alertmanager != nil {
				one.Each = receiver.AlertsEach
			}
			o.receivers = append(o.receivers, one)
		}
	}
	return o, problemsOf(problems)
}

// placesOf are the places of what a receiver is taken apart to: of its URL, or, with
// just one address, its own.
func placesOf(r config.Receiver, settings receiver.Config) []config.Place {
	if r.Shoutrrr == nil {
		return []config.Place{r.Place}
	}
	var places []config.Place
	for i, url := range r.Shoutrrr.URLs {
		one := settings
		one.Shoutrrr = &receiver.Shoutrrr{URLs: []config.Secret{url}}
		parts, _ := receiver.Expand([]receiver.Config{one})
		places = append(places, slices.Repeat([]config.Place{r.Shoutrrr.Places[i]}, len(parts))...)
	}
	return places
}

func receiverProblem(c *config.Config, place config.Place, err error) backup.Problem {
	return backup.Problem{Level: backup.Error, File: c.File, Line: place.Line, Column: place.Column, Message: err.Error()}
}

// problemsOf makes an error of problems, nil without any.
func problemsOf(problems []backup.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	backup.SortProblems(problems)
	return &config.Error{Problems: problems}
}

// checkReceivers tries what openReceivers does, but for what needs something of the
// machine that they run on: programs, and certificates.
func (a *app) checkReceivers(c *config.Config) error {
	problems := checkTemplates(c)
	for _, r := range c.Notifier.Receivers {
		settings := a.receiverConfig(c.Notifier, r)
		settings.Message = message.Config{}
		if settings.Webhook != nil {
			settings.Webhook.CAFile = ""
		}
		if settings.Alertmanager != nil {
			settings.Alertmanager.CAFile = ""
		}
		parts, _ := receiver.Expand([]receiver.Config{settings})
		places := placesOf(r, settings)
		for i, part := range parts {
			if part.Exec != nil {
				continue
			}
			if _, err := receiver.New(part, zap.NewNop()); err != nil {
				problems = append(problems, receiverProblem(c, places[i], err))
			}
		}
	}
	return problemsOf(problems)
}

// all returns the receivers that names of the configuration stand for.
func (o opened) all(names []string) []string {
	var out []string
	for _, name := range names {
		out = append(out, o.names[name]...)
	}
	return out
}

// routes are the routes to all that the names in them stand for.
func (o opened) routes(routes []config.Route) []incident.Route {
	var out []incident.Route
	for _, r := range routes {
		route := r.Route
		route.Receivers = o.all(r.Receivers)
		out = append(out, route)
	}
	return out
}

// heartbeat is the outgoing one; nil without.
func (a *app) heartbeat(c *config.Heartbeat) (*notifier.Heartbeat, error) {
	if c == nil {
		return nil, nil
	}
	h, err := receiver.NewHeartbeat(receiver.HeartbeatConfig{URL: c.URL, UserAgent: "backmon/" + a.Version})
	if err != nil {
		return nil, err
	}
	return &notifier.Heartbeat{Interval: max(c.Interval, time.Second), Beat: h.Beat}, nil
}
