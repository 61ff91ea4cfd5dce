package bus

import (
	"context"
	"fmt"
	"time"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// IncidentRecord is the incident of a series or disk as it is stored.
type IncidentRecord = Entry[*backmonv1.Incident]

// IncidentEvent is one step of a watch of incidents.
type IncidentEvent = EntryEvent[*backmonv1.Incident]

func (b *Bus) incidents() bucket[*backmonv1.Incident] {
	return bucket[*backmonv1.Incident]{b, StreamIncidents, incidentPrefix, "incident", func(i *backmonv1.Incident, subject string) bool {
		return incidentSubject(i.GetSubject()) == subject
	}}
}

func incidentSubject(of *backmonv1.SeriesId) string {
	return join(incidentPrefix, of.GetEnvironment(), of.GetDisk(), of.GetDirectory(), of.GetFile(), string(of.GetGroup()))
}

// IncidentKey is the key of a series' incident, or of a disk's, in its bucket, as
// IncidentEvent has it.
func IncidentKey(of *backmonv1.SeriesId) string {
	return incidentSubject(of)[len(incidentPrefix)+1:]
}

// Incident reads the incident of a series, or of a disk, which has no directory,
// file and group, from the leader. Without one the record has neither value nor
// revision.
func (b *Bus) Incident(ctx context.Context, of *backmonv1.SeriesId) (IncidentRecord, error) {
	record, err := b.incidents().get(ctx, incidentSubject(of))
	if err != nil {
		return IncidentRecord{}, fmt.Errorf("read incident %q: %w", record.Key, err)
	}
	return record, nil
}

// PutIncident stores an incident after the one that the writer has seen, by its
// revision, 0 for none, and returns the new revision. The error wraps ErrConflict
// when another one was stored in between: even then this one may have been stored
// and overwritten, when an acknowledgement was lost. The server removes it after
// ttl, in whole seconds; never when that is 0.
func (b *Bus) PutIncident(ctx context.Context, incident *backmonv1.Incident, after uint64, ttl time.Duration) (uint64, error) {
	revision, err := b.incidents().swap(ctx, incidentSubject(incident.GetSubject()), incident, after, ttl)
	if err != nil {
		return 0, fmt.Errorf("put incident %q: %w", IncidentKey(incident.GetSubject()), err)
	}
	return revision, nil
}

// WatchIncidents calls visit with each incident, with EventCurrent when those that
// were there are through, then with every change, as WatchStatuses does with
// statuses. Of several changes in a row only the last may come.
func (b *Bus) WatchIncidents(ctx context.Context, visit func(IncidentEvent) error) error {
	return b.incidents().watch(ctx, visit)
}
