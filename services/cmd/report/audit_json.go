package report

import (
	"io"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/view"
)

// AuditJSON writes one record as one line of JSON.
func AuditJSON(w io.Writer, r bus.AuditRecord) error { return line(w, view.NewRecord(r)) }
