package report

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/prose"
)

// HoldText says in words what a hold covers, and until when: "directory "db",
// group "db/acme", until 2026-12-31 00:00 UTC".
func HoldText(h backup.Hold) string { return holdScope(h) + ", " + holdEnd(h) }

// holdScope names what a hold covers.
func holdScope(h backup.Hold) string {
	var parts []string
	for _, p := range []struct{ kind, name string }{
		{"environment", h.Environment}, {"disk", h.Disk}, {"directory", h.Directory}, {"file", h.File}, {"group", h.Group},
	} {
		if p.name != "" {
			parts = append(parts, p.kind+" "+strconv.Quote(p.name))
		}
	}
	if len(parts) == 0 {
		return "everything"
	}
	return prose.Clean(strings.Join(parts, ", "))
}

func holdEnd(h backup.Hold) string {
	if h.Until.IsZero() {
		return "until it is removed"
	}
	return "until " + h.Until.UTC().Format("2006-01-02 15:04 MST")
}

// HoldTable writes holds for a person.
func HoldTable(w io.Writer, holds []backup.Hold, now time.Time, colour bool) error {
	if len(holds) == 0 {
		_, err := io.WriteString(w, "There are no holds: nothing keeps the purger from what retention lets go of.\n")
		return err
	}
	g := newGrid(column{title: "ID", whole: true}, column{title: "NOTHING IS PURGED IN", whole: true}, column{title: "UNTIL"}, column{title: "BY"}, column{title: "SINCE"}, column{title: "WHY", whole: true})
	t := table{now: now, paint: painter(colour)}
	for _, h := range holds {
		until := "it is removed"
		if !h.Until.IsZero() {
			until = t.instant(h.Until)
		}
		g.add(prose.Clean(h.ID), holdScope(h), until, prose.Clean(h.By), t.instant(h.Since), prose.Clean(h.Why))
	}
	first, rest := g.header()
	t.printf("%s\n", t.paint.dim(first+rest))
	for i := range holds {
		first, rest := g.line(i)
		t.printf("%s%s\n", first, rest)
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

// HoldsJSON writes holds as one JSON document.
func HoldsJSON(w io.Writer, holds []backup.Hold) error {
	document := struct {
		Holds []jsonHold `json:"holds"`
	}{[]jsonHold{}}
	for _, h := range holds {
		document.Holds = append(document.Holds, newJSONHold(h))
	}
	return indented(w, document)
}

// HoldJSON writes one hold as a JSON document, with the number of series that it
// covers as far as they are known.
func HoldJSON(w io.Writer, h backup.Hold, covered int) error {
	document := struct {
		jsonHold
		Series int `json:"series"`
	}{newJSONHold(h), covered}
	return indented(w, document)
}

func indented(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}

type jsonHold struct {
	ID          string     `json:"id"`
	Environment string     `json:"environment,omitempty"`
	Disk        string     `json:"disk,omitempty"`
	Directory   string     `json:"directory,omitempty"`
	File        string     `json:"file,omitempty"`
	Group       string     `json:"group,omitempty"`
	By          string     `json:"by"`
	Why         string     `json:"why"`
	Since       *time.Time `json:"since"`
	Until       *time.Time `json:"until,omitempty"`
}

func newJSONHold(h backup.Hold) jsonHold {
	return jsonHold{
		ID: h.ID, Environment: h.Environment, Disk: plain(h.Disk), Directory: h.Directory, File: h.File, Group: plain(h.Group),
		By: h.By, Why: h.Why, Since: instant(h.Since), Until: instant(h.Until),
	}
}
