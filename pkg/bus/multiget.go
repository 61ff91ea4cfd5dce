package bus

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go"
)

// multiGet asks once for the last message of each of some subjects.
func (b *Bus) multiGet(ctx context.Context, subjects []string) ([]*storedMessage, error) {
	request, err := json.Marshal(map[string][]string{"multi_last": subjects})
	if err != nil {
		return nil, err
	}
	return b.directGet(ctx, StreamStatus, request)
}

// directGet asks once for several messages of a stream.
func (b *Bus) directGet(ctx context.Context, stream string, request []byte) ([]*storedMessage, error) {
	inbox := b.conn.NewInbox()
	sub, err := b.conn.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer sub.Unsubscribe() //nolint:errcheck // the connection is gone, and the subscription with it
	// The server's own limit on the bytes of an answer is the one that holds.
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return nil, err
	}
	if err := b.conn.PublishRequest(directGetPrefix+stream, inbox, request); err != nil {
		return nil, err
	}
	messages, err := collect(ctx, sub)
	return messages, explain(err, stream)
}

// collect reads answers up to the end of the batch.
func collect(ctx context.Context, sub *nats.Subscription) ([]*storedMessage, error) {
	var messages []*storedMessage
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, err
		}
		switch status := msg.Header.Get(headerStatus); status {
		case "":
			message, err := newStoredMessage(msg)
			if err != nil {
				return nil, err
			}
			messages = append(messages, message)
		case statusEndOfBatch, statusNotFound:
			return messages, nil
		default:
			return nil, fmt.Errorf("server answers %s %s", status, msg.Header.Get("Description"))
		}
	}
}
