package report

import (
	"io"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/view"
	"github.com/backmon/backmon/services/gateway/order"
)

// HoldText says in words what a hold covers, and until when: "directory "db",
// group "db/acme", until 2026-12-31 00:00 UTC".
func HoldText(h backup.Hold) string { return scope(order.HoldParts(h)) + ", " + orderEnd(h.Until) }

// HoldTable writes holds for a person.
func HoldTable(w io.Writer, holds []backup.Hold, now time.Time, colour bool) error {
	orders := make([]ordered, len(holds))
	for i, h := range holds {
		orders[i] = ordered{id: h.ID, scope: scope(order.HoldParts(h)), by: h.By, why: h.Why, since: h.Since, until: h.Until}
	}
	return orderTable(w, orders, "NOTHING IS PURGED IN", "There are no holds: nothing keeps the purger from what retention lets go of.", now, colour)
}

// HoldsJSON writes holds as one JSON document.
func HoldsJSON(w io.Writer, holds []backup.Hold) error {
	document := struct {
		Holds []view.Hold `json:"holds"`
	}{[]view.Hold{}}
	for _, h := range holds {
		document.Holds = append(document.Holds, view.NewHold(h))
	}
	return indented(w, document)
}

// HoldJSON writes one hold as a JSON document, with the number of series that it
// covers as far as they are known.
func HoldJSON(w io.Writer, h backup.Hold, covered int) error {
	document := struct {
		view.Hold
		Series int `json:"series"`
	}{view.NewHold(h), covered}
	return indented(w, document)
}
