package report_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/goldentest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/cmd/report"
)

func audited(group, key string, verdict backmonv1.PurgeVerdict, reason string, settings ...func(*backmonv1.PurgedFile)) *backmonv1.PurgedFile {
	f := &backmonv1.PurgedFile{
		Series: &backmonv1.SeriesId{Environment: "prod", Disk: "db", Directory: "db", File: "full", Group: []byte(group)},
		Key:    []byte(key), Size: 3 << 20, ModifiedAt: timestamppb.New(noon.AddDate(0, -1, 0)), Etag: "abc", Verdict: verdict, Reason: reason,
	}
	for _, set := range settings {
		set(f)
	}
	return f
}

type phase = backmonv1.PurgePhase

const (
	intent = backmonv1.PurgePhase_PURGE_PHASE_INTENT
	result = backmonv1.PurgePhase_PURGE_PHASE_RESULT
)

func purgeRecord(run string, p phase, mode backmonv1.PurgeMode, totals *backmonv1.PurgeTotals, files ...*backmonv1.PurgedFile) bus.AuditRecord {
	return bus.AuditRecord{Sequence: 7, Stored: noon, Purged: &backmonv1.FilesPurged{
		Environment: "prod", Disk: "db", Run: run, Phase: p, Mode: mode, Chunk: 1, Chunks: 1, At: timestamppb.New(noon), Totals: totals, Files: files,
	}}
}

func refusal(reason, text string, files int64, series *backmonv1.SeriesId) bus.AuditRecord {
	return bus.AuditRecord{Sequence: 8, Stored: noon, Refused: &backmonv1.PurgeRefused{
		Environment: "prod", Disk: "db", Run: "R", At: timestamppb.New(noon), Reason: reason, Text: text, Files: files, Series: series,
	}}
}

func download(mode backmonv1.DownloadMode, sent int64, complete bool, user, key string) bus.AuditRecord {
	return bus.AuditRecord{Sequence: 9, Stored: noon, Downloaded: &backmonv1.FileDownloaded{
		Environment: "prod", Disk: "db", Series: &backmonv1.SeriesId{Directory: "db", File: "full", Group: []byte("db/a")},
		Key: []byte(key), Size: 3 << 20, Sent: sent, Mode: mode, Complete: complete, User: user, Client: "192.0.2.7", At: timestamppb.New(noon),
	}}
}

func noticeSent(environment, disk string, kind backmonv1.NoticeKind, attempts int32, changes ...*backmonv1.ChangeCount) bus.AuditRecord {
	return bus.AuditRecord{Sequence: 10, Stored: noon, Notified: &backmonv1.NoticeSent{
		Environment: environment, Disk: disk, Notice: "N-1", Receiver: "ops", Kind: kind, At: timestamppb.New(noon), Attempts: attempts,
		Changes: changes, Title: "prod:db: 2 backups are late",
	}}
}

func noticeFailed(title, cause string, attempts int32) bus.AuditRecord {
	return bus.AuditRecord{Sequence: 11, Stored: noon, Unnotified: &backmonv1.NoticeFailed{
		Environment: "prod", Disk: "db", Notice: "N-2", Receiver: "chat", Kind: backmonv1.NoticeKind_NOTICE_KIND_RESOLVED,
		At: timestamppb.New(noon), Attempts: attempts, Changes: []*backmonv1.ChangeCount{changed(closed, 1)}, Title: title, Error: cause,
	}}
}

func changed(change backmonv1.IncidentChange, incidents int64) *backmonv1.ChangeCount {
	return &backmonv1.ChangeCount{Change: change, Incidents: incidents}
}

const (
	opened = backmonv1.IncidentChange_INCIDENT_CHANGE_OPENED
	closed = backmonv1.IncidentChange_INCIDENT_CHANGE_CLOSED
)

