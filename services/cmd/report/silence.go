package report

import (
	"io"
	"time"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/view"
	"github.com/backmon/backmon/services/gateway/order"
)

// SilenceText says in words what a silence covers, and until when: "environment
// "prod", label team "db", until 2026-12-31 00:00 UTC".
func SilenceText(s incident.Silence) string {
	return scope(order.MatchParts(s.Match)) + ", " + orderEnd(s.Until)
}

// SilenceTable writes silences for a person.
func SilenceTable(w io.Writer, silences []incident.Silence, now time.Time, colour bool) error {
	orders := make([]ordered, len(silences))
	for i, s := range silences {
		orders[i] = ordered{id: s.ID, scope: scope(order.MatchParts(s.Match)), by: s.By, why: s.Why, since: s.Since, until: s.Until}
	}
	return orderTable(w, orders, "NOBODY IS TOLD OF", "There are no silences: whoever the routes name is told.", now, colour)
}

// SilencesJSON writes silences as one JSON document.
func SilencesJSON(w io.Writer, silences []incident.Silence) error {
	document := struct {
		Silences []view.Silence `json:"silences"`
	}{[]view.Silence{}}
	for _, s := range silences {
		document.Silences = append(document.Silences, view.NewSilence(s))
	}
	return indented(w, document)
}

// SilenceJSON writes one silence as a JSON document, with the numbers of series and
// open incidents that it covers as far as they are known.
func SilenceJSON(w io.Writer, s incident.Silence, series, incidents int) error {
	document := struct {
		view.Silence
		Series    int `json:"series"`
		Incidents int `json:"incidents"`
	}{view.NewSilence(s), series, incidents}
	return indented(w, document)
}
