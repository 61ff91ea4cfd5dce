package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// maxDeliveries is how often a job is tried. The server itself has no limit: it
// would keep a job that reached it in its place, and block its disk for ever.
const maxDeliveries = 5

// settleTimeout bounds telling the server how a job ended.
const settleTimeout = 10 * time.Second

var (
	errDeadline = errors.New("the job took too long")
	errStopping = errors.New("the service is stopping")
)

// settle tells the server how a job ended. It works after ctx has ended too.
func (d *delivery) settle(ctx context.Context, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	switch {
	case err == nil:
		d.report(d.queue.bus.persist(ctx, d.queue.stream, d.msg.DoubleAck))
	case isPermanent(err) || d.number >= maxDeliveries && !errors.Is(err, errStopping):
		d.giveUp(ctx, err)
	case errors.Is(err, errStopping):
		d.report(d.msg.Nak())
	default:
		d.report(d.msg.NakWithDelay(d.queue.delay(d.number)))
	}
}

// giveUp ends the job, and with it frees a disk's place, after it is kept among the dead letters.
// When it can't be kept, it is delivered again.
func (d *delivery) giveUp(ctx context.Context, cause error) {
	err := d.queue.bus.PublishDeadLetter(ctx, &backmonv1.DeadLetter{
		Subject:    d.msg.Subject(),
		Type:       headerOf(d.msg.Headers(), headerType),
		Payload:    d.msg.Data(),
		Error:      cause.Error(),
		Deliveries: d.number,
	})
	if err != nil {
		d.report(err)
		d.report(d.msg.NakWithDelay(d.queue.delay(d.number)))
		return
	}
	d.report(d.msg.TermWithReason(reason(cause)))
}

// reason is an error on one short line, as the protocol wants it.
func reason(err error) string {
	const longest = 200
	text := fmt.Sprintf("%.*q", longest, err.Error())
	return text[1 : len(text)-1]
}

// report tells of what went wrong with the message itself.
func (d *delivery) report(err error) {
	if err != nil {
		d.queue.bus.options.OnError(fmt.Errorf("job %d on %q, delivery %d: %w",
			d.sequence, d.msg.Subject(), d.number, err))
	}
}
