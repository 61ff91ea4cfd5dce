package notifier

import (
	"time"

	"github.com/backmon/backmon/pkg/incident"
)

// found is a receiver's group with its incidents, as the view has them.
type found struct {
	group     known[incident.Group]
	receiver  Receiver
	exists    bool // the receiver is configured
	incidents []incident.Seen
}

// read collects the groups of a bucket: one for each receiver that a route leads to,
// or that was told something.
func (v *view) read(id string, s *Service) []found {
	v.mu.Lock()
	defer v.mu.Unlock()
	b := v.buckets[id]
	if b == nil {
		return nil
	}
	seen := v.look(b, s)
	var out []found
	for _, receiver := range s.config.Receivers {
		f := found{group: v.groups[groupRef{receiver.Name, id}], receiver: receiver, exists: true}
		if f.group.revision == 0 {
			f.group.value = incident.Group{Receiver: receiver.Name, By: b.by}
		}
		for _, x := range seen {
			x.seen.Routed = x.receivers[receiver.Name]
			f.incidents = append(f.incidents, x.seen)
		}
		out = append(out, f)
	}
	for ref, group := range v.groups {
		if _, configured := s.receivers[ref.receiver]; ref.bucket == id && !configured {
			out = append(out, found{group: group})
		}
	}
	return out
}

// routed is an incident and who is told of it.
type routed struct {
	seen      incident.Seen
	receivers map[string]bool
}

// look finds out who is to be told of the incidents of a bucket, and what keeps them
// from it; the lock is held.
func (v *view) look(b *bucket, s *Service) []routed {
	now := time.Now()
	var out []routed
	for subject := range b.subjects {
		out = append(out, v.lookAt(v.incidents[subject], s, now))
	}
	return out
}

// lookAt looks at one incident; the lock is held. Others that belong to it are
// waited for from when it was learned: a backlog of old statuses comes at once.
func (v *view) lookAt(i known[incident.Incident], s *Service, now time.Time) routed {
	r := routed{seen: incident.Seen{Incident: i.value, FreeSince: i.learned}, receivers: map[string]bool{}}
	v.hinder(&r.seen, now)
	for _, name := range incident.Receivers(s.config.Routes, s.everyone, i.value) {
		r.receivers[name] = true
	}
	return r
}

// seenAs is an incident as a receiver sees it, by what the leader says of it.
func (v *view) seenAs(i incident.Incident, receiver string, s *Service) incident.Seen {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.lookAt(known[incident.Incident]{value: i, learned: v.incidents[i.Subject].learned}, s, time.Now())
	r.seen.Routed = r.receivers[receiver]
	return r.seen
}

// hinder finds silences and the disk's own trouble, those that are over too.
func (v *view) hinder(seen *incident.Seen, now time.Time) {
	for _, silence := range v.silences {
		switch {
		case silence.Covers(seen.Incident, now):
			seen.Silenced = true
		case !silence.Until.After(now) && silence.Match.Covers(seen.Incident):
			seen.FreeSince = later(seen.FreeSince, silence.Until)
		}
	}
	for _, removed := range v.removed {
		if removed.value.Match.Covers(seen.Incident) {
			seen.FreeSince = later(seen.FreeSince, removed.heard)
		}
	}
	if incident.OfDisk(seen.Subject) {
		return
	}
	disk := v.incidents[incident.DiskOf(seen.Subject)].value
	seen.Inhibited = incident.Inhibits(disk, seen.Incident)
	if !seen.Inhibited && disk.Hides() {
		seen.FreeSince = later(seen.FreeSince, disk.ChangedAt)
	}
}

// later is the later of two times; the zero time is none.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
