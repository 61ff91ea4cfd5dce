package notifier

import (
	"slices"
	"time"

	"github.com/backmon/backmon/pkg/incident"
)

// sight is a bucket as the view has it.
type sight struct {
	seen []incident.Seen
	told [][]string // names of the receivers that routes lead each of these to
	// groups are one for each receiver that is configured, or was told something.
	groups []found
	left   []incident.Subject // that belong elsewhere now
}

// found is what a receiver was told.
type found struct {
	group    known[incident.Group]
	receiver Receiver
	exists   bool // the receiver is configured
}

// by returns the incidents as a receiver sees them, until another one looks.
func (x *sight) by(receiver string) []incident.Seen {
	for i := range x.seen {
		x.seen[i].Routed = slices.Contains(x.told[i], receiver)
	}
	return x.seen
}

// read looks at a bucket.
func (v *view) read(id string, s *Service) *sight {
	v.mu.Lock()
	defer v.mu.Unlock()
	b := v.buckets[id]
	if b == nil {
		return &sight{}
	}
	now := time.Now()
	x := &sight{seen: make([]incident.Seen, 0, len(b.subjects)), told: make([][]string, 0, len(b.subjects))}
	for subject := range b.subjects {
		i := v.incidents[subject]
		x.seen = append(x.seen, v.look(i, now))
		x.told = append(x.told, incident.Receivers(s.config.Routes, s.everyone, i.value))
	}
	for _, receiver := range s.config.Receivers {
		f := found{group: b.groups[receiver.Name], receiver: receiver, exists: true}
		if f.group.revision == 0 {
			f.group.value = incident.Group{Receiver: receiver.Name, By: b.by}
		}
		x.groups = append(x.groups, f)
	}
	for subject := range b.left {
		if !b.knows(subject) {
			delete(b.left, subject)
			continue
		}
		x.left = append(x.left, subject)
	}
	for name, group := range b.groups {
		if _, configured := s.receivers[name]; !configured {
			x.groups = append(x.groups, found{group: group})
		}
	}
	return x
}

// knows reports whether a receiver was told of the subject in this bucket.
func (b *bucket) knows(s incident.Subject) bool {
	for _, g := range b.groups {
		if g.value.Knows(s) {
			return true
		}
	}
	return false
}

// look finds out what keeps people from hearing of an incident; the lock is held.
// Others that belong to it are waited for from when it was learned: a backlog of old
// statuses comes at once.
func (v *view) look(i known[incident.Incident], now time.Time) incident.Seen {
	seen := incident.Seen{Incident: i.value, FreeSince: i.learned}
	v.hinder(&seen, now)
	return seen
}

// seenAs is an incident as a group's receiver sees it, by what the leader says of it.
// One that belongs to another group now is told there.
func (v *view) seenAs(i incident.Incident, g incident.Group, s *Service) incident.Seen {
	v.mu.Lock()
	defer v.mu.Unlock()
	seen := v.look(known[incident.Incident]{value: i, learned: v.incidents[i.Subject].learned}, time.Now())
	seen.Routed = v.belongs(i, g) && slices.Contains(incident.Receivers(s.config.Routes, s.everyone, i), g.Receiver)
	return seen
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
