package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/types/known/timestamppb"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// Outcome says what became of a publish that did not fail.
type Outcome int

const (
	// Stored says that the message is in its stream.
	Stored Outcome = iota + 1
	// Coalesced says that a request for this disk is queued or in work already.
	Coalesced
	// Duplicate says that a message with this id was stored before.
	Duplicate
	// Superseded says that a status at least as new is there; this one was given up.
	Superseded
)

// String is the outcome in lower case.
func (o Outcome) String() string {
	switch o {
	case Stored:
		return "stored"
	case Coalesced:
		return "coalesced"
	case Duplicate:
		return "duplicate"
	case Superseded:
		return "superseded"
	}
	return "outcome " + strconv.Itoa(int(o))
}

// Bounds of one attempt to publish, and of the pauses between them.
const (
	attemptTimeout = 5 * time.Second
	firstPause     = 50 * time.Millisecond
	longestPause   = 2 * time.Second
)

// PublishDiskFound asks for one evaluation of a disk. Coalesced is no error:
// one is queued or in work, though perhaps it began before the reason for this
// request arose. A request with the same id within two minutes is a Duplicate,
// which is how several discoverers cause one evaluation; an empty id is random.
func (b *Bus) PublishDiskFound(ctx context.Context, found *backmonv1.DiskFound, id string) (Outcome, error) {
	msg, err := b.newEvent(ctx, DiskFoundSubject(found.GetEnvironment(), found.GetDisk()), found)
	if err != nil {
		return 0, err
	}
	if id != "" {
		setHeader(msg, headerID, id)
	}
	outcome, err := b.publishOnce(ctx, msg, StreamDisks)
	if err != nil {
		return 0, fmt.Errorf("publish disk %q of %q: %w", found.GetDisk(), found.GetEnvironment(), err)
	}
	return outcome, nil
}

// PublishDeadLetter keeps what a service could not handle. The service and the
// time are filled in where they are missing; an over-long payload is cut.
func (b *Bus) PublishDeadLetter(ctx context.Context, letter *backmonv1.DeadLetter) error {
	if letter.GetService() == "" {
		letter.Service = b.options.Name
	}
	if letter.GetFailedAt() == nil {
		letter.FailedAt = timestamppb.Now()
	}
	letter.Payload = letter.Payload[:min(len(letter.Payload), maxDeadPayload)]
	msg, err := b.newEvent(ctx, DeadLetterSubject(letter.GetService()), letter)
	if err != nil {
		return err
	}
	if _, err := b.publishOnce(ctx, msg, StreamDeadLetters); err != nil {
		return fmt.Errorf("publish dead letter for %q: %w", letter.GetSubject(), err)
	}
	return nil
}

// maxDeadPayload leaves room for the rest of a dead letter in a NATS message.
const maxDeadPayload = 512 << 10

// publishOnce publishes with the event's id as its message id, so that it is
// stored once however often the acknowledgement is lost.
func (b *Bus) publishOnce(ctx context.Context, msg *nats.Msg, stream string) (Outcome, error) {
	id := jetstream.WithMsgID(headerOf(msg.Header, headerID))
	var outcome Outcome
	err := b.persist(ctx, stream, func(ctx context.Context) error {
		ack, err := b.js.PublishMsg(ctx, msg, id)
		switch {
		case isPlaceTaken(err):
			outcome = Coalesced
			return nil
		case err != nil:
			return err
		case ack.Duplicate:
			outcome = Duplicate
		default:
			outcome = Stored
		}
		return nil
	})
	return outcome, err
}

// isPlaceTaken tells a disk that is in the queue from the other reasons that
// the server has for the same code, as a full store.
func isPlaceTaken(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == codePlaceTaken &&
		strings.Contains(api.Description, "per subject")
}

// persist tries until it works, the error is final, or patience or context end.
func (b *Bus) persist(ctx context.Context, stream string, attempt func(context.Context) error) error {
	giveUp := time.Now().Add(b.options.Patience)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := b.attempt(ctx, attempt)
		if err == nil || isFinal(err) {
			return err
		}
		if time.Now().Add(pause).After(giveUp) {
			return explain(err, stream)
		}
		if sleep(ctx, pause) != nil {
			return errors.Join(ctx.Err(), explain(err, stream))
		}
	}
}

func (b *Bus) attempt(ctx context.Context, attempt func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	return attempt(ctx)
}

// explain says what an answer of nobody means: no stream takes the subject.
func explain(err error, stream string) error {
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		return missing("stream " + stream)
	}
	return err
}
