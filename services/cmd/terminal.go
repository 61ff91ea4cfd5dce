package cmd

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

func terminal(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }

// colour reports whether w wants colours: a terminal, and NO_COLOR is not set
// (https://no-color.org).
func (a *app) colour(w io.Writer) bool {
	off, set := a.Env("NO_COLOR")
	return isTerminal(w) && (!set || off == "")
}

// progress shows how far a listing has come, on one line of a terminal, at most
// five times a second. Where nobody looks it says nothing.
type progress struct {
	out   io.Writer
	name  string
	began time.Time
	shown time.Time
}

func (a *app) progress(name string) *progress {
	if !isTerminal(a.Err) {
		return &progress{}
	}
	return &progress{out: a.Err, name: name, began: time.Now()}
}

func (p *progress) update(objects int64) {
	if p.out == nil || time.Since(p.shown) < 200*time.Millisecond {
		return
	}
	p.shown = time.Now()
	rate := float64(objects) / max(time.Since(p.began).Seconds(), 0.001)
	fmt.Fprintf(p.out, "\r\x1b[Klisting %s: %d files, %.0f/s", p.name, objects, rate)
}

// clear removes the line.
func (p *progress) clear() {
	if p.out != nil && !p.shown.IsZero() {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
