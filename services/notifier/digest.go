package notifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/schedule"
	"github.com/backmon/backmon/pkg/wire"
)

// Digest is a summary that comes at set times.
type Digest struct {
	Schedule  *schedule.Schedule
	Receivers []string
}

func (d *Digest) validate(receivers map[string]bool) error {
	var problems []error
	if d.Schedule == nil {
		problems = append(problems, errors.New("the digest has no schedule"))
	}
	for _, name := range d.Receivers {
		if !receivers[name] {
			problems = append(problems, fmt.Errorf("the digest goes to the receiver %q, which there is not", name))
		}
	}
	return errors.Join(problems...)
}

// digestRetry is the pause after a digest could not be written, or while the one
// before is still on its way.
const digestRetry = time.Minute

// closedListed is how many recovered incidents a digest names.
const closedListed = 20

// digestGroup is what digests have in common, instead of a disk.
func digestGroup() map[string]string { return map[string]string{"digest": "all"} }

// digest writes a digest for each of its receivers when it is time.
func (s *Service) digest(ctx context.Context) error {
	d := s.config.Digest
	if d == nil {
		<-ctx.Done()
		return nil
	}
	for s.view.await(ctx) {
		pause := max(time.Second, time.Until(d.Schedule.Next(time.Now())))
		for _, receiver := range d.Receivers {
			done, err := s.digestFor(ctx, receiver, time.Now())
			if err != nil && !errors.Is(err, bus.ErrConflict) && ctx.Err() == nil {
				s.log.Warn("writing a digest failed; it is tried again", zap.String("receiver", receiver), zap.Error(err))
			}
			if err != nil || !done {
				pause = min(pause, digestRetry)
			}
		}
		if !rest(ctx, pause) {
			break
		}
	}
	return nil
}

// digestFor writes the digest that is due for a receiver, if there is one, and tells
// whether nothing more is to be done now. The first time it only takes note of the
// present, from which on the first digest counts.
func (s *Service) digestFor(ctx context.Context, receiver string, now time.Time) (bool, error) {
	due := s.config.Digest.Schedule.Prev(now)
	g, revision, err := s.groupOf(ctx, incident.Group{Receiver: receiver, By: digestGroup()})
	switch {
	case err != nil:
		return false, err
	case revision == 0:
		g.DigestAt = now
		return true, s.putGroup(ctx, g, 0)
	case !due.After(g.DigestAt):
		return true, nil
	case g.Pending != nil:
		return false, nil
	}
	sum, err := s.summary(ctx, g.DigestAt, due)
	if err != nil {
		return false, err
	}
	return true, s.putGroup(ctx, g.WriteDigest(sum, due, now), revision)
}

// diskKey names a disk in a digest.
type diskKey struct{ environment, disk string }

// summary sums up a period.
func (s *Service) summary(ctx context.Context, from, to time.Time) (incident.Digest, error) {
	sum := incident.Digest{From: from, To: to}
	disks := map[diskKey]*incident.DigestDisk{}
	of := func(environment, disk string) *incident.DigestDisk {
		key := diskKey{environment, disk}
		if disks[key] == nil {
			disks[key] = &incident.DigestDisk{Environment: environment, Disk: disk}
		}
		return disks[key]
	}
	if err := s.countSeries(ctx, &sum, of); err != nil {
		return sum, err
	}
	s.countIncidents(&sum, of)
	if err := s.countPurged(ctx, &sum, of); err != nil {
		return sum, err
	}
	for _, d := range disks {
		sum.Disks = append(sum.Disks, *d)
	}
	slices.SortFunc(sum.Disks, func(a, b incident.DigestDisk) int {
		return incident.Subject{Environment: a.Environment, Disk: a.Disk}.Compare(incident.Subject{Environment: b.Environment, Disk: b.Disk})
	})
	return sum, nil
}

// errReplayed ends a watch after its replay.
var errReplayed = errors.New("replayed")

