package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Provision makes the streams and durables that are missing, and reports where
// those that are there differ from backmon's description. It never changes or
// deletes one. It may be called again at any time, by several at once.
func (b *Bus) Provision(ctx context.Context) (Report, error) {
	var report Report
	first := uint64(time.Now().UnixMilli())
	batches := !b.server.before(firstWithBatches)
	for _, config := range streamConfigs(b.config.replicas(), batches, first) {
		if err := b.provisionStream(ctx, config, &report); err != nil {
			return report, fmt.Errorf("provision stream %s: %w", config.Name, err)
		}
	}
	for _, d := range durables() {
		if err := b.provisionDurable(ctx, d, &report); err != nil {
			return report, fmt.Errorf("provision consumer %s of stream %s: %w", d.config.Durable, d.stream, err)
		}
	}
	return report, nil
}

func (b *Bus) provisionStream(ctx context.Context, want jetstream.StreamConfig, report *Report) error {
	object := "stream " + want.Name
	stream, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = b.js.CreateStream(ctx, want)
		if err == nil {
			report.Created = append(report.Created, object)
			return nil
		}
		if !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return err
		}
		// Another one was faster.
		stream, err = b.js.Stream(ctx, want.Name)
	}
	if err != nil {
		return err
	}
	have := stream.CachedInfo().Config
	report.Drifts = append(report.Drifts, compare(object, streamSettings(want), streamSettings(have))...)
	return nil
}

func (b *Bus) provisionDurable(ctx context.Context, want durable, report *Report) error {
	object := fmt.Sprintf("consumer %s of stream %s", want.config.Durable, want.stream)
	consumer, err := b.js.Consumer(ctx, want.stream, want.config.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		_, err = b.js.CreateConsumer(ctx, want.stream, want.config)
		if err == nil {
			report.Created = append(report.Created, object)
			return nil
		}
		if !errors.Is(err, jetstream.ErrConsumerExists) {
			return err
		}
		consumer, err = b.js.Consumer(ctx, want.stream, want.config.Durable)
	}
	if err != nil {
		return err
	}
	have := consumer.CachedInfo().Config
	report.Drifts = append(report.Drifts, compare(object, durableSettings(want.config), durableSettings(have))...)
	return nil
}

// Check says whether the status stream is there: every service needs it, and
// every one may ask. What else a service needs is checked when it is used. The
// error wraps ErrNotProvisioned when `backmon provision` would help.
func (b *Bus) Check(ctx context.Context) error {
	_, err := b.stream(ctx, StreamStatus)
	return err
}

// stream asks for a stream's state.
func (b *Bus) stream(ctx context.Context, name string) (jetstream.Stream, error) {
	stream, err := b.js.Stream(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, missing("stream " + name)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return nil, fmt.Errorf("check stream %s: the server's JetStream is off: %w", name, err)
	case err != nil:
		return nil, fmt.Errorf("check stream %s: %w", name, err)
	}
	return stream, nil
}

// readyTimeout bounds Ready, which probes call every few seconds.
const readyTimeout = 2 * time.Second

// Ready says whether the bus can be used now: it is connected and the status
// stream is there. The error wraps ErrDisconnected, ErrClosed or
// ErrNotProvisioned where it is that.
func (b *Bus) Ready(ctx context.Context) error {
	if b.conn.IsClosed() {
		return ErrClosed
	}
	if !b.conn.IsConnected() {
		return ErrDisconnected
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return b.Check(ctx)
}
