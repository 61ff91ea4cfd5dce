package bus_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

func TestCompareAndSet(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "evaluator")
		never := bus.Revision{}
		cases := []struct {
			name string
			// stored is there; the writer with mine has seen nothing of it.
			stored, mine *backmonv1.Fence
			want         bus.Outcome
		}{
			{"an older job gives way", fence(7, 1, "b"), fence(6, 1, "a"), bus.Superseded},
			{"an older delivery gives way", fence(7, 2, "b"), fence(7, 1, "a"), bus.Superseded},
			{"the same delivery gives way", fence(7, 1, "b"), fence(7, 1, "a"), bus.Superseded},
			{"a newer job overwrites", fence(7, 1, "b"), fence(8, 1, "a"), bus.Stored},
			{"a newer delivery overwrites", fence(7, 1, "b"), fence(7, 2, "a"), bus.Stored},
			{"its own run's earlier word is overwritten", fence(7, 1, "a"), fence(7, 1, "a"), bus.Stored},
			{"a fence overwrites none", nil, fence(1, 1, "a"), bus.Stored},
			{"none gives way", fence(1, 1, "a"), nil, bus.Superseded},
		}
		for i, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				group := fmt.Sprint(i)
				publishStatus(t, b, status("d", group, c.stored), never, bus.Stored)
				publishStatus(t, b, status("d", group, c.mine), never, c.want)
				want := c.stored
				if c.want == bus.Stored {
					want = c.mine
				}
				// Any replica may answer, and one may lag.
				eventually(t, "the stored status to be that of "+want.String(), func() bool {
					record, ok := records(t, b, "d")[group]
					return ok && record.Status.GetFence().String() == want.String()
				})
			})
		}
	})
}

// A worker that was thought dead reads the status of the one that took over,
// and would overwrite it in good faith.
func TestStaleReaderGivesWay(t *testing.T) {
	b := bustest.Start(t).Connect(t, "evaluator")
	publishStatus(t, b, status("d", "g", fence(7, 2, "b")), bus.Revision{}, bus.Stored)
	seen := records(t, b, "d")["g"].Revision()
	publishStatus(t, b, status("d", "g", fence(7, 1, "a")), seen, bus.Superseded)
	publishStatus(t, b, status("d", "g", fence(8, 1, "c")), seen, bus.Stored)
}

func TestLostAcknowledgement(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "evaluator")
		outcomes, err := b.PublishTwice(patient(t), status("d", "g", fence(1, 1, "a")), bus.Revision{})
		if err != nil || outcomes != [2]bus.Outcome{bus.Stored, bus.Stored} {
			t.Errorf("outcomes %v, %v", outcomes, err)
		}
		_, js := raw(t, s)
		stream := must[jetstream.Stream](t)(js.Stream(patient(t), bus.StreamStatus))
		if got := stream.CachedInfo().State.Msgs; got != 1 {
			t.Errorf("%d messages stored, want 1", got)
		}
	})
}

// Whatever the order, the newest evaluation's word stays.
func TestRacingWriters(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		const writers, series = 8, 5
		var wait sync.WaitGroup
		for _, w := range rand.Perm(writers) {
			b := s.Connect(t, "evaluator")
			wait.Go(func() {
				for i := range series {
					_, err := b.PublishBackupStatus(patient(t), status("d", fmt.Sprint(i), fence(uint64(w+1), 1, fmt.Sprint(w))), bus.Revision{})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		b := s.Connect(t, "test")
		eventually(t, "the newest word to be the last of each series", func() bool {
			newest := 0
			for _, record := range records(t, b, "d") {
				if record.Status.GetFence().GetJob() == writers {
					newest++
				}
			}
			return newest == series
		})
	})
}

func TestTombstone(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.ConnectWith(t, bus.Options{Name: "discoverer", TombstoneTTL: time.Second})
		_, js := raw(t, s)
		stream := must[jetstream.Stream](t)(js.Stream(patient(t), bus.StreamStatus))
		for job := range uint64(3) {
			publishStatus(t, b, status("d", "g", fence(job+1, 1, "")), records(t, b, "d")["g"].Revision(), bus.Stored)
		}
		publishStatus(t, b, gone("d", "g", nil), bus.Revision{}, bus.Superseded)
		var last bus.BackupRecord
		eventually(t, "the last status on every replica", func() bool {
			last = records(t, b, "d")["g"]
			return last.Status.GetFence().GetJob() == 3
		})
		publishStatus(t, b, gone("d", "g", nil), last.Revision(), bus.Stored)
		eventually(t, "the tombstone on every replica", func() bool {
			last, ok := records(t, b, "d")["g"]
			return !ok || last.Gone()
		})
		if n := must[*jetstream.StreamInfo](t)(stream.Info(patient(t))).State.Msgs; n > 1 {
			t.Errorf("%d messages beside the tombstone", n-1)
		}
		eventually(t, "the tombstone to end", func() bool {
			return must[*jetstream.StreamInfo](t)(stream.Info(patient(t))).State.Msgs == 0
		})
		eventually(t, "nothing to be left on any replica", func() bool { return len(records(t, b, "d")) == 0 })
		publishStatus(t, b, status("d", "g", fence(9, 1, "")), bus.Revision{}, bus.Stored)
	})
}

func TestDiskStatus(t *testing.T) {
	bustest.Each(t, func(t *testing.T, s *bustest.Server) {
		b := s.Connect(t, "evaluator")
		ctx := patient(t)
		none := must[bus.DiskRecord](t)(b.LastDiskStatus(ctx, env, "d"))
		if none.Status != nil || none.Sequence != 0 {
			t.Fatalf("before the first: %+v", none)
		}
		first := &backmonv1.DiskStatus{Environment: env, Disk: "d", Fence: fence(1, 1, "a")}
		if got := must[bus.Outcome](t)(b.PublishDiskStatus(ctx, first, none.Revision())); got != bus.Stored {
			t.Fatal(got)
		}
		var record bus.DiskRecord
		eventually(t, "the status on every replica", func() bool {
			record = must[bus.DiskRecord](t)(b.LastDiskStatus(ctx, env, "d"))
			return record.Sequence != 0
		})
		if record.Status.GetFence().GetRun() != "a" || time.Since(record.Stored) > bustest.Timeout {
			t.Errorf("record %+v", record)
		}
		stale := &backmonv1.DiskStatus{Environment: env, Disk: "d", Fence: fence(1, 1, "b")}
		if got := must[bus.Outcome](t)(b.PublishDiskStatus(ctx, stale, bus.Revision{})); got != bus.Superseded {
			t.Error(got)
		}
		end := &backmonv1.DiskStatus{Environment: env, Disk: "d", Gone: true}
		if got := must[bus.Outcome](t)(b.PublishDiskStatus(ctx, end, record.Revision())); got != bus.Stored {
			t.Error(got)
		}
	})
}
