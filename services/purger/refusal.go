package purger

import (
	"github.com/backmon/backmon/pkg/backup"
)

// The reasons of refusals besides those of package gate.
const (
	ReasonUnseen   = "unseen"
	ReasonFloor    = "floor"
	ReasonReadOnly = "read_only"
	ReasonDenied   = "denied"
	ReasonIgnored  = "ignored"
	// Reasons why some files stay while others of their series may go.
	ReasonStrange = "strange_key"
	ReasonNotGone = "not_gone"
	ReasonShare   = "max_share"
)

// why finds the status' own sentence for a flag.
func why(s backup.Status, code string) string {
	for _, r := range s.Reasons {
		if r.Code == code {
			return ": " + r.Text
		}
	}
	return ""
}
