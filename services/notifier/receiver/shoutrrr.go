package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/format"
	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/spelling"
	"github.com/backmon/backmon/services/notifier/message"
)

// Shoutrrr is a chat, a mailbox, a pager or whatever else shoutrrr has a URL for.
type Shoutrrr struct {
	// URLs of services. New takes one, with one recipient: Expand makes receivers
	// of several, so that each has its own attempts.
	URLs []config.Secret
}

// chat is a service of shoutrrr, other than mail and Telegram.
type chat struct {
	name    string
	address string
	scheme  string
	titled  bool // the service has a place for a title
	limit   int  // bytes that a text may have
	timeout time.Duration
	writer  *message.Writer
	secrets redactor
	flights *flights
}

func newChat(c Config, w *message.Writer) (Receiver, error) {
	if len(c.Shoutrrr.URLs) != 1 || len(split(c.Shoutrrr.URLs[0].Reveal())) != 1 {
		return nil, errors.New("shoutrrr: a receiver has one URL with one recipient; Expand takes more apart")
	}
	address := c.Shoutrrr.URLs[0].Reveal()
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return nil, errors.New("shoutrrr: the URL can't be read; it is something like slack://token@channel")
	}
	switch schemeOf(u) {
	case "smtp":
		return newMail(c, w, u)
	case "telegram":
		return newTelegram(c, w, u)
	}
	out := &chat{
		name: c.Name, address: address, scheme: schemeOf(u), timeout: c.Timeout, writer: w, secrets: newRedactor(address), flights: newFlights(),
	}
	out.titled, out.limit = titled(out.scheme, u), limitOf(out.scheme)
	if err := out.check(u); err != nil {
		return nil, fmt.Errorf("shoutrrr: %w", err)
	}
	return out, nil
}

// schemeOf is the service that a URL is of: "generic" of "generic+https".
func schemeOf(u *url.URL) string {
	scheme, _, _ := strings.Cut(strings.ToLower(u.Scheme), "+")
	return scheme
}

// check reads the URL as the service would, without a connection.
func (c *chat) check(u *url.URL) error {
	services := router.ServiceRouter{}
	if c.scheme == "logger" {
		return errors.New("the service logger delivers nothing")
	}
	service, err := services.NewService(c.scheme)
	if err != nil {
		text := fmt.Sprintf("there is no service %q", c.scheme)
		if hint := spelling.Hint(c.scheme, services.ListServices()); hint != "" {
			text += "; " + hint
		}
		return errors.New(text)
	}
	if u.Scheme != c.scheme {
		custom, ok := service.(types.CustomURLService)
		if !ok {
			return fmt.Errorf("the service %s takes no URL that begins with %s", c.scheme, u.Scheme)
		}
		if u, err = custom.GetConfigURLFromCustom(u); err != nil {
			return fmt.Errorf("%s: %s", c.scheme, c.secrets.clean(err.Error()))
		}
	}
	if err := format.GetServiceConfig(service).SetURL(u); err != nil {
		return fmt.Errorf("%s: %s", c.scheme, c.secrets.clean(err.Error()))
	}
	return nil
}

// parameter is a parameter of a URL, whose name may be in any case.
func parameter(u *url.URL, names ...string) string {
	for key, values := range u.Query() {
		if slices.Contains(names, strings.ToLower(key)) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// Name is that of the configuration.
func (c *chat) Name() string { return c.name }

// Send sends the message. Shoutrrr's services can't be interrupted: when time is up
// the attempt goes on in the background, and the next Send of the same notice asks
// what became of it before it tries anew.
func (c *chat) Send(ctx context.Context, n incident.Notice) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	flight := c.flights.board(n.ID, func() error { return c.attempt(n) })
	select {
	case <-flight.landed:
		c.flights.leave(n.ID, flight)
		return c.failure(flight.err)
	case <-ctx.Done():
		return temporary("%s: no answer within %s; it is still waited for", c.scheme, prose.Duration(c.timeout))
	}
}

// attempt sends a message once. Each has a service of its own, as these keep what
// they are told.
func (c *chat) attempt(n incident.Notice) (err error) {
	defer func() {
		if r := recover(); r != nil { // some panic when there is no answer
			err = fmt.Errorf("the service failed: %v", r)
		}
	}()
	service, err := (&router.ServiceRouter{}).Locate(c.address)
	if err != nil {
		return err
	}
	text, parameters := c.parts(n)
	return service.Send(text, &parameters)
}

// parts are the text and the parameters of a message, as the service has places for
// them.
func (c *chat) parts(n incident.Notice) (string, types.Params) {
	m := c.writer.Write(n)
	parameters := types.Params{}
	text := m.Text
	switch {
	case c.scheme == "pagerduty":
		return m.Title, c.page(n, m)
	case c.titled:
		parameters.SetTitle(prose.Cut(m.Title, titleLimit(c.scheme)))
	default:
		text = m.Title + "\n\n" + text
	}
	return shorten(text, c.limit), parameters
}

// page are the parameters of a pager's event: what a group of incidents opens, its
// end resolves.
func (c *chat) page(n incident.Notice, m message.Message) types.Params {
	details, _ := marshal(map[string]string{"text": shorten(m.Text, c.limit)}) // texts are no trouble
	p := types.Params{"details": string(details), "client": "backmon", "severity": pagerSeverity(n)}
	u, err := url.Parse(c.address)
	if err == nil && parameter(u, "dedup_key") == "" {
		p["dedup_key"] = "backmon-" + incident.GroupID(n.Receiver, n.Group)
	}
	if n.Kind == incident.Resolved {
		p["action"] = "resolve"
	}
	return p
}

func pagerSeverity(n incident.Notice) string {
	switch {
	case n.Kind == incident.KindDigest, n.Kind == incident.Test:
		return "info"
	case n.Severity.String() == "unknown":
		return "error"
	case n.Severity.String() == "critical":
		return "critical"
	default:
		return "warning"
	}
}

// failure makes an error of one of shoutrrr's, which may hold the URL.
func (c *chat) failure(err error) error {
	if err == nil {
		return nil
	}
	return temporary("%s: %s", c.scheme, c.secrets.clean(err.Error()))
}
