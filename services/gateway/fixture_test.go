package gateway_test

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/services/gateway/gatewaytest"
)

// stream is a bus whose events the test sends. It knows of no incidents.
type stream struct {
	*gatewaytest.Bus
	events chan bus.Event
}

func newStream() stream { return stream{&gatewaytest.Bus{}, make(chan bus.Event)} }

// WatchStatuses tells what the test sends.
func (s stream) WatchStatuses(ctx context.Context, _ bus.Filter, visit func(bus.Event) error) error {
	for {
		select {
		case e := <-s.events:
			if err := visit(e); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// WatchAudit has nothing to tell.
func (s stream) WatchAudit(ctx context.Context, _ bus.AuditFilter, _ func(bus.AuditEvent) error) error {
	<-ctx.Done()
	return nil
}

// PublishAudit takes what is written down, and forgets it.
func (s stream) PublishAudit(context.Context, proto.Message, string) error { return nil }
