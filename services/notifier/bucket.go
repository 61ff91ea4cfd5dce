package notifier

import (
	"maps"
	"strings"

	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
)

// bucket is what incidents have in common, which they are, and what each receiver
// was told of them.
type bucket struct {
	by       map[string]string
	subjects map[incident.Subject]bool
	groups   map[string]known[incident.Group] // by receiver
	// left are subjects that belong to another bucket now, as a label has changed.
	left map[incident.Subject]bool
}

// bucketID names what belongs together, whoever is told of it.
func bucketID(by map[string]string) string { return incident.GroupID("", by) }

// byOf is what an incident has in common with others of its group.
func (v *view) byOf(i incident.Incident) map[string]string {
	by := make(map[string]string, len(v.groupBy))
	for _, name := range v.groupBy {
		by[name] = wire.Text(common(i, name)) // as it comes back from a record
	}
	return by
}

// belongs reports whether the incident is one of the group's.
func (v *view) belongs(i incident.Incident, g incident.Group) bool {
	return maps.Equal(v.byOf(i), g.By)
}

func common(i incident.Incident, name string) string {
	switch name {
	case "env":
		return i.Subject.Environment
	case "disk":
		return i.Subject.Disk
	case "directory":
		return i.Subject.Directory
	case "file":
		return i.Subject.File
	case "group":
		return i.Subject.Group
	}
	return i.Labels[strings.TrimPrefix(name, "labels.")]
}

// mark makes the planner look at a bucket; the lock is held.
func (v *view) mark(id string) {
	v.dirty[id] = true
	v.wake()
}

func (v *view) wake() {
	select {
	case v.changed <- struct{}{}:
	default: // it will look anyhow
	}
}

// bucketOf returns the bucket, made when it is not there; the lock is held.
func (v *view) bucketOf(by map[string]string) (string, *bucket) {
	id := bucketID(by)
	b := v.buckets[id]
	if b == nil {
		b = &bucket{by: by, subjects: map[incident.Subject]bool{}, groups: map[string]known[incident.Group]{}, left: map[incident.Subject]bool{}}
		v.buckets[id] = b
	}
	return id, b
}

// leave takes a subject out of a bucket; the lock is held.
func (v *view) leave(id string, subject incident.Subject) {
	if b := v.buckets[id]; b != nil {
		delete(b.subjects, subject)
		v.mark(id)
		v.free(id)
	}
}

// move takes a subject out of a bucket, as it belongs to another one now. What was
// told of it here is to be forgotten; the lock is held.
func (v *view) move(id string, subject incident.Subject) {
	if b := v.buckets[id]; b != nil {
		b.left[subject] = true
	}
	v.leave(id, subject)
}

// free drops a bucket that holds nothing any more; the lock is held.
func (v *view) free(id string) {
	if b := v.buckets[id]; b != nil && len(b.subjects)+len(b.groups) == 0 {
		delete(v.buckets, id)
	}
}

// markDisk marks the buckets that a disk's own incident may inhibit; the lock is held.
func (v *view) markDisk(disk incident.Subject) {
	for id, b := range v.buckets {
		for subject := range b.subjects {
			if incident.DiskOf(subject) == disk {
				v.mark(id)
				break
			}
		}
	}
}

func (v *view) markAll() {
	for id := range v.buckets {
		v.dirty[id] = true
	}
	v.wake()
}
