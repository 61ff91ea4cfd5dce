// Package insist keeps a person's request to evaluate a disk from being lost. One
// that comes while another is queued or in work is coalesced by the server, and the
// one in work may have listed the disk already; so it is asked for again until it is
// taken. It does not wait for the evaluation, and knows nothing of its result.
package insist

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board"
)

const (
	// every is how often a request is made again.
	every = time.Second
	// patience is after which it is given up: the disk's own time limit has passed.
	patience = time.Hour
)

// Bus takes requests.
type Bus interface {
	PublishDiskFound(ctx context.Context, found *backmonv1.DiskFound, id string) (bus.Outcome, error)
}

// Asker asks, again where it has to. It may be used concurrently.
type Asker struct {
	bus Bus
	log *zap.Logger

	mu      sync.Mutex
	waiting map[board.DiskID]*backmonv1.DiskFound // the last request of each disk
}

// New returns an asker; Run makes requests again.
func New(to Bus, log *zap.Logger) *Asker {
	return &Asker{bus: to, log: log.Named("insist"), waiting: map[board.DiskID]*backmonv1.DiskFound{}}
}

// PublishDiskFound asks for an evaluation, as the bus does. One that is Coalesced is
// asked for again in the background.
func (a *Asker) PublishDiskFound(ctx context.Context, found *backmonv1.DiskFound, id string) (bus.Outcome, error) {
	outcome, err := a.bus.PublishDiskFound(ctx, found, id)
	if err == nil && outcome == bus.Coalesced {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.waiting[diskOf(found)] = found
	}
	return outcome, err
}

func diskOf(found *backmonv1.DiskFound) board.DiskID {
	return board.DiskID{Environment: found.GetEnvironment(), Disk: found.GetDisk()}
}

// Run makes the requests that wait again until ctx ends, which is no error.
func (a *Asker) Run(ctx context.Context) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			for _, found := range a.all() {
				a.again(ctx, found, now)
			}
		}
	}
}

func (a *Asker) all() []*backmonv1.DiskFound {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []*backmonv1.DiskFound
	for _, found := range a.waiting {
		all = append(all, found)
	}
	return all
}

// again makes a request once more, and forgets it when it is taken or too old.
func (a *Asker) again(ctx context.Context, found *backmonv1.DiskFound, now time.Time) {
	outcome, err := a.bus.PublishDiskFound(ctx, found, "")
	old := now.Sub(found.GetRequestedAt().AsTime()) > patience
	if !old && (err != nil || outcome == bus.Coalesced) {
		return
	}
	if old {
		a.log.Warn("an evaluation that was asked for was never taken", zap.String("env", found.GetEnvironment()), zap.String("disk", found.GetDisk()), zap.Error(err))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting[diskOf(found)] == found { // else it was asked for once more
		delete(a.waiting, diskOf(found))
	}
}
