package bus

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// AuditEvent is one step of a watch of the audit stream.
type AuditEvent struct {
	// Kind is EventAudit, EventCurrent or EventReset.
	Kind EventKind
	// Record comes with EventAudit.
	Record AuditRecord
	// Replayed says that the record was there before.
	Replayed bool
}

// WatchAudit calls visit with each record that the filter chooses, oldest
// first, with EventCurrent when those that were there are through, then with
// each new one, until ctx ends or visit returns an error, as WatchStatuses does.
// Each comes once: after EventReset all come again.
func (b *Bus) WatchAudit(ctx context.Context, filter AuditFilter, visit func(AuditEvent) error) error {
	if err := filter.Validate(); err != nil {
		return err
	}
	return b.watch(ctx, feed{
		stream: StreamAudit, what: "audit", subject: filter.subject(), matches: filter.matches,
		replay:  filter.replay(),
		absence: auditAge,
		mark:    func(kind EventKind) error { return visit(AuditEvent{Kind: kind}) },
		show: func(msg jetstream.Msg, meta *jetstream.MsgMetadata, replayed bool) (func() error, error) {
			stored := storedMessage{msg.Subject(), meta.Sequence.Stream, meta.Timestamp, msg.Headers(), msg.Data()}
			record, err := stored.audit()
			return func() error { return visit(AuditEvent{EventAudit, record, replayed}) }, err
		},
	})
}

// replay says where a watch begins.
func (f AuditFilter) replay() jetstream.ConsumerConfig {
	if f.Since.IsZero() {
		return jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy}
	}
	return jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &f.Since}
}
