package receiver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/services/notifier/message"
)

// Webhook is a server that takes each notice as a CloudEvent in JSON.
type Webhook struct {
	URL config.Secret
	// Secret signs the body; empty: it is not signed.
	Secret config.Secret
	// Headers are sent along. They can't replace those of the event.
	Headers map[string]config.Secret
	// Allow are the hosts and networks that the URL may lead to; none: all.
	Allow []string
	// CAFile holds certification authorities besides the system's; empty: none.
	CAFile string
}

// Headers of a webhook's request besides those of HTTP.
const (
	headerKey       = "Idempotency-Key"
	headerID        = "Ce-Id"
	headerSignature = "Backmon-Signature"
)

type webhook struct {
	name    string
	address string
	secret  []byte
	client  *client
	writer  *message.Writer
}

func newWebhook(c Config, w *message.Writer) (Receiver, error) {
	hook := c.Webhook
	u, err := parseAddress(hook.URL.Reveal())
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	allow, err := parseAllowList(hook.Allow)
	if err != nil {
		return nil, fmt.Errorf("webhook: allowed hosts: %w", err)
	}
	client, err := newClient(clientConfig{
		timeout: c.Timeout, userAgent: c.UserAgent, headers: hook.Headers, allow: allow, caFile: hook.CAFile,
		secrets: []string{hook.URL.Reveal(), hook.Secret.Reveal()},
	})
	if err := errors.Join(err, allow.foresee(u.Hostname()), checkHeaders(hook.Headers)); err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	return &webhook{c.Name, hook.URL.Reveal(), []byte(hook.Secret.Reveal()), client, w}, nil
}

// parseAddress reads an address for HTTP. The error does not hold it.
func parseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("the url can't be read")
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, errors.New("the url is not one of http or https with a host")
	}
	return u, nil
}

// checkHeaders looks for headers that HTTP does not have.
func checkHeaders(headers map[string]config.Secret) error {
	var problems []error
	for name, value := range headers {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) }) {
			problems = append(problems, fmt.Errorf("%q is no name of a header", name))
		}
		if strings.ContainsFunc(value.Reveal(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			problems = append(problems, fmt.Errorf("the value of the header %q holds a line break or another control character", name))
		}
	}
	return errors.Join(problems...)
}

// Name is that of the configuration.
func (h *webhook) Name() string { return h.name }

// cloudEvent is an event in structured mode.
type cloudEvent struct {
	SpecVersion     string           `json:"specversion"`
	ID              string           `json:"id"`
	Source          string           `json:"source"`
	Type            string           `json:"type"`
	Time            time.Time        `json:"time"`
	DataContentType string           `json:"datacontenttype"`
	Data            message.Document `json:"data"`
}

// Send posts the notice. Whatever the attempt, the body is the same.
func (h *webhook) Send(ctx context.Context, n incident.Notice) error {
	body, err := eventOf(h.writer.Document(n))
	if err != nil {
		return permanent("notice %q: %v", n.ID, err)
	}
	header := http.Header{
		"Content-Type": {"application/cloudevents+json; charset=utf-8"},
		headerKey:      {n.ID},
		headerID:       {n.ID},
	}
	if len(h.secret) > 0 {
		header.Set(headerSignature, sign(h.secret, time.Now(), body))
	}
	return h.client.post(ctx, h.address, body, header)
}

func eventOf(d message.Document) ([]byte, error) {
	return marshal(cloudEvent{
		SpecVersion: "1.0", ID: d.ID, Source: "/backmon/notifier", Type: "backmon.v1.Notice", Time: d.At, DataContentType: "application/json", Data: d,
	})
}

// marshal writes JSON as people read it: "<" stays, which is for HTML only.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return b.Bytes(), err
}

// sign signs a body and the time at which it is sent, which keeps others from
// sending it again later: "t=1795662600,v1=" and the HMAC-SHA256 of the time, a
// dot and the body, in hexadecimal digits.
func sign(secret []byte, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t + ".")) // a hash takes everything
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
