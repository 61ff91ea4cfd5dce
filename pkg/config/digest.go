package config

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/document"
	"github.com/backmon/backmon/pkg/schedule"
)

// Digest says when a summary of all disks is sent, and to whom.
type Digest struct {
	// Schedule ticks in the digest's own zone, by default that of messages.
	Schedule *schedule.Schedule
	// Receivers are names of Notifier.Receivers, at least one.
	Receivers []string
}

func (n *Notifier) readDigest(node document.Node) *Digest {
	if !node.Map(backup.Error, "schedule", "timezone", "receivers") {
		return nil
	}
	d := &Digest{Schedule: readSchedule(node.Get("schedule"), readTimezone(node.Get("timezone"), n.Timezone))}
	receivers := node.Get("receivers")
	for _, item := range oneOrMore(receivers) {
		r := n.readReceiverName(item, d.Receivers)
		if r != nil && r.Alertmanager != nil {
			item.Problem(backup.Error, fmt.Sprintf("%q is an Alertmanager, which takes alerts only and no digest", item.Source()), "name another receiver")
		}
		d.Receivers = append(d.Receivers, item.String())
	}
	if len(d.Receivers) == 0 && !receivers.HasErrors() {
		receivers.Problem(backup.Error, "the digest has no receivers", "name at least one")
	}
	return d
}

// DefaultHeartbeat is how often a heartbeat is sent.
const DefaultHeartbeat = time.Minute

// Heartbeat is a request that is sent while all is well with backmon itself, so
// that somebody else notices when it is gone.
type Heartbeat struct {
	URL      Secret
	Interval time.Duration
}

func readHeartbeat(node document.Node) *Heartbeat {
	if !node.Map(backup.Error, "url", "interval") {
		return nil
	}
	return &Heartbeat{
		URL:      Secret(readWebURL(node.Get("url"))),
		Interval: readBetween(node.Get("interval"), DefaultHeartbeat, 10*time.Second, backup.Day),
	}
}
