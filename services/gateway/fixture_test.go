package gateway_test

import (
	"context"
	"iter"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// stream is a bus whose events the test sends.
type stream chan bus.Event

func (s stream) WatchStatuses(ctx context.Context, _ bus.Filter, visit func(bus.Event) error) error {
	for {
		select {
		case e := <-s:
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

// History is empty.
func (s stream) History(context.Context, *backmonv1.SeriesId, time.Time) iter.Seq2[bus.BackupRecord, error] {
	return func(func(bus.BackupRecord, error) bool) {}
}

// PublishDiskFound takes the request, and forgets it.
func (s stream) PublishDiskFound(context.Context, *backmonv1.DiskFound, string) (bus.Outcome, error) {
	return bus.Stored, nil
}

// PublishAudit takes what is written down, and forgets it.
func (s stream) PublishAudit(context.Context, proto.Message, string) error { return nil }
