package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// HoldText says in words what a hold covers, and until when: "directory "db",
// group "db/acme", until 2026-12-31 00:00 UTC".
func HoldText(h backup.Hold) string { return holdScope(h) + ", " + orderEnd(h.Until) }

// holdScope names what a hold covers.
func holdScope(h backup.Hold) string {
	return scope(part{"environment", given(h.Environment)}, part{"disk", given(h.Disk)}, part{"directory", given(h.Directory)}, part{"file", given(h.File)}, part{"group", given(h.Group)})
}

// HoldTable writes holds for a person.
func HoldTable(w io.Writer, holds []backup.Hold, now time.Time, colour bool) error {
	orders := make([]order, len(holds))
	for i, h := range holds {
		orders[i] = order{id: h.ID, scope: holdScope(h), by: h.By, why: h.Why, since: h.Since, until: h.Until}
	}
	return orderTable(w, orders, "NOTHING IS PURGED IN", "There are no holds: nothing keeps the purger from what retention lets go of.", now, colour)
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
