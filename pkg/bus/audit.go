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
)

// String is the kind as its subject has it.
func (k AuditKind) String() string {
	switch k {
	case AuditPurged:
		return "purged"
	case AuditRefused:
		return "refused"
	}
	return fmt.Sprint("kind ", int(k))
}

// AuditRecord is one record as it is stored: Purged or Refused is set.
type AuditRecord struct {
	Purged  *backmonv1.FilesPurged
	Refused *backmonv1.PurgeRefused
	// Sequence of the record in StreamAudit; grows with time.
	Sequence uint64
	// Stored is when the server took it.
	Stored time.Time
}

// AuditFilter chooses audit records. The zero filter chooses all.
type AuditFilter struct {
	// Environment of the records; all when empty.
	Environment string
	// Disk of the Environment; all when empty.
	Disk string
	// Since leaves out what was stored before; zero for none.
	Since time.Time
	// Kinds of the records; all when empty.
	Kinds []AuditKind
}

// Validate says what is wrong with the filter.
func (f AuditFilter) Validate() error {
	if f.Disk != "" && f.Environment == "" {
		return errors.New("audit filter: a disk needs its environment")
	}
	for _, kind := range f.Kinds {
		if kind != AuditPurged && kind != AuditRefused {
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
	kind := auditKindOf(subject)
	return kind != 0 && (len(f.Kinds) == 0 || slices.Contains(f.Kinds, kind))
}

// auditKindOf is 0 for a kind that this version doesn't know.
func auditKindOf(subject string) AuditKind {
	for _, kind := range []AuditKind{AuditPurged, AuditRefused} {
		if strings.HasPrefix(subject, auditPrefix+"."+kind.String()+".") {
			return kind
		}
	}
	return 0
}

// audit reads a stored message as a record of its subject's kind.
func (s *storedMessage) audit() (AuditRecord, error) {
	record := AuditRecord{Sequence: s.sequence, Stored: s.stored}
	var body proto.Message
	switch auditKindOf(s.subject) {
	case AuditPurged:
		record.Purged = new(backmonv1.FilesPurged)
		body = record.Purged
	case AuditRefused:
		record.Refused = new(backmonv1.PurgeRefused)
		body = record.Refused
	default:
		return record, fmt.Errorf("subject %q is of no known kind", s.subject)
	}
	if err := decode(s.header, s.data, body); err != nil {
		return record, fmt.Errorf("audit record %d: %w", s.sequence, err)
	}
	return record, nil
}

// PublishAudit stores a FilesPurged or a PurgeRefused and returns nil when it is
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
	switch m := message.(type) {
	case *backmonv1.FilesPurged:
		return AuditSubject(AuditPurged.String(), m.GetEnvironment(), m.GetDisk()), nil
	case *backmonv1.PurgeRefused:
		return AuditSubject(AuditRefused.String(), m.GetEnvironment(), m.GetDisk()), nil
	}
	return "", fmt.Errorf("publish audit: %s is no audit record", typeOf(message))
}
