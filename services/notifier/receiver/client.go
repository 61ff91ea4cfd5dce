package receiver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/backmon/backmon/pkg/config"
	"github.com/backmon/backmon/pkg/prose"
	"github.com/backmon/backmon/pkg/trust"
)

// Bounds of what others may answer.
const (
	maxAnswer       = 64 << 10 // bytes that are read
	maxAnswerShown  = 200      // characters in an error
	maxAnswerHeader = 64 << 10
	maxRedirects    = 3
)

// client sends requests over HTTP.
type client struct {
	http    *http.Client
	timeout time.Duration
	headers http.Header
	secrets redactor
}

// clientConfig says how a client connects.
type clientConfig struct {
	timeout   time.Duration
	userAgent string
	headers   map[string]config.Secret
	allow     *allowList
	caFile    string   // of further certification authorities; empty: the system's alone
	secrets   []string // that errors must not hold, besides those of headers
}

func newClient(c clientConfig) (*client, error) {
	authorities, err := trust.Authorities(c.caFile)
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authorities},
		TLSHandshakeTimeout:    c.timeout,
		MaxResponseHeaderBytes: maxAnswerHeader, MaxIdleConns: 8, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
	}
	dialer := net.Dialer{Timeout: c.timeout, KeepAlive: 30 * time.Second}
	transport.DialContext = dialer.DialContext
	if c.allow != nil {
		// A proxy would resolve names in its own way, unseen by the list.
		transport.Proxy, transport.DialContext = nil, c.allow.dial(dialer)
	}
	headers, secrets := http.Header{}, c.secrets
	for name, value := range c.headers {
		headers.Set(name, value.Reveal())
		secrets = append(secrets, value.Reveal())
	}
	if headers.Get("User-Agent") == "" {
		headers.Set("User-Agent", c.userAgent)
	}
	return &client{
		http:    &http.Client{Transport: transport, CheckRedirect: follow},
		timeout: c.timeout, headers: headers, secrets: newRedactor(secrets...),
	}, err
}

// errRedirect is what an answer is that leads elsewhere.
type errRedirect struct{ to string }

func (e errRedirect) Error() string {
	return fmt.Sprintf("it leads on to %s, which is not followed; configure the final address", e.to)
}

// follow allows redirects on the same host that keep the method: others would send
// what is secret elsewhere, or turn the message into a mere look.
func follow(next *http.Request, before []*http.Request) error {
	first := before[0]
	if len(before) > maxRedirects || next.URL.Host != first.URL.Host || next.URL.Scheme != first.URL.Scheme || next.Method != first.Method {
		return errRedirect{next.URL.Scheme + "://" + next.URL.Host}
	}
	return nil
}

// post sends a body; any answer but success is an error.
func (c *client) post(ctx context.Context, address string, body []byte, header http.Header) error {
	return c.do(ctx, http.MethodPost, address, body, header)
}

func (c *client) do(ctx context.Context, method, address string, body []byte, header http.Header) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	what := method + " " + site(address)
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return permanent("%s: the address can't be used", what)
	}
	for _, h := range []http.Header{c.headers, header} {
		for name, values := range h {
			request.Header[name] = slices.Clone(values)
		}
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.failure(what, err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // what came of it is enough
	return c.judge(what, response, answer)
}

// failure is an error of a request that was not answered.
func (c *client) failure(what string, err error) *Error {
	var inner *url.Error
	for errors.As(err, &inner) { // it prints the address in full
		err = inner.Err
	}
	var blocked *blockedError
	if errors.As(err, &blocked) {
		return permanent("%s: %v", what, blocked)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return temporary("%s: no answer within %s", what, prose.Duration(c.timeout))
	}
	return temporary("%s: %s", what, c.secrets.clean(err.Error()))
}

// judge makes an error of an answer that is no success.
func (c *client) judge(what string, response *http.Response, answer []byte) error {
	status := response.StatusCode
	if status >= 200 && status < 300 {
		return nil
	}
	text := fmt.Sprintf("%s: status %d %s", what, status, http.StatusText(status))
	if said := prose.Cut(prose.Clean(c.secrets.clean(string(answer))), maxAnswerShown); said != "" {
		text += ": " + said
	}
	e := temporary("%s", text)
	e.permanent = status >= 400 && status < 500 && !slices.Contains(worthAnother, status)
	if !e.permanent {
		e.after = retryAfter(response.Header.Get("Retry-After"), time.Now())
	}
	return e
}

// worthAnother are the client's errors that another attempt may not meet.
var worthAnother = []int{http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests}

// maxRetryAfter is the longest pause that is believed.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header: seconds, or a date.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(0, at.Sub(now)), maxRetryAfter)
	}
	return 0
}
