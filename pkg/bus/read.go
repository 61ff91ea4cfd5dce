package bus

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// directGetPrefix and a stream's name read messages without a consumer, from any replica: one may lag a
// little, so a reader must live with an older status.
const directGetPrefix = "$JS.API.DIRECT.GET."

// Headers of an answer.
const (
	headerStatus     = "Status"
	statusNotFound   = "404"
	statusEndOfBatch = "204"
)

// storedMessage is one message of a stream.
type storedMessage struct {
	subject  string
	sequence uint64
	stored   time.Time
	header   nats.Header
	data     []byte
}

func newStoredMessage(msg *nats.Msg) (*storedMessage, error) {
	sequence, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read sequence: %w", err)
	}
	stored, err := time.Parse(time.RFC3339Nano, msg.Header.Get(jetstream.TimeStampHeaer))
	if err != nil {
		return nil, fmt.Errorf("read time: %w", err)
	}
	subject := msg.Header.Get(jetstream.SubjectHeader)
	return &storedMessage{subject, sequence, stored, msg.Header, msg.Data}, nil
}

// last reads the last message of a subject; nil when there is none.
func (b *Bus) last(ctx context.Context, subject string) (*storedMessage, error) {
	answer, err := b.conn.RequestWithContext(ctx, directGetPrefix+StreamStatus+"."+subject, nil)
	if err != nil {
		return nil, explain(err, StreamStatus)
	}
	switch status := answer.Header.Get(headerStatus); status {
	case "":
		return newStoredMessage(answer)
	case statusNotFound:
		return nil, nil
	default:
		return nil, fmt.Errorf("server answers %s %s", status, answer.Header.Get("Description"))
	}
}

// LastDiskStatus reads a disk's last status. Without one the record is zero.
func (b *Bus) LastDiskStatus(ctx context.Context, env, disk string) (DiskRecord, error) {
	var stored *storedMessage
	err := b.persist(ctx, StreamStatus, func(ctx context.Context) (err error) {
		stored, err = b.last(ctx, DiskStatusSubject(env, disk))
		return err
	})
	if err != nil {
		return DiskRecord{}, fmt.Errorf("read status of disk %q: %w", disk, err)
	}
	if stored == nil {
		return DiskRecord{}, nil
	}
	return stored.disk()
}

// LeaderDiskStatus is LastDiskStatus from the stream's leader: a status that was
// stored before is seen. It needs the right that LastStatus needs.
func (b *Bus) LeaderDiskStatus(ctx context.Context, env, disk string) (DiskRecord, error) {
	stored, err := b.lastStored(ctx, StreamStatus, DiskStatusSubject(env, disk))
	if err != nil {
		return DiskRecord{}, fmt.Errorf("read status of disk %q: %w", disk, err)
	}
	if stored == nil {
		return DiskRecord{}, nil
	}
	return stored.disk()
}

// LastStatus reads a series' last status; without one the record is zero. Unlike
// LastStatuses it asks the stream's leader: a status that was stored before is
// seen, which who is about to delete needs.
func (b *Bus) LastStatus(ctx context.Context, series *backmonv1.SeriesId) (BackupRecord, error) {
	stored, err := b.lastStored(ctx, StreamStatus, seriesSubject(series))
	if err != nil {
		return BackupRecord{}, fmt.Errorf("read status of a series of disk %q: %w", series.GetDisk(), err)
	}
	if stored == nil {
		return BackupRecord{}, nil
	}
	return stored.backup()
}

func (s *storedMessage) disk() (DiskRecord, error) {
	record := DiskRecord{new(backmonv1.DiskStatus), s.sequence, s.stored}
	return record, decode(s.header, s.data, record.Status)
}

func (s *storedMessage) backup() (BackupRecord, error) {
	record := BackupRecord{new(backmonv1.BackupStatus), s.sequence, s.stored}
	return record, decode(s.header, s.data, record.Status)
}

// LastStatuses reads the last status of each series of a disk, tombstones
// among them, and holds few of them at a time. One that can't be decoded comes
// as an error beside a record with its Sequence, and the reading goes on; any
// other error is the last that comes.
func (b *Bus) LastStatuses(ctx context.Context, env, disk string) iter.Seq2[BackupRecord, error] {
	return func(yield func(BackupRecord, error) bool) {
		subjects, err := b.subjects(ctx, StreamStatus, BackupStatusesOfDisk(env, disk))
		if err != nil {
			yield(BackupRecord{}, fmt.Errorf("list statuses of disk %q: %w", disk, err))
			return
		}
		for chunk := range slices.Chunk(subjects, readSubjects) {
			messages, err := b.lastOf(ctx, chunk)
			if err != nil {
				yield(BackupRecord{}, fmt.Errorf("read statuses of disk %q: %w", disk, err))
				return
			}
			for _, message := range messages {
				if !yield(message.backup()) {
					return
				}
			}
		}
	}
}

// readSubjects is how many statuses are asked for at once; the server answers
// at most 1,024 and refuses a wildcard that matches more.
const readSubjects = 256

// subjects lists the subjects stored in a stream that match a filter. It asks the stream's
// leader, which doesn't lag.
func (b *Bus) subjects(ctx context.Context, name, filter string) ([]string, error) {
	var found []string
	err := b.persist(ctx, name, func(ctx context.Context) error {
		stream, err := b.stream(ctx, name)
		if err != nil {
			return err
		}
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(filter))
		if err != nil {
			return err
		}
		found = found[:0]
		for subject := range info.State.Subjects {
			found = append(found, subject)
		}
		return nil
	})
	slices.Sort(found)
	return found, err
}

// lastOf reads the last message of each subject. The server may answer with a
// part (it limits bytes; a replica lags), so it asks for the rest until nothing
// more comes: what is missing then has ended in between.
func (b *Bus) lastOf(ctx context.Context, subjects []string) ([]*storedMessage, error) {
	var all []*storedMessage
	for idle := 0; len(subjects) > 0 && idle < 3; {
		var some []*storedMessage
		err := b.persist(ctx, StreamStatus, func(ctx context.Context) (err error) {
			some, err = b.multiGet(ctx, subjects)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(some) > 0 {
			all, subjects = append(all, some...), without(subjects, some)
			continue
		}
		idle++
		if err := sleep(ctx, time.Duration(idle)*firstPause); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func without(subjects []string, messages []*storedMessage) []string {
	got := make(map[string]bool, len(messages))
	for _, message := range messages {
		got[message.subject] = true
	}
	return slices.DeleteFunc(slices.Clone(subjects), func(s string) bool { return got[s] })
}
