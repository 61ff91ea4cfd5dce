package storagetest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Fault is a way in which an answer can be wrong.
type Fault int

// The faults that Faults can make.
const (
	None        Fault = iota
	SlowDown          // 503 with S3's error SlowDown
	CutBody           // the connection ends in the middle of the body
	Empty             // 200 without a body
	HTML              // 200 with a page of HTML, as captive portals send
	NoEnd             // the list doesn't tell whether more follows
	Hang              // the request is accepted and never answered
	ServerError       // 500
)

// Faults is a proxy before an S3 server, for requests of lists; others pass. It
// forwards the Host header, so that signatures stay valid. It may be configured
// at any time.
type Faults struct {
	URL string // the endpoint to use instead of the server's

	target  string
	closed  chan struct{}
	hanging chan struct{}

	mu       sync.Mutex
	fault    Fault
	fromPage int // of each listing, counted from 1
	times    int // how often still; negative: always
	delay    time.Duration
	pages    map[string]int // page number by continuation token
	requests int
}

// NewFaults starts a proxy before the server for the time of the test. Until Set
// is called it makes no fault.
func NewFaults(t testing.TB, endpoint string) *Faults {
	t.Helper()
	faults := &Faults{
		target:  endpoint,
		closed:  make(chan struct{}),
		hanging: make(chan struct{}, 1),
		pages:   make(map[string]int),
	}
	server := httptest.NewServer(faults)
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(faults.closed) }) // runs first: it ends what hangs
	faults.URL = server.URL
	return faults
}

// Set makes the list requests wrong from that page of a listing on (the first is
// 1), so many times (negative: always).
func (f *Faults) Set(fault Fault, fromPage, times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault, f.fromPage, f.times = fault, fromPage, times
}

// Delay makes every list request take so much longer.
func (f *Faults) Delay(delay time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delay = delay
}

// Hanging tells when a request has begun to hang.
func (f *Faults) Hanging() <-chan struct{} { return f.hanging }

// Requests returns how many list requests have come.
func (f *Faults) Requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

// ServeHTTP answers one request, rightly or wrongly.
func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("list-type") != "2" {
		f.forward(w, r, None)
		return
	}
	fault, delay := f.next(r.URL.Query().Get("continuation-token"))
	select {
	case <-time.After(delay):
	case <-f.closed:
		return
	}
	f.answer(w, r, fault)
}

// next decides what happens to a list request.
func (f *Faults) next(token string) (Fault, time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	if f.fault == None || f.times == 0 || f.pages[token]+1 < f.fromPage {
		return None, f.delay
	}
	f.times--
	return f.fault, f.delay
}

func (f *Faults) answer(w http.ResponseWriter, r *http.Request, fault Fault) {
	switch fault {
	case SlowDown:
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, `<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`)
	case ServerError:
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, `<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>`)
	case Empty:
		w.WriteHeader(http.StatusOK)
	case HTML:
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<html><head><title>Welcome</title></head><body><p>Please log in.</p></body></html>`)
	case Hang:
		f.hang(r)
	default:
		f.forward(w, r, fault)
	}
}

func (f *Faults) hang(r *http.Request) {
	select {
	case f.hanging <- struct{}{}:
	default: // told before, and not yet heard
	}
	select {
	case <-f.closed:
	case <-r.Context().Done():
	}
}

var (
	truncatedElement = regexp.MustCompile(`<IsTruncated>[a-z]+</IsTruncated>`)
	tokenElement     = regexp.MustCompile(`<NextContinuationToken>([^<]*)</NextContinuationToken>`)
)

// forward passes the request on, and its answer back with the fault.
func (f *Faults) forward(w http.ResponseWriter, r *http.Request, fault Fault) {
	request, err := http.NewRequestWithContext(r.Context(), r.Method, f.target+r.URL.RequestURI(), r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	request.Header, request.Host, request.ContentLength = r.Header.Clone(), r.Host, r.ContentLength
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	f.learn(r, body)
	f.reply(w, response, body, fault)
}

// learn remembers which page a token leads to.
func (f *Faults) learn(r *http.Request, body []byte) {
	match := tokenElement.FindSubmatch(body)
	if match == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pages[unescapeXML(string(match[1]))] = f.pages[r.URL.Query().Get("continuation-token")] + 1
}

func (f *Faults) reply(w http.ResponseWriter, response *http.Response, body []byte, fault Fault) {
	if fault == NoEnd {
		body = truncatedElement.ReplaceAll(body, nil)
	}
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if response.Request.Method == http.MethodHead {
		w.Header()["Content-Length"] = response.Header["Content-Length"]
	}
	w.WriteHeader(response.StatusCode)
	if fault == CutBody {
		w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler) // the connection is closed before the promised length
	}
	io.Copy(w, bytes.NewReader(body))
}

func unescapeXML(text string) string {
	return strings.NewReplacer("&#34;", `"`, "&quot;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+", "&amp;", "&").Replace(text)
}
