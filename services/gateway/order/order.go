// Package order checks what operators put for a time and for others to find: holds
// and silences, as they are asked for at the terminal and over HTTP. It says all
// that is wrong with a request at once, and leaves it to the caller to name the
// flag or field. It stores nothing.
package order

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

const (
	// idLength is how many letters name an order: few enough to type, and two orders
	// never meet.
	idLength = 10
	// longest is how far off the end of an order may be: the server counts its time
	// to live in nanoseconds, and an order must not end early because these overflow.
	longest = 100 * 365 * backup.Day
	// Bounds of the texts, in characters.
	maxWhy = 2000
	maxBy  = 200
)

// Field says what of a request a Problem is about.
type Field string

// The fields of a request.
const (
	Scope Field = "scope" // what is named, and whether everything is meant
	By    Field = "by"
	Why   Field = "why"
	Until Field = "until"
)

// Problem is one thing that is wrong with a request.
type Problem struct {
	Field Field
	Text  string
}

// Request is what is asked for besides names, as a person wrote it.
type Request struct {
	// All says that everything is meant; then nothing may be named.
	All bool
	// By says who asks, Why the reason, for those who find the order later.
	By, Why string
	// Until is its end, as ParseMoment reads it; empty for none.
	Until string
}

// signature is what an order holds in any case.
type signature struct {
	id, by, why  string
	since, until time.Time
}

// Hold makes a hold of the names in h, as the request asks for.
func Hold(h backup.Hold, r Request, now time.Time) (backup.Hold, []Problem) {
	named := h.Environment+h.Disk+h.Directory+h.File+h.Group != ""
	problems := r.scope(named, "hold")
	s, more := r.sign("hold", "; leave it away for a hold without an end", now)
	h.ID, h.By, h.Why, h.Since, h.Until = s.id, s.by, s.why, s.since, s.until
	return h, append(problems, more...)
}

// Silence makes a silence of what m matches, as the request asks for. It needs an
// end.
func Silence(m incident.Match, r Request, now time.Time) (incident.Silence, []Problem) {
	problems := r.scope(!m.Includes(incident.Match{}), "silence")
	s, more := r.sign("silence", "", now)
	problems = append(problems, more...)
	if r.Until == "" {
		problems = append(problems, Problem{Until, "say when it ends, as 2h or 2026-12-31: what is still bad is told then"})
	}
	return incident.Silence{ID: s.id, Match: m, By: s.by, Why: s.why, Since: s.since, Until: s.until}, problems
}

// scope checks that something is named, or everything is meant.
func (r Request) scope(named bool, verb string) []Problem {
	switch {
	case !named && !r.All:
		return []Problem{{Scope, "name what to " + verb + ", or say that everything is meant"}}
	case named && r.All:
		return []Problem{{Scope, "everything is meant, and there are names beside it: leave one of them away"}}
	default:
		return nil
	}
}

// sign checks who puts an order, why, and until when. endless says that no end is
// needed.
func (r Request) sign(kind, endless string, now time.Time) (s signature, problems []Problem) {
	s = signature{id: strings.ToLower(rand.Text()[:idLength]), by: strings.TrimSpace(r.By), why: strings.TrimSpace(r.Why), since: now}
	fail := func(field Field, format string, args ...any) {
		problems = append(problems, Problem{field, fmt.Sprintf(format, args...)})
	}
	switch {
	case s.why == "":
		fail(Why, "say why, for those who find the %s later", kind)
	case utf8.RuneCountInString(s.why) > maxWhy:
		fail(Why, "has over %d characters", maxWhy)
	}
	switch {
	case s.by == "":
		fail(By, "say who puts the %s", kind)
	case utf8.RuneCountInString(s.by) > maxBy:
		fail(By, "has over %d characters", maxBy)
	}
	if r.Until == "" {
		return s, problems
	}
	var err error
	if s.until, err = ParseMoment(r.Until, now); err != nil {
		fail(Until, "%v", err)
	} else if s.until.Sub(now) > longest {
		fail(Until, "%q is over a hundred years off%s", r.Until, endless)
	}
	return s, problems
}
