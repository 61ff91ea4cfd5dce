package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// call is something that a service does on the bus.
type call struct {
	name string
	do   func(context.Context, *bus.Bus) error
}

// TestShippedRightsCoverTheBus makes the calls that only some deployments, or rare
// moments, need, with the user that deploy/nats/nats.conf has for the service.
func TestShippedRightsCoverTheBus(t *testing.T) {
	t.Parallel()
	for name, features := range map[string]map[string]bool{
		"as servers are":                  nil,
		"with the other subjects of 2.15": {"js_ack_fc_v2": true, "js_api_reply_v2": true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRights(t, features)
			r.store(t)
			for user, calls := range map[string][]call{"notifier": callsOfNotifier(), "gateway": callsOfGateway()} {
				t.Run(user, func(t *testing.T) { r.make(t, user, calls) })
			}
		})
	}
}

// make makes the calls, and fails the test for each that lacks a right.
func (r *rights) make(t *testing.T, user string, calls []call) {
	t.Helper()
	lacks := make(chan error, 100)
	b := r.bus(t, user, func(err error) {
		if errors.Is(err, bus.ErrForbidden) {
			lacks <- err
		}
	})
	for _, c := range calls {
		ctx, cancel := context.WithTimeout(t.Context(), bustest.Timeout)
		done := make(chan error, 1)
		go func() { done <- c.do(ctx, b) }()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("%s, %s: %v", user, c.name, err)
			}
		case err := <-lacks: // the call itself would only time out
			t.Errorf("%s, %s: %v", user, c.name, err)
		}
		cancel()
	}
	for len(lacks) > 0 {
		t.Errorf("%s: %v", user, <-lacks)
	}
}

// bus connects as the service of that name does.
func (r *rights) bus(t *testing.T, user string, onError func(error)) *bus.Bus {
	t.Helper()
	config := bus.Config{URLs: []string{r.server.URL}, User: user, Password: passwordOf(user), InboxPrefix: "_INBOX_" + user}
	return bustest.Connect(t, config, bus.Options{Name: user, OnError: onError, Patience: time.Second})
}

// store puts something into everything that is read: of what is empty nothing is
// asked for.
func (r *rights) store(t *testing.T) {
	t.Helper()
	evaluator, notifier, operator := r.bus(t, "evaluator", bustest.Log(t)), r.bus(t, "notifier", bustest.Log(t)), r.bus(t, "operator", bustest.Log(t))
	_, series := evaluator.PublishBackupStatus(t.Context(), &backmonv1.BackupStatus{Series: someSeries()}, bus.Revision{})
	_, disk := evaluator.PublishDiskStatus(t.Context(), &backmonv1.DiskStatus{Environment: "e", Disk: "d"}, bus.Revision{})
	_, incident := notifier.PutIncident(t.Context(), &backmonv1.Incident{Subject: someSeries()}, 0, 0)
	_, notice := notifier.PutNoticeGroup(t.Context(), "g", &backmonv1.NoticeGroup{Receiver: "ops"}, 0, 0)
	audit := notifier.PublishAudit(t.Context(), &backmonv1.NoticeSent{Receiver: "ops"}, "0")
	hold, silence := operator.PutHold(t.Context(), &backmonv1.Hold{Id: "first"}), operator.PutSilence(t.Context(), someSilence("first"))
	if err := errors.Join(series, disk, incident, notice, audit, hold, silence); err != nil {
		t.Fatal(err)
	}
}

func someSilence(id string) *backmonv1.Silence {
	return &backmonv1.Silence{Id: id, Until: timestamppb.New(time.Now().Add(time.Hour))}
}

func someSeries() *backmonv1.SeriesId {
	return &backmonv1.SeriesId{Environment: "e", Disk: "d", Directory: "a", File: "b", Group: []byte("c")}
}

// errEnough ends a watch, and a job.
var errEnough = errors.New("enough")

// untilCurrent watches until what is there has come.
func untilCurrent[E any](ctx context.Context, watch func(context.Context, func(E) error) error, kind func(E) bus.EventKind) error {
	current := false
	err := watch(ctx, func(event E) error {
		if current = kind(event) == bus.EventCurrent; current {
			return errEnough
		}
		return nil
	})
	if !current {
		return fmt.Errorf("the watch did not begin: %w", err)
	}
	return nil
}

// all reads a sequence to its end.
func all[T any](sequence iter.Seq2[T, error]) error {
	for _, err := range sequence {
		if err != nil {
			return err
		}
	}
	return nil
}

// watchesOfBuckets are the calls of who follows what is wrong.
func watchesOfBuckets() []call {
	return []call{
		{"watch incidents", func(ctx context.Context, b *bus.Bus) error {
			return untilCurrent(ctx, b.WatchIncidents, func(e bus.IncidentEvent) bus.EventKind { return e.Kind })
		}},
		{"watch notices", func(ctx context.Context, b *bus.Bus) error {
			return untilCurrent(ctx, b.WatchNoticeGroups, func(e bus.NoticeGroupEvent) bus.EventKind { return e.Kind })
		}},
		{"watch silences", func(ctx context.Context, b *bus.Bus) error {
			return untilCurrent(ctx, b.WatchSilences, func(e bus.SilenceEvent) bus.EventKind { return e.Kind })
		}},
	}
}

