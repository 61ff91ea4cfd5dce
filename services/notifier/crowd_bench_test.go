package notifier_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/bus/bustest"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	"github.com/backmon/backmon/services/notifier"
)

// tally counts the incidents that a receiver is told of, until it knows of all.
type tally struct {
	left atomic.Int64
	all  chan struct{}
}

func (c *tally) Send(_ context.Context, n incident.Notice) error {
	opened := int64(n.Changes[incident.Opened])
	if left := c.left.Add(-opened); left <= 0 && left+opened > 0 {
		close(c.all)
	}
	return nil
}

// BenchmarkCrowd is the time from 10,000 statuses of 200 disks that become late at
// once, over a real NATS, until five receivers know of them all.
func BenchmarkCrowd(b *testing.B) {
	const disks, each, receivers = 200, 50, 5
	server := bustest.Start(b)
	publisher := server.Connect(b, "evaluator")
	config := notifier.Config{GroupBy: []string{"env", "disk"}, Wait: time.Second, Interval: time.Second, GiveUp: time.Hour}
	tallies := make([]*tally, receivers)
	for n := range tallies {
		tallies[n] = &tally{all: make(chan struct{})}
		tallies[n].left.Store(disks * each)
		config.Receivers = append(config.Receivers, notifier.Receiver{Name: fmt.Sprint("receiver-", n), Sender: tallies[n], Timeout: time.Second})
	}
	service, err := notifier.New(config, server.Connect(b, "notifier"), zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() { ended <- service.Run(ctx) }()
	b.ResetTimer()
	for disk := range disks {
		var updates []bus.BackupUpdate
		for n := range each {
			updates = append(updates, bus.BackupUpdate{Status: wire.Status(series(fmt.Sprint("disk-", disk), fmt.Sprint("tenant-", n), backup.Late), nil)})
		}
		if _, err := publisher.PublishBackupStatuses(ctx, updates); err != nil {
			b.Fatal(err)
		}
	}
	for _, t := range tallies {
		<-t.all
	}
	b.StopTimer()
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}
