package notifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
)

const (
	// observers is how many statuses are looked at side by side.
	observers = 16
	// observeDeadline bounds the work that one status gives.
	observeDeadline = time.Minute
	// sweepInterval is how often open incidents are looked at unasked: the end of a
	// subject may have come and gone while no notifier was there.
	sweepInterval = time.Hour
	// remembered is how long a closed incident is kept: the turns of a weekly backup
	// count for 20 weeks.
	remembered = 180 * backup.Day
)

// observe takes each status that changes as a hint to look at its subject.
func (s *Service) observe(ctx context.Context) error {
	options := bus.ConsumeOptions{Workers: observers, Deadline: observeDeadline}
	return s.bus.ConsumeStatuses(ctx, options, func(ctx context.Context, job bus.StatusJob) error {
		return s.look(ctx, subjectOf(job))
	})
}

func subjectOf(job bus.StatusJob) incident.Subject {
	if job.Disk != nil {
		return incident.Subject{Environment: job.Disk.GetEnvironment(), Disk: job.Disk.GetDisk()}
	}
	return wire.ParseSeriesID(job.Backup.GetSeries())
}

// look brings a subject's incident in step with its last status. It doesn't trust
// the event that it was called for, which may be old or come twice: it asks the
// leader, and after it has written it asks again, for a status that came meanwhile
// may have found no incident to close.
func (s *Service) look(ctx context.Context, subject incident.Subject) error {
	for {
		observed, err := s.lastOf(ctx, subject)
		if err != nil {
			return err
		}
		wrote, err := s.judge(ctx, subject, observed)
		if errors.Is(err, bus.ErrConflict) {
			continue
		}
		if err != nil || !wrote {
			return err
		}
		again, err := s.lastOf(ctx, subject)
		if err != nil || again.Sequence == observed.Sequence {
			return err
		}
	}
}

// lastOf reads what the last status says; the zero Sequence says that there is none.
func (s *Service) lastOf(ctx context.Context, subject incident.Subject) (incident.Observation, error) {
	if incident.OfDisk(subject) {
		record, err := s.bus.LeaderDiskStatus(ctx, subject.Environment, subject.Disk)
		if err != nil || record.Sequence == 0 {
			return incident.Observation{}, err
		}
		return wire.DiskObservation(record.Status, record.Sequence), nil
	}
	record, err := s.bus.LastStatus(ctx, wire.SeriesID(subject))
	if err != nil || record.Sequence == 0 {
		return incident.Observation{}, err
	}
	return wire.SeriesObservation(record.Status, record.Sequence), nil
}

// judge applies an observation to the subject's incident, and tells whether that
// changed it.
func (s *Service) judge(ctx context.Context, subject incident.Subject, observed incident.Observation) (bool, error) {
	record, err := s.bus.Incident(ctx, wire.SeriesID(subject))
	if err != nil {
		return false, err
	}
	before := wire.ParseIncident(record.Value)
	switch {
	case observed.Sequence == 0 && !before.Open():
		return false, nil
	case observed.Sequence == 0: // its tombstone has come and gone
		observed = incident.Observation{Subject: subject, Sequence: before.Sequence + 1, At: time.Now(), Gone: true}
	case observed.Sequence < before.Sequence && observed.At.After(before.ChangedAt): // the stream was made anew
		before.Sequence = 0
	}
	after, changed := before.Apply(observed)
	if !changed {
		return false, nil
	}
	revision, err := s.bus.PutIncident(ctx, wire.Incident(after), record.Revision, keepFor(after))
	if err != nil {
		return false, err
	}
	s.view.setIncident(after, revision)
	if after.Open() != before.Open() || after.Content() != before.Content() {
		s.log.Info("incident", zap.Stringer("series", subject), zap.String("run", after.ID), zap.Bool("open", after.Open()),
			zap.Stringer("state", after.State), zap.Stringer("severity", after.Severity), zap.Bool("flapping", after.Flapping))
	}
	return true, nil
}

// keepFor is how long an incident is kept: for ever while there is something to come
// of it, which is the end of flapping, too.
func keepFor(i incident.Incident) time.Duration {
	if i.Open() || i.Flapping {
		return 0
	}
	return remembered
}

// sweep looks at open incidents unasked.
func (s *Service) sweep(ctx context.Context) error {
	for s.view.await(ctx) {
		for _, i := range s.view.all() {
			if !i.Open() {
				continue
			}
			if err := s.look(ctx, i.Subject); err != nil && ctx.Err() == nil {
				s.log.Warn("looking at an open incident failed; it is tried again later", zap.Error(fmt.Errorf("incident of %q: %w", i.Subject, err)))
			}
		}
		if !rest(ctx, sweepInterval) {
			break
		}
	}
	return nil
}
