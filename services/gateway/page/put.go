package page

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/services/gateway/guard"
)

// idLength is how many letters name a hold or silence.
const idLength = 10

// put is what a form for a hold or silence says.
type put struct {
	why, by string
	until   time.Time // zero: no end
}

// readPut reads the form of a hold or silence.
func readPut(r *http.Request, kind string, now time.Time) (put, putProblem, bool) {
	wrong := putProblem{Kind: kind, Why: strings.TrimSpace(r.PostFormValue("why")), By: strings.TrimSpace(r.PostFormValue("by")), Until: r.PostFormValue("until")}
	asked := put{why: wrong.Why, by: guard.User(r.Context()).Name}
	if asked.by == "" {
		asked.by = wrong.By
	}
	switch {
	case asked.why == "":
		wrong.Text = "Say why, for those who find it later."
	case asked.by == "":
		wrong.Text = "Say who you are, for those who find it later."
	case len(asked.why) > maxWhy || len(asked.by) > maxBy:
		wrong.Text = "That is too long."
	}
	if kind == "silence" && wrong.Until == "" && wrong.Text == "" {
		wrong.Text = "Say when it ends: what is still bad is told then."
	}
	if wrong.Until != "" && wrong.Text == "" {
		in, err := backup.ParseDuration(wrong.Until)
		if err != nil || in <= 0 || in > 366*backup.Day {
			wrong.Text = "The end is not one of those that can be chosen."
		}
		asked.until = now.Add(in)
	}
	return asked, wrong, wrong.Text == ""
}

func newID() string { return strings.ToLower(rand.Text()[:idLength]) }
