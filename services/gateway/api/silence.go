package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/view"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/order"
	"github.com/backmon/backmon/services/gateway/problem"
)

// silenceItem is a silence with what it covers now.
type silenceItem struct {
	view.Silence
	// Series counts those that it may ever keep quiet about, Incidents those that it
	// does now.
	Series    int    `json:"series"`
	Incidents int    `json:"incidents"`
	URL       string `json:"url"`
}

func (a *API) newSilenceItem(s incident.Silence) silenceItem {
	covered := a.board.Find(board.Query{Limit: 1, Only: func(status *backup.Status) bool {
		return s.Match.MayCover(status.Series, status.Policy.Labels)
	}}).Total
	quiet := 0
	for _, i := range a.troubles.Open() {
		if s.Match.Covers(i) {
			quiet++
		}
	}
	return silenceItem{view.NewSilence(s), covered, quiet, prefix + "/silences/" + segments(s.ID)}
}

// silences answers with the silences that have not ended, the first to end first.
func (a *API) silences(w http.ResponseWriter, _ *request) error {
	if !a.troubles.Current() {
		return refuse(http.StatusServiceUnavailable, "the silences are still being read: try again in a moment")
	}
	all := a.troubles.Silences(time.Now())
	answer := struct {
		Silences []silenceItem `json:"silences"`
	}{make([]silenceItem, len(all))}
	for i, s := range all {
		answer.Silences[i] = a.newSilenceItem(s)
	}
	return writeJSON(w, http.StatusOK, answer)
}

// askedSilence is the body that asks for a silence.
type askedSilence struct {
	asked
	Match view.Match `json:"match"`
}

// putSilence puts a silence.
func (a *API) putSilence(w http.ResponseWriter, r *request) error {
	var body askedSilence
	if err := readBody(w, r, &body); err != nil {
		return err
	}
	m, faults := parseMatch(body.Match)
	s, problems := order.Silence(m, body.request(r), time.Now())
	if err := refuseOrder(problems, faults...); err != nil {
		return err
	}
	if err := a.bus.PutSilence(r.Context(), wire.Silence(s)); err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, a.newSilenceItem(s))
}

// parseMatch reads a match, the inverse of view.NewMatch for names in UTF-8.
func parseMatch(v view.Match) (incident.Match, []problem.Fault) {
	m := incident.Match{
		Environments: v.Environments, Disks: v.Disks, Directories: v.Directories, Files: v.Files, Groups: v.Groups, Labels: v.Labels,
	}
	var faults []problem.Fault
	m.Severities = parseAll(v.Severities, "severity", order.ParseSeverity, &faults)
	m.States = parseAll(v.States, "state", order.ParseState, &faults)
	return m, faults
}

func parseAll[T any](texts []string, list string, parse func(string) (T, error), faults *[]problem.Fault) []T {
	var values []T
	for i, text := range texts {
		value, err := parse(text)
		if err != nil {
			*faults = append(*faults, problem.Fault{Pointer: fmt.Sprintf("#/match/%s/%d", list, i), Detail: err.Error()})
		}
		values = append(values, value)
	}
	return values
}

// removeSilence ends a silence.
func (a *API) removeSilence(w http.ResponseWriter, r *request) error {
	err := a.bus.RemoveSilence(r.Context(), r.names[0])
	return removed(w, err, bus.ErrSilenceNotFound, "silence", r.names[0])
}
