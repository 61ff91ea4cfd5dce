package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backmon/backmon/pkg/backup"
)

// desk is one receiver at work on one group: it sees incidents, and writes notices
// when they are due.
type desk struct {
	t        *testing.T
	timing   Timing
	now      time.Time
	sequence uint64
	group    Group
	seen     []Seen
	down     bool // the receiver takes no notice
	notices  []Notice
	log      []string
}

var standard = Timing{Wait: 30 * time.Second, Interval: 5 * time.Minute, Repeat: backup.Day}

func newDesk(t *testing.T, timing Timing) *desk {
	return &desk{t: t, timing: timing, now: night, group: Group{Receiver: "ops", By: map[string]string{"env": "prod", "disk": "db"}}}
}

// tell plays a story: "a LATE" is a status of series a, "silence a", "unroute a",
// "inhibit a" and their contraries what keeps it back, "down" and "up" the receiver;
// anything else is time that passes.
func (d *desk) tell(story string) {
	d.t.Helper()
	for _, line := range strings.Split(story, "; ") {
		first, rest, _ := strings.Cut(line, " ")
		switch first {
		case "silence", "unsilence":
			d.at(rest).Silenced = first == "silence"
		case "route", "unroute":
			d.at(rest).Routed = first == "route"
		case "inhibit", "free":
			d.at(rest).Inhibited, d.at(rest).FreeSince = first == "inhibit", d.now
		case "down", "up":
			d.down = first == "down"
			d.deliver()
		default:
			d.passOrSee(line, first, rest)
		}
	}
}

func (d *desk) passOrSee(line, name, what string) {
	d.t.Helper()
	if after, err := time.ParseDuration(line); err == nil {
		d.pass(after)
		return
	}
	d.sequence++
	seen := d.at(name)
	seen.Incident, _ = seen.Apply(saw(d.t, dumps(name), d.sequence, d.now, what))
}

// at returns what is seen of a series; at first it is routed and well.
func (d *desk) at(name string) *Seen {
	at := slices.IndexFunc(d.seen, func(s Seen) bool { return s.Subject.Group == name })
	if at < 0 {
		at, d.seen = len(d.seen), append(d.seen, Seen{Incident: Incident{Subject: dumps(name)}, Routed: true})
	}
	return &d.seen[at]
}

// pass lets time go by, and wakes up when something is due.
func (d *desk) pass(after time.Duration) {
	d.t.Helper()
	until := d.now.Add(after)
	for wakes := 0; ; wakes++ {
		due := d.group.Due(d.seen, d.timing, d.now)
		if due.IsZero() || due.After(until) {
			break
		}
		if wakes > 100 {
			d.t.Fatalf("due again and again at %v", d.now)
		}
		d.now = later(d.now, due)
		d.write()
	}
	d.now = until
}

func (d *desk) write() {
	d.t.Helper()
	d.group = d.group.Write(d.seen, d.timing, d.now)
	if n := d.group.Pending; n != nil {
		d.notices = append(d.notices, *n)
		d.log = append(d.log, fmt.Sprintf("%v %s", d.now.Sub(night), sum(*n)))
	}
	d.deliver()
}

func (d *desk) deliver() {
	if !d.down {
		d.group.Pending, d.group.Delivery = nil, Delivery{}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sum writes a notice as "problem: opened a b, closed c; 2 open, critical".
func sum(n Notice) string {
	var changes []string
	for _, change := range Changes() {
		var names []string
		for _, item := range n.Items {
			if item.Change == change {
				names = append(names, item.Incident.Subject.Group)
			}
		}
		if len(names) > 0 {
			changes = append(changes, change.String()+" "+strings.Join(names, " "))
		}
	}
	return fmt.Sprintf("%s: %s; %d open, %s", n.Kind, strings.Join(changes, ", "), n.Open, n.Severity)
}