// readsOfPast are the calls of who looks back.
func readsOfPast() []call {
	return []call{
		{"read the history", func(ctx context.Context, b *bus.Bus) error { return all(b.History(ctx, someSeries(), time.Time{})) }},
		{"read the audit", func(ctx context.Context, b *bus.Bus) error { return all(b.ReadAudit(ctx, bus.AuditFilter{})) }},
	}
}

func watchStatuses(kind bus.EventKind) call {
	return call{"watch statuses", func(ctx context.Context, b *bus.Bus) error {
		watch := func(ctx context.Context, visit func(bus.Event) error) error {
			return b.WatchStatuses(ctx, bus.Filter{Kind: kind}, visit)
		}
		return untilCurrent(ctx, watch, func(e bus.Event) bus.EventKind { return e.Kind })
	}}
}

func callsOfNotifier() []call {
	return slices.Concat(watchesOfBuckets(), readsOfPast(), []call{
		watchStatuses(bus.EventBackup),
		{"be ready", func(ctx context.Context, b *bus.Bus) error { return b.Ready(ctx) }},
		{"take both statuses", func(ctx context.Context, b *bus.Bus) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			taken := 0
			err := b.ConsumeStatuses(ctx, bus.ConsumeOptions{}, func(context.Context, bus.StatusJob) error {
				if taken++; taken == 2 {
					cancel()
				}
				return nil
			})
			if taken != 2 {
				return fmt.Errorf("%d taken: %w", taken, err)
			}
			return err
		}},
		{"ask the leader for a series", func(ctx context.Context, b *bus.Bus) error {
			_, err := b.LastStatus(ctx, someSeries())
			return err
		}},
		{"ask the leader for a disk", func(ctx context.Context, b *bus.Bus) error {
			_, err := b.LeaderDiskStatus(ctx, "e", "d")
			return err
		}},
		{"keep an incident", func(ctx context.Context, b *bus.Bus) error {
			last, err := b.Incident(ctx, someSeries())
			if err == nil {
				_, err = b.PutIncident(ctx, &backmonv1.Incident{Subject: someSeries()}, last.Revision, time.Hour)
			}
			return err
		}},
		{"lose a race", func(ctx context.Context, b *bus.Bus) error {
			if _, err := b.PutIncident(ctx, &backmonv1.Incident{Subject: someSeries()}, 0, 0); !errors.Is(err, bus.ErrConflict) {
				return fmt.Errorf("error %w, want a conflict", err)
			}
			return nil
		}},
		{"keep a notice", func(ctx context.Context, b *bus.Bus) error {
			last, err := b.NoticeGroup(ctx, "ops", "g")
			if err == nil {
				_, err = b.PutNoticeGroup(ctx, "g", &backmonv1.NoticeGroup{Receiver: "ops"}, last.Revision, 0)
			}
			return err
		}},
		{"account for a notice", func(ctx context.Context, b *bus.Bus) error {
			return errors.Join(b.PublishAudit(ctx, &backmonv1.NoticeSent{Receiver: "ops"}, "1"), b.PublishAudit(ctx, &backmonv1.NoticeFailed{Receiver: "ops"}, "1"))
		}},
		{"give up", func(ctx context.Context, b *bus.Bus) error {
			return b.PublishDeadLetter(ctx, &backmonv1.DeadLetter{Error: "no luck"})
		}},
	})
}

func callsOfGateway() []call {
	return slices.Concat(watchesOfBuckets(), readsOfPast(), []call{
		watchStatuses(0),
		{"watch the audit", func(ctx context.Context, b *bus.Bus) error {
			watch := func(ctx context.Context, visit func(bus.AuditEvent) error) error {
				return b.WatchAudit(ctx, bus.AuditFilter{}, visit)
			}
			return untilCurrent(ctx, watch, func(e bus.AuditEvent) bus.EventKind { return e.Kind })
		}},
		{"put, list and remove a hold", func(ctx context.Context, b *bus.Bus) error {
			put := b.PutHold(ctx, &backmonv1.Hold{Id: "x"})
			_, list := b.Holds(ctx)
			return errors.Join(put, list, b.RemoveHold(ctx, "x"))
		}},
		{"put, list and remove a silence", func(ctx context.Context, b *bus.Bus) error {
			put := b.PutSilence(ctx, someSilence("x"))
			_, list := b.Silences(ctx)
			return errors.Join(put, list, b.RemoveSilence(ctx, "x"))
		}},
		{"ask for an evaluation", func(ctx context.Context, b *bus.Bus) error {
			_, err := b.PublishDiskFound(ctx, &backmonv1.DiskFound{Environment: "e", Disk: "d"}, "")
			return err
		}},
		{"account for a download", func(ctx context.Context, b *bus.Bus) error {
			return b.PublishAudit(ctx, &backmonv1.FileDownloaded{Environment: "e", Disk: "d"}, "1")
		}},
	})
}
