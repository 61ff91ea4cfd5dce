package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// storedAnswer is the server's answer to a request for one message.
type storedAnswer struct {
	Error   *jetstream.APIError `json:"error"`
	Message *struct {
		Subject  string    `json:"subject"`
		Sequence uint64    `json:"seq"`
		Header   []byte    `json:"hdrs"`
		Data     []byte    `json:"data"`
		Time     time.Time `json:"time"`
	} `json:"message"`
}

// lastStored is lastOfLeader, tried again.
func (b *Bus) lastStored(ctx context.Context, stream, subject string) (*storedMessage, error) {
	var last *storedMessage
	err := b.persist(ctx, stream, func(ctx context.Context) (err error) {
		last, err = b.lastOfLeader(ctx, stream, subject)
		return err
	})
	return last, err
}

// lastOfLeader reads the last message on a subject, which may be a wildcard, of
// a stream; nil when there is none. It asks the stream's leader: unlike with
// direct reading, what was stored before is seen.
func (b *Bus) lastOfLeader(ctx context.Context, stream, subject string) (*storedMessage, error) {
	request, err := json.Marshal(map[string]string{"last_by_subj": subject})
	if err != nil {
		return nil, err
	}
	answer, err := b.conn.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, request)
	if err != nil {
		return nil, explain(err, stream)
	}
	message, err := readAnswer(answer.Data)
	switch {
	case hasCode(err, jetstream.JSErrCodeMessageNotFound):
		return nil, nil
	case hasCode(err, jetstream.JSErrCodeStreamNotFound):
		return nil, missing("stream " + stream)
	}
	return message, err
}

func readAnswer(data []byte) (*storedMessage, error) {
	var answer storedAnswer
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if answer.Error != nil {
		return nil, answer.Error
	}
	m := answer.Message
	if m == nil {
		return nil, errors.New("answer holds no message")
	}
	message := &storedMessage{subject: m.Subject, sequence: m.Sequence, stored: m.Time, data: m.Data}
	if len(m.Header) == 0 {
		return message, nil
	}
	header, err := nats.DecodeHeadersMsg(m.Header)
	if err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	message.header = header
	return message, nil
}
