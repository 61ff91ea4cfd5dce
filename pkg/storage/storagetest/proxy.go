package storagetest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy stands before an S3 server, sees every request and may change it or answer
// it itself. It signs what it passes on as the administrator, unless it is presigned:
// other rights can't be tested through it.
type Proxy struct {
	URL string // the endpoint to use instead of the server's

	server *Server

	mu     sync.Mutex
	handle Handler
	seen   []string
	hidden []string // headers
}

// Handler is what a Proxy does with a request. It returns true when it has
// answered it; else the request is passed on with the changes made to it, and the
// answer comes back with the headers that were set on w.
type Handler func(w http.ResponseWriter, r *http.Request) bool

// NewProxy starts a proxy before the server for the time of the test.
func NewProxy(t testing.TB, server *Server) *Proxy {
	t.Helper()
	proxy := &Proxy{server: server}
	listener := httptest.NewServer(proxy)
	t.Cleanup(listener.Close)
	proxy.URL = listener.URL
	return proxy
}

// Handle sets what to do from now on, and forgets the requests seen.
func (p *Proxy) Handle(handle Handler) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handle, p.seen = handle, nil
}

// Hide takes these headers off all answers from now on.
func (p *Proxy) Hide(headers ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hidden = headers
}

// Seen returns the requests since Handle: "METHOD /bucket/key", with " if" behind
// those that came with If-Match.
func (p *Proxy) Seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// ServeHTTP answers one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	line := r.Method + " " + r.URL.Path
	if r.Header.Get("If-Match") != "" {
		line += " if"
	}
	p.mu.Lock()
	p.seen = append(p.seen, line)
	handle := p.handle
	p.mu.Unlock()
	if handle == nil || !handle(w, r) {
		p.forward(w, r)
	}
}

func (p *Proxy) forward(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	request, err := http.NewRequestWithContext(r.Context(), r.Method, p.server.Endpoint+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	request.Header = r.Header.Clone()
	if r.URL.Query().Has("X-Amz-Signature") { // presigned: as it is
		request.Host = r.Host
	} else {
		// As the signature wants it: "delete=", not "delete", and no "+".
		request.URL.RawQuery = strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20")
		sign(request, p.server.AccessKey, p.server.SecretKey, string(body), time.Now())
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	for name, values := range response.Header {
		if w.Header().Get(name) == "" {
			w.Header()[name] = values
		}
	}
	p.mu.Lock()
	for _, name := range p.hidden {
		w.Header().Del(name)
	}
	p.mu.Unlock()
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}
