package page

import (
	"net/http"
	"strings"

	"github.com/backmon/backmon/services/gateway/guard"
	"github.com/backmon/backmon/services/gateway/order"
)

// readPut reads the form of a hold or silence. Who is logged in stands for who
// asks; a day counts before a time from now on.
func readPut(r *http.Request) order.Request {
	asked := order.Request{Why: r.PostFormValue("why"), By: guard.User(r.Context()).Name, Until: r.PostFormValue("until")}
	if asked.By == "" {
		asked.By = r.PostFormValue("by")
	}
	if day := r.PostFormValue("day"); day != "" {
		asked.Until = day
	}
	return asked
}

// newPutProblem keeps what a form held, with all that is wrong with it.
func newPutProblem(r *http.Request, kind string, problems []order.Problem) putProblem {
	var texts []string
	for _, p := range problems {
		texts = append(texts, string(p.Field)+": "+p.Text)
	}
	return putProblem{
		Kind: kind, Text: strings.Join(texts, "; "),
		Why: r.PostFormValue("why"), By: r.PostFormValue("by"), Until: r.PostFormValue("until"), Day: r.PostFormValue("day"),
	}
}
