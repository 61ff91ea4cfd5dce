package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// gate is a proxy before an S3 server that can hold answers back, and refuse to
// list buckets. A held answer shows what the server had when it was asked.
type gate struct {
	URL string

	arrivals chan *heldAnswer
	closed   chan struct{}

	mu          sync.Mutex
	shut        bool
	refusal     int // HTTP status for who lists buckets; 0: none
	bucketLists int
}

// heldAnswer is an answer to a listing that waits at the gate.
type heldAnswer struct{ released chan struct{} }

func (h *heldAnswer) release() { close(h.released) }

func newGate(t *testing.T, endpoint string) *gate {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{arrivals: make(chan *heldAnswer, 100), closed: make(chan struct{})}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is signed
		},
		ModifyResponse: g.pass,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := g.refused(r); status != 0 {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `<Error><Code>Refused</Code><Message>The gate refuses.</Message></Error>`)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(g.closed) }) // runs first: it ends what is held
	g.URL = server.URL
	return g
}

// refused decides on a request for the list of buckets.
func (g *gate) refused(r *http.Request) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.URL.Path != "/" {
		return 0
	}
	g.bucketLists++
	return g.refusal
}

// pass holds answers to listings while the gate is shut.
func (g *gate) pass(response *http.Response) error {
	g.mu.Lock()
	shut := g.shut && response.Request.URL.Query().Get("list-type") == "2"
	g.mu.Unlock()
	if !shut {
		return nil
	}
	held := &heldAnswer{released: make(chan struct{})}
	g.arrivals <- held
	select {
	case <-held.released:
	case <-g.closed:
	case <-response.Request.Context().Done():
	}
	return nil
}

// setShut holds answers from now on, or lets them pass. Those that are held stay so.
func (g *gate) setShut(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
}

// refuse answers who lists buckets with that HTTP status; 0 ends it.
func (g *gate) refuse(status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refusal = status
}

// asked is how often the buckets were listed, or tried to.
func (g *gate) asked() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.bucketLists
}
