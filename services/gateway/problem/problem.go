// Package problem answers requests that can't be fulfilled: as a problem of RFC
// 9457 under /api/v1, as plain text elsewhere. It is not for errors that the log
// is to hold, and it knows no page: what a browser shows is made there.
package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// ContentType is that of a problem.
const ContentType = "application/problem+json"

// Problem is what went wrong with a request, in the members of RFC 9457. It has
// no type of its own, which is written "about:blank": its title is what its status
// is called.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail says what was wrong and what to do, in a sentence.
	Detail string `json:"detail,omitempty"`
	// Instance is the path that was asked for; it is filled in by Write.
	Instance string `json:"instance,omitempty"`
	// Errors are the single faults of what was sent, where there are several.
	Errors []Fault `json:"errors,omitempty"`
}

// Fault is one thing that is wrong with what was sent. One of Parameter and
// Pointer says where.
type Fault struct {
	Detail    string `json:"detail"`
	Parameter string `json:"parameter,omitempty"` // of the query or path
	Pointer   string `json:"pointer,omitempty"`   // into the body: a JSON Pointer as a URI fragment
}

// New returns a problem of that status.
func New(status int, detail string, faults ...Fault) Problem {
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Errors: faults}
}

// Write answers with a problem where programs ask, else in plain text. Headers that
// belong to the status, such as Allow or Retry-After, are set before.
func Write(w http.ResponseWriter, r *http.Request, status int, detail string) {
	New(status, detail).Write(w, r)
}

// Write answers with the problem, as the function does.
func (p Problem) Write(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Disposition", "ETag", "Last-Modified"} {
		header.Del(name) // of the answer that was meant
	}
	if p.Status != http.StatusRequestedRangeNotSatisfiable {
		header.Del("Content-Range")
	}
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if !ForPrograms(r.URL.Path) {
		header.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(p.Status)
		fmt.Fprintln(w, p.text())
		return
	}
	p.Instance = r.URL.EscapedPath()
	header.Set("Content-Type", ContentType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone: nobody is left to tell
}

// OfBody says what is wrong with a request whose body could not be read.
func OfBody(err error) (status int, detail string) {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has over %d bytes", large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout, "the body did not come in time"
	default:
		return http.StatusBadRequest, "the body is not what is expected: " + err.Error()
	}
}

// ForPrograms reports whether those who ask for a path expect problems of RFC 9457.
func ForPrograms(path string) bool {
	return path == "/api/v1" || strings.HasPrefix(path, "/api/v1/")
}

// text is the problem for people, a line for each fault.
func (p Problem) text() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, f := range p.Errors {
		text += "\n" + f.Parameter + f.Pointer + ": " + f.Detail
	}
	return text
}
