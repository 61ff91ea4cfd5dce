package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/view"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/gateway/board"
	"github.com/backmon/backmon/services/gateway/order"
	"github.com/backmon/backmon/services/gateway/problem"
)

// holdItem is a hold with what it covers now.
type holdItem struct {
	view.Hold
	Series int    `json:"series"`
	URL    string `json:"url"`
}

func (a *API) newHoldItem(h backup.Hold) holdItem {
	covered := a.board.Find(board.Query{Limit: 1, Only: func(s *backup.Status) bool { return h.Covers(s.Series) }}).Total
	return holdItem{view.NewHold(h), covered, prefix + "/holds/" + segments(h.ID)}
}

// holds answers with the holds that have not ended.
func (a *API) holds(w http.ResponseWriter, r *request) error {
	messages, err := a.bus.Holds(r.Context())
	if err != nil {
		return err
	}
	answer := struct {
		Holds []holdItem `json:"holds"`
	}{make([]holdItem, len(messages))}
	for i, m := range messages {
		answer.Holds[i] = a.newHoldItem(wire.ParseHold(m))
	}
	return writeJSON(w, http.StatusOK, answer)
}

// askedHold is the body that asks for a hold.
type askedHold struct {
	asked
	Environment string `json:"environment"`
	Disk        string `json:"disk"`
	Directory   string `json:"directory"`
	File        string `json:"file"`
	Group       string `json:"group"`
	GroupBase64 []byte `json:"group_base64"` // in place of group, where that is not UTF-8
}

// putHold puts a hold.
func (a *API) putHold(w http.ResponseWriter, r *request) error {
	var body askedHold
	if err := readBody(w, r, &body); err != nil {
		return err
	}
	names := backup.Hold{Environment: body.Environment, Disk: body.Disk, Directory: body.Directory, File: body.File, Group: body.Group}
	var faults []problem.Fault
	if body.GroupBase64 != nil {
		if body.Group != "" {
			faults = append(faults, problem.Fault{Pointer: "#/group_base64", Detail: "stands in place of group: leave one of them away"})
		}
		names.Group = string(body.GroupBase64)
	}
	h, problems := order.Hold(names, body.request(r), time.Now())
	if err := refuseOrder(problems, faults...); err != nil {
		return err
	}
	if err := a.bus.PutHold(r.Context(), wire.Hold(h)); err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, a.newHoldItem(h))
}

// removeHold ends a hold.
func (a *API) removeHold(w http.ResponseWriter, r *request) error {
	err := a.bus.RemoveHold(r.Context(), r.names[0])
	return removed(w, err, bus.ErrHoldNotFound, "hold", r.names[0])
}

// removed answers to a removal.
func removed(w http.ResponseWriter, err, missing error, what, id string) error {
	switch {
	case errors.Is(err, missing):
		return notFound(what, id, nil)
	case err != nil:
		return err
	default:
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
