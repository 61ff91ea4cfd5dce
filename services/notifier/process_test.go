package notifier_test

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// process is the memory as one notifier reaches it: by a line that can be cut.
type process struct {
	*memory
	// dead cuts it for ever: the process was killed.
	dead atomic.Bool
	// trouble, when set, is asked before and after each request: an error before
	// leaves the request undone, one after it loses the answer.
	trouble func(after bool) error
	// beforePut, when set, is called once before an incident is written.
	beforePut func()
	// idle says that others take the statuses.
	idle bool
	// lag, when set, is called before each event of a watch: what is heard is old.
	lag func()
}

// late makes what is heard old.
func late[E any](p *process, visit func(E) error) func(E) error {
	return func(e E) error {
		if p.lag != nil {
			p.lag()
		}
		return visit(e)
	}
}

func (p *process) ConsumeStatuses(ctx context.Context, options bus.ConsumeOptions, handler func(context.Context, bus.StatusJob) error) error {
	if p.idle {
		<-ctx.Done()
		return nil
	}
	return p.memory.ConsumeStatuses(ctx, options, handler)
}

func (p *process) WatchIncidents(ctx context.Context, visit func(bus.IncidentEvent) error) error {
	return p.memory.WatchIncidents(ctx, late(p, visit))
}

func (p *process) WatchNoticeGroups(ctx context.Context, visit func(bus.NoticeGroupEvent) error) error {
	return p.memory.WatchNoticeGroups(ctx, late(p, visit))
}

var errCut = errors.New("no connection")

func (p *process) line(after bool) error {
	if p.dead.Load() {
		return errCut
	}
	if p.trouble != nil {
		return p.trouble(after)
	}
	return nil
}

// through makes a request.
func through[T any](p *process, request func() (T, error)) (T, error) {
	var none T
	if err := p.line(false); err != nil {
		return none, err
	}
	answer, err := request()
	if lost := p.line(true); lost != nil {
		return none, lost
	}
	return answer, err
}

func (p *process) LastStatus(ctx context.Context, series *backmonv1.SeriesId) (bus.BackupRecord, error) {
	return through(p, func() (bus.BackupRecord, error) { return p.memory.LastStatus(ctx, series) })
}

func (p *process) LeaderDiskStatus(ctx context.Context, environment, disk string) (bus.DiskRecord, error) {
	return through(p, func() (bus.DiskRecord, error) { return p.memory.LeaderDiskStatus(ctx, environment, disk) })
}

func (p *process) Incident(ctx context.Context, of *backmonv1.SeriesId) (bus.IncidentRecord, error) {
	return through(p, func() (bus.IncidentRecord, error) { return p.memory.Incident(ctx, of) })
}

func (p *process) PutIncident(ctx context.Context, i *backmonv1.Incident, after uint64, ttl time.Duration) (uint64, error) {
	if first := p.beforePut; first != nil {
		p.beforePut = nil
		first()
	}
	return through(p, func() (uint64, error) { return p.memory.PutIncident(ctx, i, after, ttl) })
}

func (p *process) NoticeGroup(ctx context.Context, receiver, id string) (bus.NoticeGroupRecord, error) {
	return through(p, func() (bus.NoticeGroupRecord, error) { return p.memory.NoticeGroup(ctx, receiver, id) })
}

func (p *process) PutNoticeGroup(ctx context.Context, id string, g *backmonv1.NoticeGroup, after uint64, ttl time.Duration) (uint64, error) {
	return through(p, func() (uint64, error) { return p.memory.PutNoticeGroup(ctx, id, g, after, ttl) })
}

func (p *process) PublishAudit(ctx context.Context, message proto.Message, id string) error {
	_, err := through(p, func() (struct{}, error) { return struct{}{}, p.memory.PublishAudit(ctx, message, id) })
	return err
}

func (p *process) Ready(context.Context) error { return p.line(false) }