// countSeries reads the last status of every series, and how its slots went.
func (s *Service) countSeries(ctx context.Context, sum *incident.Digest, of func(environment, disk string) *incident.DigestDisk) error {
	var all []backup.Status
	err := s.bus.WatchStatuses(ctx, bus.Filter{Kind: bus.EventBackup}, func(e bus.Event) error {
		switch {
		case e.Kind == bus.EventCurrent:
			return errReplayed
		case e.Kind != bus.EventBackup || e.Gone:
			return nil
		}
		status := wire.ParseStatus(e.Backup)
		status.Expired.Files = nil // not needed, and much
		all = append(all, status)
		return nil
	})
	if err != nil && !errors.Is(err, errReplayed) || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	for _, status := range all {
		d := of(status.Series.Environment, status.Series.Disk)
		d.Series++
		sum.Series++
		slots, met, err := s.slotsMet(ctx, status, sum.From, sum.To)
		if err != nil {
			return err
		}
		d.Slots += slots
		d.Met += met
	}
	return nil
}

// countIncidents counts what is open now, and what closed in the period.
func (s *Service) countIncidents(sum *incident.Digest, of func(environment, disk string) *incident.DigestDisk) {
	for _, i := range s.view.all() {
		switch {
		case i.Open():
			sum.Open++
			of(i.Subject.Environment, i.Subject.Disk).Open++
			sum.Bad = append(sum.Bad, i)
		case i.ClosedAt.After(sum.From) && !i.ClosedAt.After(sum.To) && !i.Gone:
			sum.Recovered++
			sum.Closed = append(sum.Closed, i)
		}
	}
	incident.Sort(sum.Bad)
	incident.Sort(sum.Closed)
	sum.Bad = sum.Bad[:min(len(sum.Bad), closedListed)]
	sum.Closed = sum.Closed[:min(len(sum.Closed), closedListed)]
}

// countPurged sums up what was deleted in the period.
func (s *Service) countPurged(ctx context.Context, sum *incident.Digest, of func(environment, disk string) *incident.DigestDisk) error {
	filter := bus.AuditFilter{Since: sum.From, Kinds: []bus.AuditKind{bus.AuditPurged}}
	for record, err := range s.bus.ReadAudit(ctx, filter) {
		if err != nil && record.Sequence == 0 {
			return err
		}
		m := record.Purged
		if err != nil || !wire.IsPurgeResult(m) || record.Stored.After(sum.To) {
			continue
		}
		d := of(m.GetEnvironment(), m.GetDisk())
		d.PurgedFiles += int(m.GetTotals().GetDeleted())
		d.PurgedBytes += m.GetTotals().GetFreedBytes()
	}
	return nil
}

// manySlots bounds the slots of a series that are looked at: those of a week, by
// the quarter of an hour.
const manySlots = 700

// slotsMet counts the slots of a series whose deadline was in a period, and how many
// of them were filled in time. What nobody could see is not counted.
func (s *Service) slotsMet(ctx context.Context, last backup.Status, from, to time.Time) (slots, met int, err error) {
	if last.Policy.Schedule == "" {
		return 0, 0, nil
	}
	statuses := []backup.Status{last}
	if recent := last.Files.Recent; len(recent) > 0 && recent[len(recent)-1].Time.After(from) {
		// Retention may have let go of files that filled slots of the period.
		if statuses, err = s.past(ctx, last.Series, from); err != nil {
			return 0, 0, err
		}
		statuses = append(statuses, last)
	}
	strip, err := backup.Strip(statuses, to, manySlots)
	for _, slot := range strip {
		if !slot.Deadline.After(from) || slot.Deadline.After(to) || slot.Outcome == backup.SlotUnknown || slot.Outcome == backup.SlotOpen {
			continue
		}
		slots++
		if slot.Outcome == backup.SlotMet {
			met++
		}
	}
	return slots, met, err
}

// pastReach is how long before a period its history is read: a status is published
// at least every 6 hours.
const pastReach = backup.Day

// past reads the statuses of a series in a period, and those shortly before.
func (s *Service) past(ctx context.Context, series backup.SeriesID, from time.Time) ([]backup.Status, error) {
	var statuses []backup.Status
	for record, err := range s.bus.History(ctx, wire.SeriesID(series), from.Add(-pastReach)) {
		if err != nil && record.Sequence == 0 {
			return nil, err
		}
		if err == nil {
			statuses = append(statuses, wire.ParseStatus(record.Status))
		}
	}
	return statuses, nil
}
