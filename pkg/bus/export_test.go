package bus

import (
	"context"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// PublishTwice publishes one and the same event twice, as after an
// acknowledgement that was lost.
func (b *Bus) PublishTwice(ctx context.Context, status *backmonv1.BackupStatus, after Revision) ([2]Outcome, error) {
	var outcomes [2]Outcome
	w, err := b.backupWrite(ctx, status, after)
	for i := range outcomes {
		if err != nil {
			return outcomes, err
		}
		w.after = after
		outcomes[i], err = b.publishStatus(ctx, w)
	}
	return outcomes, err
}

// PutIncidentTwice puts one and the same incident twice after the same revision, as
// after an acknowledgement that was lost.
func (b *Bus) PutIncidentTwice(ctx context.Context, incident *backmonv1.Incident, after uint64) (revisions [2]uint64, err error) {
	k := b.incidents()
	msg, err := k.message(ctx, incidentSubject(incident.GetSubject()), incident, 0)
	for i := range revisions {
		s := &swap{stream: k.stream, msg: msg, after: after}
		if err == nil {
			err = b.persist(ctx, k.stream, func(ctx context.Context) error { return s.try(ctx, b) })
		}
		if err == nil && s.lost {
			err = ErrConflict
		}
		revisions[i] = s.revision
	}
	return revisions, err
}

// LastPurgedWithin is LastPurged with a window of its own.
func (b *Bus) LastPurgedWithin(ctx context.Context, env, disk string, window time.Duration) ([]PurgeRun, error) {
	return b.lastPurged(ctx, env, disk, window)
}

// CheckVersion is checkVersion without the number.
func CheckVersion(text, address string) error {
	_, err := checkVersion(text, address)
	return err
}

// Subject and Matches are those of the filter.
func (f Filter) Subject() string             { return f.subject() }
func (f Filter) Matches(subject string) bool { return f.matches(subject) }

// Reason is reason.
var Reason = reason
