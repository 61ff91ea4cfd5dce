package bus

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// EventKind says what an Event is.
type EventKind int

const (
	// EventBackup carries a BackupStatus.
	EventBackup EventKind = iota + 1
	// EventDisk carries a DiskStatus.
	EventDisk
	// EventCurrent says that the last status of each series has come: what
	// follows are changes.
	EventCurrent
	// EventReset says that changes may have been missed: forget all; the last
	// status of each series comes again, then EventCurrent.
	EventReset
	// EventAudit carries an audit record: only in AuditEvent.
	EventAudit
	// EventEntry carries an entry of a KV bucket: only in EntryEvent.
	EventEntry
)

// Event is one step of a watch.
type Event struct {
	Kind EventKind
	// Backup is set with EventBackup.
	Backup *backmonv1.BackupStatus
	// Disk is set with EventDisk.
	Disk *backmonv1.DiskStatus
	// Gone says that the status is a tombstone: its series or disk has ended.
	Gone bool
	// Replayed says that the status was there before: not a change.
	Replayed bool
	// Sequence of the status in its stream, and when it was Stored.
	Sequence uint64
	Stored   time.Time
	// Traceparent of the event, as W3C has it; empty without one.
	Traceparent string
}

// Filter chooses the statuses to watch. The zero Filter chooses all.
type Filter struct {
	// Environment to watch; all when empty.
	Environment string
	// Disk of the Environment to watch; all when empty.
	Disk string
	// Kind to watch, EventBackup or EventDisk; both when 0.
	Kind EventKind
}

// Validate says what is wrong with the filter.
func (f Filter) Validate() error {
	if f.Disk != "" && f.Environment == "" {
		return errors.New("filter: a disk needs its environment")
	}
	if f.Kind < 0 || f.Kind > EventDisk {
		return fmt.Errorf("filter: %d is no kind of status", f.Kind)
	}
	return nil
}

// subject is the filter as one subject, which a right can be given for. It may
// match more than the filter.
func (f Filter) subject() string {
	prefix := statusPrefix + "." + f.kindToken()
	switch {
	case f.Environment == "" && f.Kind == 0:
		return AllStatuses()
	case f.Environment == "":
		return prefix + ".>"
	case f.Disk == "" || f.Kind == 0:
		return join(prefix, f.Environment) + ".>"
	case f.Kind == EventDisk:
		return join(prefix, f.Environment, f.Disk)
	}
	return join(prefix, f.Environment, f.Disk) + ".>"
}

func (f Filter) kindToken() string {
	switch f.Kind {
	case EventBackup:
		return "backup"
	case EventDisk:
		return "disk"
	default:
		return "*"
	}
}

// matches does what one subject can't: both kinds of one disk.
func (f Filter) matches(subject string) bool {
	if f.Disk == "" || f.Kind != 0 {
		return true
	}
	return subject == DiskStatusSubject(f.Environment, f.Disk) ||
		strings.HasPrefix(subject, join(backupStatusPrefix, f.Environment, f.Disk)+".")
}

// newEventOf reads a stored status.
func newEventOf(msg jetstream.Msg, meta *jetstream.MsgMetadata) (Event, error) {
	event := Event{
		Sequence:    meta.Sequence.Stream,
		Stored:      meta.Timestamp,
		Traceparent: headerOf(msg.Headers(), headerTraceparent),
	}
	if strings.HasPrefix(msg.Subject(), diskStatusPrefix+".") {
		event.Kind, event.Disk = EventDisk, new(backmonv1.DiskStatus)
		err := decode(msg.Headers(), msg.Data(), event.Disk)
		event.Gone = event.Disk.GetGone()
		return event, err
	}
	event.Kind, event.Backup = EventBackup, new(backmonv1.BackupStatus)
	err := decode(msg.Headers(), msg.Data(), event.Backup)
	event.Gone = event.Backup.GetState() == backmonv1.State_STATE_GONE
	return event, err
}