// records is one of everything that the books may hold.
func records() []bus.AuditRecord {
	const (
		none    = backmonv1.PurgeVerdict_PURGE_VERDICT_UNSPECIFIED
		deleted = backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED
		held    = backmonv1.PurgeVerdict_PURGE_VERDICT_HELD
		absent  = backmonv1.PurgeVerdict_PURGE_VERDICT_ABSENT
		planned = backmonv1.PurgeVerdict_PURGE_VERDICT_PLANNED
		enforce = backmonv1.PurgeMode_PURGE_MODE_ENFORCE
		dryRun  = backmonv1.PurgeMode_PURGE_MODE_DRY_RUN
		stream  = backmonv1.DownloadMode_DOWNLOAD_MODE_STREAM
		link    = backmonv1.DownloadMode_DOWNLOAD_MODE_LINK
	)
	old := "of 2025-12-15 12:00 UTC, beyond the 3 newest"
	until := func(f *backmonv1.PurgedFile) { f.Until = timestamppb.New(noon.AddDate(0, 1, 0)) }
	stat := func(f *backmonv1.PurgedFile) { f.StatDeleted = true }
	two := &backmonv1.PurgeTotals{Planned: 2, PlannedBytes: 6 << 20}
	all := &backmonv1.PurgeTotals{Planned: 2, PlannedBytes: 6 << 20, Deleted: 2, FreedBytes: 6 << 20}
	some := &backmonv1.PurgeTotals{Planned: 3, PlannedBytes: 9 << 20, Deleted: 1, FreedBytes: 3 << 20, Refused: []*backmonv1.VerdictCount{{Verdict: absent, Files: 1}, {Verdict: held, Files: 1}}}
	second := purgeRecord("CHUNKED", result, enforce, all, audited("db/a", "db/a/5", deleted, old))
	second.Purged.Chunk, second.Purged.Chunks = 2, 2
	return []bus.AuditRecord{
		purgeRecord("DRY", result, dryRun, two, audited("db/a", "db/a/1", planned, old), audited("db/a", "db/a/2", planned, old)),
		refusal("LATE", "the series is LATE: expected a backup", 4, &backmonv1.SeriesId{Directory: "db", File: "full", Group: []byte("db/late")}),
		purgeRecord("GOOD", intent, enforce, two, audited("db/a", "db/a/1", none, old), audited("db/a", "db/a/2", none, old)),
		purgeRecord("GOOD", result, enforce, all, audited("db/a", "db/a/1", deleted, old, stat), audited("db/a", "db/a/2", deleted, old)),
		purgeRecord("SOME", result, enforce, some, audited("db/a", "db/a/1", deleted, old), audited("db/b", "db/b/2", held, "locked", until), audited("db/b", "db/b/3", absent, "it was gone")),
		purgeRecord("CHUNKED", result, enforce, all, audited("db/a", "db/a/4", deleted, old)),
		second,
		refusal("mass_delete", "12 of 40 files are gone", 0, nil),
		refusal("", "", 0, nil),
		purgeRecord("CRASHED", intent, enforce, two, audited("db/a", "db/a/8", none, old), audited("db/a", "db/a/9", none, old)),
		refusal("\x1b", "\x1b]0;t\x07 \u202e\n", 1, &backmonv1.SeriesId{Directory: "\x1b[2J", File: "f", Group: []byte("\xff\n")}),
		download(stream, 3<<20, true, "alice", "db/a/1"),
		download(stream, 1<<20, true, "", "db/a/1"),
		download(stream, 1<<20, false, "alice", "db/a/1"),
		download(link, 0, true, "alice", "db/a/1"),
		download(stream, 0, false, "\x1b[2J\u202e", "k\xff\n"),
		noticeSent("prod", "db", backmonv1.NoticeKind_NOTICE_KIND_PROBLEM, 1, changed(opened, 2), changed(closed, 1)),
		noticeSent("prod", "", backmonv1.NoticeKind_NOTICE_KIND_REMINDER, 3, changed(backmonv1.IncidentChange_INCIDENT_CHANGE_CONTINUES, 7)),
		noticeSent("", "", backmonv1.NoticeKind_NOTICE_KIND_DIGEST, 1),
		noticeFailed("prod:db: all is well", "post: connection refused", 31),
		noticeFailed("\x1b[2J\u202e", "a\nb", 1),
		purgeRecord("\x1bW", result, enforce, all, audited("\xff\x1b", "\x1b[31mk\n\xff"+strings.Repeat("deep/", 20), deleted, "w\x07")),
	}
}

