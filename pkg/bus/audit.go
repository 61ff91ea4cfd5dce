package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// AuditKind says what an audit record is of.
type AuditKind int

const (
	// AuditPurged is a FilesPurged.
	AuditPurged AuditKind = iota + 1
	// AuditRefused is a PurgeRefused.
	AuditRefused
	// AuditDownloaded is a FileDownloaded.
	AuditDownloaded
	// AuditNotified is a NoticeSent.
	AuditNotified
	// AuditUnnotified is a NoticeFailed.
	AuditUnnotified
)

// AuditRecord is one record as it is stored: one of its messages is set.
type AuditRecord struct {
	Purged     *backmonv1.FilesPurged
	Refused    *backmonv1.PurgeRefused
	Downloaded *backmonv1.FileDownloaded
	Notified   *backmonv1.NoticeSent
	Unnotified *backmonv1.NoticeFailed
	// Sequence of the record in StreamAudit; grows with time.
	Sequence uint64
	// Stored is when the server took it.
	Stored time.Time
}

// auditMessage is what an audit record may be.
type auditMessage interface {
	proto.Message
	GetEnvironment() string
	GetDisk() string
}

// auditKind is all that is to be said of one kind.
type auditKind struct {
	kind AuditKind
	name string // in the subject
	// message puts an empty message of the kind into the record.
	message func(*AuditRecord) auditMessage
}

var auditKinds = []auditKind{
	{AuditPurged, "purged", func(r *AuditRecord) auditMessage {
		r.Purged = new(backmonv1.FilesPurged)
		return r.Purged
	}},
	{AuditRefused, "refused", func(r *AuditRecord) auditMessage {
		r.Refused = new(backmonv1.PurgeRefused)
		return r.Refused
	}},
	{AuditDownloaded, "downloaded", func(r *AuditRecord) auditMessage {
		r.Downloaded = new(backmonv1.FileDownloaded)
		return r.Downloaded
	}},
	{AuditNotified, "notified", func(r *AuditRecord) auditMessage {
		r.Notified = new(backmonv1.NoticeSent)
		return r.Notified
	}},
	{AuditUnnotified, "unnotified", func(r *AuditRecord) auditMessage {
		r.Unnotified = new(backmonv1.NoticeFailed)
		return r.Unnotified
	}},
}

// AuditKinds lists all kinds.
func AuditKinds() []AuditKind {
	kinds := make([]AuditKind, len(auditKinds))
	for i, k := range auditKinds {
		kinds[i] = k.kind
	}
	return kinds
}

// findAudit returns the first kind that is meant, nil if there is none.
func findAudit(meant func(auditKind) bool) *auditKind {
	if i := slices.IndexFunc(auditKinds, meant); i >= 0 {
		return &auditKinds[i]
	}
	return nil
}

func (k AuditKind) known() *auditKind {
	return findAudit(func(a auditKind) bool { return a.kind == k })
}

// String is the kind as its subject has it.
func (k AuditKind) String() string {
	if known := k.known(); known != nil {
		return known.name
	}
	return fmt.Sprint("kind ", int(k))
}

// AuditFilter chooses audit records. The zero filter chooses all.
type AuditFilter struct {
	// Environment of the records; all when empty. A notice about several has none.
	Environment string
	// Disk of the Environment; all when empty. A notice about several has none.
	Disk string
	// Since leaves out what was stored before; zero for none.
	Since time.Time
	// After leaves out the records up to this sequence, and then Since counts for
	// nothing: it goes on behind a record that was read before. Only in ReadAudit.
	After uint64
	// Kinds of the records; all when empty.
	Kinds []AuditKind
}

// Validate says what is wrong with the filter.
func (f AuditFilter) Validate() error {
	if f.Disk != "" && f.Environment == "" {
		return errors.New("audit filter: a disk needs its environment")
	}
	for _, kind := range f.Kinds {
		if kind.known() == nil {
			return fmt.Errorf("audit filter: %d is no kind of record", kind)
		}
	}
	return nil
}

// subject is the filter as one subject, which a right can be given for. It may
// match more than the filter.
func (f AuditFilter) subject() string {
	kind := "*"
	if len(f.Kinds) == 1 {
		kind = f.Kinds[0].String()
	}
	prefix := auditPrefix + "." + kind
	switch {
	case f.Environment == "":
		return prefix + ".>"
	case f.Disk == "":
		return join(prefix, f.Environment) + ".>"
	}
	return join(prefix, f.Environment, f.Disk)
}

// matches does what one subject can't: some kinds, and none that are not known.
func (f AuditFilter) matches(subject string) bool {
	known := auditKindOf(subject)
	return known != nil && (len(f.Kinds) == 0 || slices.Contains(f.Kinds, known.kind))
}

// auditKindOf is nil for a kind that this version doesn't know.
func auditKindOf(subject string) *auditKind {
	return findAudit(func(a auditKind) bool { return strings.HasPrefix(subject, auditPrefix+"."+a.name+".") })
}

// audit reads a stored message as a record of its subject's kind.
func (s *storedMessage) audit() (AuditRecord, error) {
	record := AuditRecord{Sequence: s.sequence, Stored: s.stored}
	known := auditKindOf(s.subject)
	if known == nil {
		return record, fmt.Errorf("subject %q is of no known kind", s.subject)
	}
	if err := decode(s.header, s.data, known.message(&record)); err != nil {
		return record, fmt.Errorf("audit record %d: %w", s.sequence, err)
	}
	return record, nil
}

// PublishAudit stores the message of an audit record and returns nil when it is
// stored. One with an id that the same disk used for the same kind within the
// last day is there already and is not stored again, whatever it says: so the
// id must name the record, as "RUN/result/2". A message has to fit into one of
// NATS, 1 MiB by default, or is refused.
func (b *Bus) PublishAudit(ctx context.Context, message proto.Message, id string) error {
	subject, err := auditSubjectOf(message)
	if err != nil {
		return err
	}
	if id == "" {
		return fmt.Errorf("publish %q: id is missing", subject)
	}
	msg, err := b.newEvent(ctx, subject, message)
	if err != nil {
		return err
	}
	// Ids are one set for the whole stream: those of two disks must not meet.
	setHeader(msg, headerID, subject+"/"+id)
	if _, err := b.publishOnce(ctx, msg, StreamAudit); err != nil {
		return fmt.Errorf("publish %q: %w", subject, err)
	}
	return nil
}

func auditSubjectOf(message proto.Message) (string, error) {
	record, ok := message.(auditMessage)
	known := findAudit(func(a auditKind) bool { return typeOf(a.message(new(AuditRecord))) == typeOf(message) })
	if !ok || known == nil {
		return "", fmt.Errorf("publish audit: %s is no audit record", typeOf(message))
	}
	return AuditSubject(known.name, record.GetEnvironment(), record.GetDisk()), nil
}
