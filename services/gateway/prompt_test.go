package gateway_test

import (
	"context"
	"iter"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// While NATS is away nobody waits for it: each answer says so at once, and what is
// known is shown all the same.
func TestWithoutNATS(t *testing.T) {
	g := start(t, func(c *gateway.Config) {
		c.Ready = func(context.Context) error { return bus.ErrDisconnected }
		c.Guard.AllowAnonymousWrites = true
	})
	g.events <- boardtest.SeriesEvent(boardtest.Status("a"))
	g.events <- boardtest.DiskEvent(boardtest.Disk("db"))
	g.events <- bus.Event{Kind: bus.EventCurrent}
	g.events <- bus.Event{Kind: bus.EventAudit} // the one before was taken
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/", 200, "Cut off."},
		{"GET", "/series/prod/db/postgres/nightly/a", 200, "The history can’t be read: " + bus.ErrDisconnected.Error()},
		{"GET", "/holds", 200, "They can’t be read: " + bus.ErrDisconnected.Error()},
		{"GET", "/audit", 200, "Not all can be read: " + bus.ErrDisconnected.Error()},
		{"POST", "/disks/prod/db/evaluate", 503, bus.ErrDisconnected.Error()},
		{"GET", "/api/v1/statuses", 200, `"group":"a"`},
		{"GET", "/api/v1/series/prod/db/postgres/nightly/a", 503, "slots=0"},
		{"GET", "/api/v1/series/prod/db/postgres/nightly/a?slots=0&history=0", 200, `"group":"a"`},
		{"GET", "/api/v1/holds", 503, bus.ErrDisconnected.Error()},
		{"GET", "/api/v1/audit", 503, bus.ErrDisconnected.Error()},
		{"POST", "/api/v1/disks/prod/db/evaluate", 503, bus.ErrDisconnected.Error()},
		{"DELETE", "/api/v1/holds/x", 503, bus.ErrDisconnected.Error()},
		{"DELETE", "/api/v1/silences/x", 503, bus.ErrDisconnected.Error()},
	} {
		got := request(t, c.method, g.url+c.path, http.DefaultClient)
		if got.status != c.status || !strings.Contains(got.body, c.body) {
			t.Errorf("%s %s: %d %s", c.method, c.path, got.status, got.body)
		}
	}
}

// hung is a bus that is reached, and answers nothing.
type hung struct{ gateway.Bus }

func (hung) Holds(ctx context.Context) ([]*backmonv1.Hold, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (hung) History(ctx context.Context, _ *backmonv1.SeriesId, _ time.Time) iter.Seq2[bus.BackupRecord, error] {
	return func(yield func(bus.BackupRecord, error) bool) {
		<-ctx.Done()
		yield(bus.BackupRecord{}, ctx.Err())
	}
}

// A bus that does not answer keeps a request waiting, but for less long than an
// answer may take: all that the page of a series asks for together.
func TestHungNATS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		b := gateway.Prompt(hung{}, func(context.Context) error { return nil })
		for _, err := range b.History(t.Context(), nil, time.Time{}) {
			if err == nil {
				t.Error("the history of a bus that hangs")
			}
		}
		if _, err := b.Holds(t.Context()); err == nil {
			t.Error("the holds of a bus that hangs")
		}
		if waited := time.Since(began); waited >= gateway.WriteTimeout {
			t.Errorf("it took %v", waited)
		}
	})
}
