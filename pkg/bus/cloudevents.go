package bus

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"
)

// Headers of a CloudEvent in binary mode. NATS headers keep their case; these
// are lower case, as the CloudEvents NATS binding wants them.
const (
	headerSpecVersion = "ce-specversion"
	headerID          = "ce-id"
	headerSource      = "ce-source"
	headerType        = "ce-type"
	headerTime        = "ce-time"
	headerContentType = "datacontenttype"
	headerTraceparent = "traceparent"

	contentType = "application/protobuf"
)

// newEvent makes a CloudEvent of a message. The id stays the same for all
// attempts to publish it: it tells a lost acknowledgement from a conflict.
func (b *Bus) newEvent(ctx context.Context, subject string, body proto.Message) (*nats.Msg, error) {
	data, err := proto.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("marshal %s: %w", typeOf(body), err)
	}
	msg := nats.NewMsg(subject)
	msg.Data = data
	setHeader(msg, headerSpecVersion, "1.0")
	setHeader(msg, headerID, rand.Text())
	setHeader(msg, headerSource, "/backmon/"+b.options.Name)
	setHeader(msg, headerType, typeOf(body))
	setHeader(msg, headerTime, time.Now().UTC().Format(time.RFC3339Nano))
	setHeader(msg, headerContentType, contentType)
	if traceparent := Traceparent(ctx); traceparent != "" {
		setHeader(msg, headerTraceparent, traceparent)
	}
	return msg, nil
}

// setHeader sets a header with its spelling kept.
func setHeader(msg *nats.Msg, key, value string) {
	msg.Header[key] = []string{value}
}

// headerOf reads a header by its exact spelling.
func headerOf(header nats.Header, key string) string {
	if values := header[key]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// typeOf is the CloudEvents type of a message: its full protobuf name.
func typeOf(body proto.Message) string {
	return string(body.ProtoReflect().Descriptor().FullName())
}

// decode reads a message's body, after a look at what it says to be.
func decode(header nats.Header, data []byte, body proto.Message) error {
	if kind := headerOf(header, headerType); kind != "" && kind != typeOf(body) {
		return fmt.Errorf("decode %s: message is a %q", typeOf(body), kind)
	}
	if err := proto.Unmarshal(data, body); err != nil {
		return fmt.Errorf("decode %s: %w", typeOf(body), err)
	}
	return nil
}
