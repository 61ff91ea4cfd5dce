package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// NoticeGroupRecord is what a receiver was told of a group, as it is stored.
type NoticeGroupRecord = Entry[*backmonv1.NoticeGroup]

// NoticeGroupEvent is one step of a watch of notice groups.
type NoticeGroupEvent = EntryEvent[*backmonv1.NoticeGroup]

func (b *Bus) notices() bucket[*backmonv1.NoticeGroup] {
	return bucket[*backmonv1.NoticeGroup]{b, StreamNotices, noticePrefix, "notice group", func(g *backmonv1.NoticeGroup, subject string) bool {
		return strings.HasPrefix(subject, join(noticePrefix, g.GetReceiver())+".")
	}}
}

// NoticeGroupKey is the key of a receiver's group in its bucket, as NoticeGroupEvent
// has it.
func NoticeGroupKey(receiver, id string) string {
	return join(noticePrefix, receiver, id)[len(noticePrefix)+1:]
}

// NoticeGroup reads a receiver's group by its id, from the leader. Without one the
// record has neither value nor revision.
func (b *Bus) NoticeGroup(ctx context.Context, receiver, id string) (NoticeGroupRecord, error) {
	record, err := b.notices().get(ctx, join(noticePrefix, receiver, id))
	if err != nil {
		return NoticeGroupRecord{}, fmt.Errorf("read notice group %q of receiver %q: %w", id, receiver, err)
	}
	return record, nil
}

// PutNoticeGroup stores a group under its receiver and id, as PutIncident does. It
// has to fit into one message of NATS, 1 MiB by default.
func (b *Bus) PutNoticeGroup(ctx context.Context, id string, group *backmonv1.NoticeGroup, after uint64, ttl time.Duration) (uint64, error) {
	receiver := group.GetReceiver()
	if receiver == "" || id == "" {
		return 0, errors.New("put notice group: receiver or id is missing")
	}
	revision, err := b.notices().swap(ctx, join(noticePrefix, receiver, id), group, after, ttl)
	if err != nil {
		return 0, fmt.Errorf("put notice group %q of receiver %q: %w", id, receiver, err)
	}
	return revision, nil
}

// WatchNoticeGroups calls visit with the groups of all receivers, as WatchIncidents
// does with incidents.
func (b *Bus) WatchNoticeGroups(ctx context.Context, visit func(NoticeGroupEvent) error) error {
	return b.notices().watch(ctx, visit)
}
