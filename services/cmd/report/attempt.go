package report

import (
	"io"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
)

// Attempt is a message that was sent to a receiver, and what came of it.
type Attempt struct {
	Receiver string
	Took     time.Duration
	Err      error // nil when it was taken
}

// Failed reports whether the receiver did not take the message.
func (a Attempt) Failed() bool { return a.Err != nil }

// AttemptsTable writes attempts for a person.
func AttemptsTable(w io.Writer, attempts []Attempt, colour bool) error {
	t := table{paint: painter(colour)}
	g := newGrid(column{title: "RESULT"}, column{title: "RECEIVER"}, column{title: "TOOK", right: true}, column{title: "ERROR", whole: true})
	for _, a := range attempts {
		result, text := "taken", ""
		if a.Failed() {
			result, text = "FAILED", prose.Clean(a.Err.Error())
		}
		g.add(result, prose.Clean(a.Receiver), a.Took.Round(time.Millisecond).String(), text)
	}
	first, rest := g.header()
	t.printf("%s\n", t.paint.dim(first+rest))
	for i, a := range attempts {
		first, rest := g.line(i)
		severity := backup.SeverityOK
		if a.Failed() {
			severity = backup.SeverityCritical
		}
		t.printf("%s%s\n", t.paint.severity(severity, first), strings.TrimRight(rest, " "))
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

// AttemptsJSON writes attempts as one JSON document.
func AttemptsJSON(w io.Writer, attempts []Attempt, _ bool) error {
	type attempt struct {
		Receiver string  `json:"receiver"`
		Taken    bool    `json:"taken"`
		Seconds  float64 `json:"seconds"`
		Error    string  `json:"error,omitempty"`
	}
	document := struct {
		Receivers []attempt `json:"receivers"`
	}{[]attempt{}}
	for _, a := range attempts {
		out := attempt{Receiver: a.Receiver, Taken: !a.Failed(), Seconds: a.Took.Seconds()}
		if a.Failed() {
			out.Error = a.Err.Error()
		}
		document.Receivers = append(document.Receivers, out)
	}
	return indented(w, document)
}
