package view

import (
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Notified says that a receiver took a notice or, as "unnotified", that it was given
// up. Environment and disk are empty where it is about several.
type Notified struct {
	Record
	Notice     string `json:"notice"` // its id
	Receiver   string `json:"receiver"`
	NoticeKind string `json:"notice_kind"` // "problem", "resolved", "reminder", "digest" or "test"
	Title      string `json:"title"`
	Attempts   int32  `json:"attempts"`
	// Changes is how many incidents were "opened", "changed", "closed" and so on.
	Changes map[string]int64 `json:"changes,omitempty"`
	Error   string           `json:"error,omitempty"`
}

// notice is what both records have.
type notice interface {
	GetNotice() string
	GetReceiver() string
	GetKind() backmonv1.NoticeKind
	GetTitle() string
	GetAttempts() int32
	GetChanges() []*backmonv1.ChangeCount
}

func newNotified(r bus.AuditRecord) Notified {
	m := r.Notified
	return about(m, Record{"notified", r.Sequence, moment(m.GetAt()), m.GetEnvironment(), m.GetDisk(), ""})
}

func newUnnotified(r bus.AuditRecord) Notified {
	m := r.Unnotified
	n := about(m, Record{"unnotified", r.Sequence, moment(m.GetAt()), m.GetEnvironment(), m.GetDisk(), ""})
	n.Error = m.GetError()
	return n
}

func about(m notice, record Record) Notified {
	n := Notified{
		Record: record, Notice: m.GetNotice(), Receiver: m.GetReceiver(), NoticeKind: wire.Word(m.GetKind()),
		Title: m.GetTitle(), Attempts: m.GetAttempts(),
	}
	for _, c := range m.GetChanges() {
		if n.Changes == nil {
			n.Changes = map[string]int64{}
		}
		n.Changes[wire.Word(c.GetChange())] += c.GetIncidents()
	}
	return n
}
