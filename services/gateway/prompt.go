package gateway

import (
	"context"
	"iter"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// How long a request may wait for the bus. Both together, as a page of a series needs
// them, are less than writeTimeout.
const (
	callTimeout   = 10 * time.Second
	readTimeLimit = 30 * time.Second
)

// promptBus is the bus for those who ask over HTTP. A service waits for NATS to come
// back, a person wants to be told that it is away.
type promptBus struct {
	Bus
	ready func(context.Context) error
}

// call bounds a call, unless the bus can't be used at all.
func (p promptBus) call(ctx context.Context, do func(context.Context) error) error {
	if err := p.ready(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return do(ctx)
}

// read bounds a reading, unless the bus can't be used at all.
func read[T any](ctx context.Context, p promptBus, from func(context.Context) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err := p.ready(ctx); err != nil {
			var none T
			yield(none, err)
			return
		}
		ctx, cancel := context.WithTimeout(ctx, readTimeLimit)
		defer cancel()
		from(ctx)(yield)
	}
}

// History reads the statuses of a series.
func (p promptBus) History(ctx context.Context, series *backmonv1.SeriesId, since time.Time) iter.Seq2[bus.BackupRecord, error] {
	return read(ctx, p, func(ctx context.Context) iter.Seq2[bus.BackupRecord, error] { return p.Bus.History(ctx, series, since) })
}

// ReadAudit reads the audit stream.
func (p promptBus) ReadAudit(ctx context.Context, filter bus.AuditFilter) iter.Seq2[bus.AuditRecord, error] {
	return read(ctx, p, func(ctx context.Context) iter.Seq2[bus.AuditRecord, error] { return p.Bus.ReadAudit(ctx, filter) })
}

// PublishDiskFound asks for an evaluation.
func (p promptBus) PublishDiskFound(ctx context.Context, found *backmonv1.DiskFound, id string) (outcome bus.Outcome, err error) {
	err = p.call(ctx, func(ctx context.Context) error {
		outcome, err = p.Bus.PublishDiskFound(ctx, found, id)
		return err
	})
	return outcome, err
}

// Holds lists the holds.
func (p promptBus) Holds(ctx context.Context) (holds []*backmonv1.Hold, err error) {
	err = p.call(ctx, func(ctx context.Context) error {
		holds, err = p.Bus.Holds(ctx)
		return err
	})
	return holds, err
}

// PutHold stores a hold.
func (p promptBus) PutHold(ctx context.Context, hold *backmonv1.Hold) error {
	return p.call(ctx, func(ctx context.Context) error { return p.Bus.PutHold(ctx, hold) })
}

// RemoveHold ends a hold.
func (p promptBus) RemoveHold(ctx context.Context, id string) error {
	return p.call(ctx, func(ctx context.Context) error { return p.Bus.RemoveHold(ctx, id) })
}

// PutSilence stores a silence.
func (p promptBus) PutSilence(ctx context.Context, silence *backmonv1.Silence) error {
	return p.call(ctx, func(ctx context.Context) error { return p.Bus.PutSilence(ctx, silence) })
}

// RemoveSilence ends a silence.
func (p promptBus) RemoveSilence(ctx context.Context, id string) error {
	return p.call(ctx, func(ctx context.Context) error { return p.Bus.RemoveSilence(ctx, id) })
}
