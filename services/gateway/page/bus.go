package page

import (
	"context"
	"iter"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/history"
)

// Bus is what the page asks and tells the bus.
type Bus interface {
	history.Bus
	PublishDiskFound(ctx context.Context, found *backmonv1.DiskFound, id string) (bus.Outcome, error)
	ReadAudit(ctx context.Context, filter bus.AuditFilter) iter.Seq2[bus.AuditRecord, error]
	Holds(ctx context.Context) ([]*backmonv1.Hold, error)
	PutHold(ctx context.Context, hold *backmonv1.Hold) error
	RemoveHold(ctx context.Context, id string) error
	PutSilence(ctx context.Context, silence *backmonv1.Silence) error
	RemoveSilence(ctx context.Context, id string) error
}
