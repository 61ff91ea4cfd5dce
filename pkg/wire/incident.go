package wire

import (
	"maps"
	"slices"

	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/incident"
)

// Incident turns an incident into its message.
func Incident(i incident.Incident) *backmonv1.Incident {
	return &backmonv1.Incident{
		Subject: SeriesID(i.Subject), Id: Text(i.ID), StatusSequence: i.Sequence, State: backmonv1.State(i.State),
		Flags: each(i.Flags, Text), Severity: severity(i.Severity), Worst: severity(i.Worst), Reasons: each(i.Reasons, reason),
		Labels: texts(i.Labels), OpenedAt: Stamp(i.OpenedAt), ChangedAt: Stamp(i.ChangedAt), ClosedAt: Stamp(i.ClosedAt),
		Facts: facts(i.Facts), Unseen: i.Unseen, Turns: each(i.Turns, Stamp), Flapping: i.Flapping, Gone: i.Gone,
	}
}

// ParseIncident is the inverse of Incident. No message at all is the zero incident.
func ParseIncident(m *backmonv1.Incident) incident.Incident {
	return incident.Incident{
		Subject: ParseSeriesID(m.GetSubject()), ID: m.GetId(), Sequence: m.GetStatusSequence(),
		State: backup.State(known(m.GetState(), backmonv1.State_name)),
		Flags: slices.Clone(m.GetFlags()), Severity: parseSeverity(m.GetSeverity()), Worst: parseSeverity(m.GetWorst()),
		Reasons: each(m.GetReasons(), parseReason), Labels: m.GetLabels(), OpenedAt: instant(m.GetOpenedAt()),
		ChangedAt: instant(m.GetChangedAt()), ClosedAt: instant(m.GetClosedAt()), Facts: parseFacts(m.GetFacts()),
		Unseen: m.GetUnseen(), Turns: each(m.GetTurns(), instant), Flapping: m.GetFlapping(), Gone: m.GetGone(),
	}
}

func facts(f incident.Facts) *backmonv1.IncidentFacts {
	if f == (incident.Facts{}) {
		return nil
	}
	return &backmonv1.IncidentFacts{
		Schedule: Text(f.Schedule), Timezone: Text(f.Timezone), Expected: Stamp(f.Expected), Deadline: Stamp(f.Deadline),
		NextDeadline: Stamp(f.NextDeadline), Missed: int64(f.Missed), LatestKey: []byte(f.LatestKey), LatestSize: f.LatestSize,
		LatestAt: Stamp(f.LatestAt), SeenAt: Stamp(f.SeenAt),
	}
}

func parseFacts(m *backmonv1.IncidentFacts) incident.Facts {
	return incident.Facts{
		Schedule: m.GetSchedule(), Timezone: m.GetTimezone(), Expected: instant(m.GetExpected()), Deadline: instant(m.GetDeadline()),
		NextDeadline: instant(m.GetNextDeadline()), Missed: int(m.GetMissed()), LatestKey: string(m.GetLatestKey()),
		LatestSize: m.GetLatestSize(), LatestAt: instant(m.GetLatestAt()), SeenAt: instant(m.GetSeenAt()),
	}
}

// Match turns a match into its message.
func Match(m incident.Match) *backmonv1.IncidentMatch {
	out := &backmonv1.IncidentMatch{
		Environments: each(m.Environments, Text), Disks: each(m.Disks, Text), Directories: each(m.Directories, Text),
		Files: each(m.Files, Text), Groups: each(m.Groups, func(group string) []byte { return []byte(group) }),
		Severities: each(m.Severities, severity),
		States:     each(m.States, func(s backup.State) backmonv1.State { return backmonv1.State(s) }),
	}
	for _, name := range slices.Sorted(maps.Keys(m.Labels)) {
		out.Labels = append(out.Labels, &backmonv1.LabelMatch{Name: Text(name), Values: each(m.Labels[name], Text)})
	}
	return out
}

// ParseMatch is the inverse of Match. A severity or state that this version doesn't
// know stays in its list and matches nothing: without it the list might be empty,
// and match everything.
func ParseMatch(m *backmonv1.IncidentMatch) incident.Match {
	out := incident.Match{
		Environments: slices.Clone(m.GetEnvironments()), Disks: slices.Clone(m.GetDisks()), Directories: slices.Clone(m.GetDirectories()),
		Files: slices.Clone(m.GetFiles()), Groups: each(m.GetGroups(), func(group []byte) string { return string(group) }),
		Severities: each(m.GetSeverities(), func(s backmonv1.Severity) backup.Severity { return backup.Severity(s - 1) }),
		States:     each(m.GetStates(), func(s backmonv1.State) backup.State { return backup.State(s) }),
	}
	for _, l := range m.GetLabels() {
		if out.Labels == nil {
			out.Labels = map[string][]string{}
		}
		out.Labels[l.GetName()] = append(out.Labels[l.GetName()], l.GetValues()...)
	}
	return out
}

// Silence turns a silence into its message.
func Silence(s incident.Silence) *backmonv1.Silence {
	return &backmonv1.Silence{
		Id: Text(s.ID), Match: Match(s.Match), By: Text(s.By), Why: Text(s.Why), Since: Stamp(s.Since), Until: Stamp(s.Until),
	}
}

// ParseSilence is the inverse of Silence.
func ParseSilence(m *backmonv1.Silence) incident.Silence {
	return incident.Silence{
		ID: m.GetId(), Match: ParseMatch(m.GetMatch()), By: m.GetBy(), Why: m.GetWhy(), Since: instant(m.GetSince()), Until: instant(m.GetUntil()),
	}
}
