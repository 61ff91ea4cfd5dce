package pagetest

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/incident"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/gatewaytest"
)

// Storied is a bus with a past that fits to the board Bad: holds, silences,
// incidents, records of the purger, and the history of some series.
func Storied(now time.Time) *gatewaytest.Bus {
	b := &gatewaytest.Bus{Past: map[backup.SeriesID][]backup.Status{}}
	lost := backup.SeriesID{Environment: "prod", Disk: "databases", Directory: "postgres", File: "nightly", Group: "postgres/lost-ltd"}
	tellHistory(b, lost, now, 5, 40)
	late := lost
	late.Group = "postgres/late-inc"
	tellHistory(b, late, now, 1, 40)
	acme := lost
	acme.Group = "postgres/acme"
	tellHistory(b, acme, now, 0, 40)
	ctx := context.Background()
	_ = b.PutHold(ctx, wire.Hold(backup.Hold{ID: "k3v5txa2qd", Environment: "prod", Disk: "databases", Directory: "postgres", Group: "postgres/acme", By: "eve", Why: "restore of ticket 4711 under way", Since: now.Add(-2 * time.Hour), Until: now.Add(10 * time.Hour)}))
	_ = b.PutHold(ctx, wire.Hold(backup.Hold{ID: "b6wq2ztn4e", Environment: "office", By: "ops", Why: "legal hold until the auditors have left", Since: now.Add(-300 * time.Hour)}))
	_ = b.PutSilence(ctx, wire.Silence(incident.Silence{ID: "x2m4kd7r3a", Match: incident.Match{Environments: []string{"dr-site"}, Labels: map[string][]string{"team": {"platform", "db"}}}, By: "ops", Why: "the line to the DR site is being moved", Since: now.Add(-time.Hour), Until: now.Add(5 * time.Hour)}))
	tellIncidents(b, now, lost, late)
	tellAudit(b, now, acme, lost)
	return b
}

// tellHistory makes the statuses of a series whose backups stopped so many nights ago.
func tellHistory(b *gatewaytest.Bus, id backup.SeriesID, now time.Time, stopped, nightsBack int) {
	for night := nightsBack; night >= 0; night-- {
		at := now.Add(-time.Duration(night)*backup.Day - 10*time.Minute)
		d := Disk{Environment: id.Environment, Name: id.Disk, Definitions: databases, Now: at, Files: nights(id.Group, now, stopped, 60, 30*mebibyte)}
		files := d.Files
		d.Files = nil
		for _, f := range files {
			if !f.ModifiedAt.After(at) && at.Sub(f.ModifiedAt) < 30*backup.Day {
				d.Files = append(d.Files, f)
			}
		}
		for _, e := range d.Evaluate() {
			if s := wire.ParseStatus(e.Backup); e.Kind == bus.EventBackup && s.Series == id {
				b.Past[id] = append(b.Past[id], s)
			}
		}
	}
}

func tellIncidents(b *gatewaytest.Bus, now time.Time, of ...backup.SeriesID) {
	told := map[uint64]incident.Told{}
	add := func(i incident.Incident) {
		m := wire.Incident(i)
		b.Events = append(b.Events, bus.IncidentEvent{Kind: bus.EventEntry, Entry: bus.Entry[*backmonv1.Incident]{Key: bus.IncidentKey(m.GetSubject()), Value: m}})
	}
	for n, id := range of {
		i := incident.Incident{
			Subject: id, ID: fmt.Sprint("incident-", n), State: backup.Late, Severity: backup.SeverityWarning, Worst: backup.SeverityWarning,
			OpenedAt: now.Add(-22 * time.Hour), ChangedAt: now.Add(-22 * time.Hour),
			Reasons: []backup.Reason{{Code: "LATE", Text: `expected a backup by 03:00 UTC (schedule "0 2 * * *"), 1 deadline missed`}},
		}
		add(i)
		told[incident.Key(id)] = incident.Told{Content: i.Content(), Severity: i.Severity}
	}
	add(incident.Incident{
		Subject: backup.SeriesID{Environment: "dr-site", Disk: "offsite"}, ID: "incident-disk", State: backup.Unknown, Severity: backup.SeverityUnknown, Worst: backup.SeverityUnknown,
		OpenedAt: now.Add(-3 * time.Hour), ChangedAt: now.Add(-3 * time.Hour), Reasons: []backup.Reason{{Code: "ACCESS_DENIED", Text: `list bucket "offsite": access denied`}},
	})
	over := of[0]
	over.Group = "postgres/wayne"
	add(incident.Incident{Subject: over, ID: "incident-over", Severity: backup.SeverityOK, Worst: backup.SeverityCritical, OpenedAt: now.Add(-70 * time.Hour), ChangedAt: now.Add(-46 * time.Hour), ClosedAt: now.Add(-46 * time.Hour)})
	group := wire.NoticeGroup(incident.Group{Receiver: "ops-mail", Told: told, WrittenAt: now.Add(-22 * time.Hour), Written: 2})
	b.Groups = append(b.Groups, bus.NoticeGroupEvent{Kind: bus.EventEntry, Entry: bus.Entry[*backmonv1.NoticeGroup]{Key: "ops-mail.x", Value: group}})
}

func tellAudit(b *gatewaytest.Bus, now time.Time, acme, lost backup.SeriesID) {
	at := timestamppb.New(now.Add(-40 * time.Minute))
	b.Audit = append(b.Audit,
		bus.AuditRecord{Sequence: 1, Refused: &backmonv1.PurgeRefused{
			Environment: lost.Environment, Disk: lost.Disk, Series: wire.SeriesID(lost), Run: "R0", At: timestamppb.New(now.Add(-70 * time.Hour)), Reason: "MISSING", Files: 11,
			Text: "the series is MISSING: 5 deadlines missed",
		}},
		bus.AuditRecord{Sequence: 2, Purged: &backmonv1.FilesPurged{
			Environment: acme.Environment, Disk: acme.Disk, Run: "R1", Phase: backmonv1.PurgePhase_PURGE_PHASE_INTENT, Mode: backmonv1.PurgeMode_PURGE_MODE_ENFORCE, Chunk: 1, Chunks: 1, At: at,
			Totals: &backmonv1.PurgeTotals{Planned: 2, PlannedBytes: 90 * mebibyte},
		}},
		bus.AuditRecord{Sequence: 3, Purged: &backmonv1.FilesPurged{
			Environment: acme.Environment, Disk: acme.Disk, Run: "R1", Phase: backmonv1.PurgePhase_PURGE_PHASE_RESULT, Mode: backmonv1.PurgeMode_PURGE_MODE_ENFORCE, Chunk: 1, Chunks: 1, At: at,
			Totals: &backmonv1.PurgeTotals{Planned: 2, PlannedBytes: 90 * mebibyte, Deleted: 1, FreedBytes: 45 * mebibyte, Refused: []*backmonv1.VerdictCount{{Verdict: backmonv1.PurgeVerdict_PURGE_VERDICT_CHANGED, Files: 1}}},
			Files: []*backmonv1.PurgedFile{
				{Series: wire.SeriesID(acme), Key: []byte("postgres/acme/dump-20261020.sql.gz"), Size: 45 * mebibyte, Verdict: backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED, Reason: "of 2026-10-20 02:07 UTC, beyond the 7 newest, older than 14d"},
				{Series: wire.SeriesID(acme), Key: []byte("postgres/acme/dump-20261021.sql.gz"), Size: 45 * mebibyte, Verdict: backmonv1.PurgeVerdict_PURGE_VERDICT_CHANGED, Reason: "it is not the file that was decided on any more"},
			},
		}},
	)
}