func auditLog(t *testing.T, colour bool, records ...bus.AuditRecord) string {
	return written(t, func(b *strings.Builder) error {
		l := report.NewAuditLog(b, colour)
		for _, r := range records {
			if err := l.Add(r); err != nil {
				return err
			}
		}
		return l.End()
	})
}

func auditJSON(t *testing.T) string {
	return written(t, func(b *strings.Builder) error {
		for _, r := range records() {
			if err := report.AuditJSON(b, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestAuditGolden(t *testing.T) {
	goldentest.Compare(t, "audit.txt", auditLog(t, false, records()...))
	goldentest.Compare(t, "audit-coloured.txt", auditLog(t, true, records()...))
	goldentest.Compare(t, "audit.jsonl", auditJSON(t))
}

// A run's intent is shown only while there is no result.
func TestAuditIntents(t *testing.T) {
	begun := records()[2]
	ended := records()[3]
	if text := auditLog(t, false, begun, ended); strings.Contains(text, "INTENT") || !strings.Contains(text, "2 of 2 files (6.0 MiB) deleted") {
		t.Errorf("a run with its result:\n%s", text)
	}
	if text := auditLog(t, false, begun); !strings.Contains(text, "INTENT") || !strings.Contains(text, "about to be deleted") {
		t.Errorf("a run without its result:\n%s", text)
	}
}

func TestAuditShown(t *testing.T) {
	l := report.NewAuditLog(&strings.Builder{}, false)
	if l.Shown() != 0 {
		t.Error("something is shown before anything came")
	}
	if err := l.Add(records()[2]); err != nil || l.Shown() != 0 {
		t.Errorf("an intent: error %v, %d shown", err, l.Shown())
	}
	if err := l.End(); err != nil || l.Shown() != 1 {
		t.Errorf("at the end: error %v, %d shown", err, l.Shown())
	}
}

func TestAuditIsSafe(t *testing.T) {
	text := auditLog(t, false, records()...)
	for _, bad := range []string{"\x1b", "\x07", "\u202e", "\xff"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q gets through", bad)
		}
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "2026-01-15 12:00:00  ") {
			t.Errorf("a name broke a line: %q", line)
		}
	}
}

func TestAuditJSONLines(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(auditJSON(t)), "\n")
	if len(lines) != len(records()) {
		t.Fatalf("%d lines for %d records", len(lines), len(records()))
	}
	kinds := map[string]int{}
	for _, line := range lines {
		var record struct {
			Kind string
			At   time.Time
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil || !record.At.Equal(noon) {
			t.Errorf("%s: %v", line, err)
		}
		kinds[record.Kind]++
	}
	if kinds["purged"] != 8 || kinds["refused"] != 4 || kinds["downloaded"] != 5 || kinds["notified"] != 3 || kinds["unnotified"] != 2 {
		t.Errorf("kinds %v", kinds)
	}
}

func TestAuditWriteErrors(t *testing.T) {
	l := report.NewAuditLog(broken{}, false)
	for i, r := range []bus.AuditRecord{records()[0], records()[1]} {
		if err := l.Add(r); !errors.Is(err, errBroken) {
			t.Errorf("record %d: error %v", i, err)
		}
	}
	if err := l.Add(records()[2]); err != nil {
		t.Errorf("an intent is not written yet: %v", err)
	}
	if err := l.End(); !errors.Is(err, errBroken) {
		t.Errorf("at the end: error %v", err)
	}
	if err := report.AuditJSON(broken{}, records()[0]); !errors.Is(err, errBroken) {
		t.Errorf("json: error %v", err)
	}
}
