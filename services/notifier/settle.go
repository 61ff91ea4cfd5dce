package notifier

import (
	"context"
	"maps"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/notifier/message"
)

// settled is a group of whose notice nothing more is to be sent: the receiver has it,
// or, with a cause, it is given up. The one write of this is what keeps everybody from
// sending it again; what else is to be said of it follows, mostly by this process.
func (s *Service) settled(g incident.Group, cause error) incident.Group {
	g.Delivery.Owner = s.name
	g.Delivery.SettledAt, g.Delivery.NextAttempt, g.Delivery.LastError = time.Now(), time.Time{}, ""
	if cause != nil {
		g.Delivery.LastError, g.Delivery.GivenUp = cause.Error(), true
	}
	return g
}

// account tells the audit stream of a notice that is settled, keeps one that was
// given up among the dead letters, and lets the group go on. Whoever finds it so
// does it: it is the same however often.
func (s *Service) account(ctx context.Context, g incident.Group, revision uint64) error {
	n, d := g.Pending, g.Delivery
	if err := s.bus.PublishAudit(ctx, s.auditOf(g), n.ID); err != nil {
		return err
	}
	if d.GivenUp {
		if err := s.bury(ctx, g); err != nil {
			return err
		}
	}
	g.Pending, g.Delivery, g.Unheard = nil, incident.Delivery{}, d.GivenUp
	if err := s.putGroup(ctx, g, revision); err != nil {
		return err
	}
	log := s.log.With(zap.String("receiver", g.Receiver), zap.String("run", n.ID), zap.Stringer("kind", n.Kind), zap.Int("incidents", n.Total()), zap.Int("attempts", d.Attempts))
	if d.GivenUp {
		log.Error("a notice was given up", zap.String("cause", d.LastError))
	} else {
		log.Info("a notice was sent")
	}
	return nil
}

func (s *Service) auditOf(g incident.Group) proto.Message {
	n, d := g.Pending, g.Delivery
	sent := &backmonv1.NoticeSent{
		Environment: wire.Text(n.Group["env"]), Disk: wire.Text(n.Group["disk"]), Notice: n.ID, Receiver: wire.Text(g.Receiver),
		Kind: backmonv1.NoticeKind(n.Kind), At: wire.Stamp(d.SettledAt), Attempts: int32(d.Attempts),
		Changes: wire.Notice(*n).GetChanges(), Title: wire.Text(message.Title(*n)),
	}
	if !d.GivenUp {
		return sent
	}
	return &backmonv1.NoticeFailed{
		Environment: sent.Environment, Disk: sent.Disk, Notice: sent.Notice, Receiver: sent.Receiver, Kind: sent.Kind,
		At: sent.At, Attempts: sent.Attempts, Changes: sent.Changes, Title: sent.Title, Error: wire.Text(d.LastError),
	}
}

// bury keeps a notice that was given up.
func (s *Service) bury(ctx context.Context, g incident.Group) error {
	payload, err := proto.Marshal(wire.Notice(*g.Pending))
	if err != nil {
		return err
	}
	return s.bus.PublishDeadLetter(ctx, &backmonv1.DeadLetter{
		Service: "notifier", Subject: wire.Text(g.Receiver), Type: "backmon.v1.Notice", Payload: payload,
		Error: wire.Text(g.Delivery.LastError), Deliveries: uint64(max(0, g.Delivery.Attempts)), FailedAt: wire.Stamp(g.Delivery.SettledAt),
	})
}

// touchGroup makes the planner look at a group's bucket again.
func (v *view) touchGroup(g incident.Group) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.mark(bucketID(maps.Clone(g.By)))
}
