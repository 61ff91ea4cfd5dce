package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/order"
	"github.com/backmon/backmon/services/gateway/problem"
)

// maxBody is how many bytes of a body are read.
const maxBody = 64 << 10

// readBody reads the one JSON object that a request is to hold.
func readBody(w http.ResponseWriter, r *request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "send JSON, with the header Content-Type: application/json")
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	var typed *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &typed):
		return refuse(http.StatusBadRequest, "the body is not what is expected", problem.Fault{
			Pointer: strings.TrimSuffix("#/"+strings.ReplaceAll(typed.Field, ".", "/"), "/"), Detail: fmt.Sprintf("is a JSON %s, and should be a %s", typed.Value, typed.Type),
		})
	default:
		return refuse(problem.OfBody(err))
	}
}

// asked is what every order is asked for with.
type asked struct {
	// All says that everything is meant.
	All   bool   `json:"all"`
	By    string `json:"by"`
	Why   string `json:"why"`
	Until string `json:"until"`
}

// request makes an order's request of it. Who has logged in puts it, whatever the
// body says.
func (a asked) request(r *request) order.Request {
	by := guard.User(r.Context()).Name
	if by == "" {
		by = a.By
	}
	return order.Request{All: a.All, By: by, Why: a.Why, Until: a.Until}
}

// refuseOrder refuses an order that something is wrong with.
func refuseOrder(problems []order.Problem, more ...problem.Fault) error {
	faults := more
	for _, p := range problems {
		fault := problem.Fault{Pointer: "#/" + string(p.Field), Detail: p.Text}
		if p.Field == order.Scope {
			fault.Pointer = "#/all"
		}
		faults = append(faults, fault)
	}
	if len(faults) == 0 {
		return nil
	}
	detail := "the body can't be done"
	for i, f := range faults {
		detail += map[bool]string{true: ": ", false: "; "}[i == 0] + f.Pointer[2:] + ": " + f.Detail
	}
	return refuse(http.StatusUnprocessableEntity, detail, faults...)
}
