package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/api"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// books is one record of each kind.
func books() []bus.AuditRecord {
	at, series := timestamppb.New(boardtest.Noon), wire.SeriesID(boardtest.Status("a\xff").Series)
	return []bus.AuditRecord{
		{Sequence: 1, Purged: &backmonv1.FilesPurged{
			Environment: "prod", Disk: "db", Run: "r", At: at, Phase: backmonv1.PurgePhase_PURGE_PHASE_RESULT, Mode: backmonv1.PurgeMode_PURGE_MODE_ENFORCE, Chunk: 1, Chunks: 1,
			Totals: &backmonv1.PurgeTotals{Planned: 2, Deleted: 1, Refused: []*backmonv1.VerdictCount{{Verdict: backmonv1.PurgeVerdict_PURGE_VERDICT_HELD, Files: 1}}},
			Files: []*backmonv1.PurgedFile{
				{Series: series, Key: []byte("k\xff"), Size: 3, Verdict: backmonv1.PurgeVerdict_PURGE_VERDICT_DELETED, ModifiedAt: at, StatDeleted: true, Reason: "old"},
				{Series: series, Key: []byte("l"), Verdict: backmonv1.PurgeVerdict_PURGE_VERDICT_HELD, Until: at, Etag: "e"},
			},
		}},
		{Sequence: 2, Refused: &backmonv1.PurgeRefused{Environment: "prod", Disk: "db", At: at, Run: "r", Series: series, Reason: "LATE", Text: "the series is LATE", Files: 3}},
		{Sequence: 3, Refused: &backmonv1.PurgeRefused{Environment: "prod", Disk: "db", At: at, Reason: "frozen", Text: "frozen"}},
		{Sequence: 4},
		{Sequence: 5, Downloaded: &backmonv1.FileDownloaded{
			Environment: "prod", Disk: "db", At: at, Series: series, Key: []byte("k"), Size: 9, Sent: 9, Complete: true, Mode: backmonv1.DownloadMode_DOWNLOAD_MODE_STREAM, User: "eve", Client: "::1",
		}},
		{Sequence: 6, Notified: &backmonv1.NoticeSent{
			At: at, Notice: "n", Receiver: "mail", Kind: backmonv1.NoticeKind_NOTICE_KIND_PROBLEM, Title: "t", Attempts: 1,
			Changes: []*backmonv1.ChangeCount{{Change: backmonv1.IncidentChange_INCIDENT_CHANGE_OPENED, Incidents: 2}},
		}},
		{Sequence: 7, Unnotified: &backmonv1.NoticeFailed{At: at, Notice: "n", Receiver: "mail", Error: "refused", Attempts: 9}},
	}
}

type auditList struct {
	Records []struct {
		Kind     string
		Sequence int
	}
	Unreadable int
	Next       string
}

func (l auditList) text() string {
	var all []string
	for _, r := range l.Records {
		all = append(all, fmt.Sprint(r.Sequence, " ", r.Kind))
	}
	return strings.Join(all, ", ")
}

func TestAudit(t *testing.T) {
	f := newFixture(t, current())
	f.bus.Audit = books()
	const all = "1 purged, 2 refused, 3 refused, 5 downloaded, 6 notified, 7 unnotified"
	l := decode[auditList](t, f.get(t, "/api/v1/audit"))
	if l.text() != all || l.Unreadable != 1 || l.Next != "" {
		t.Errorf("%s, %+v", l.text(), l)
	}
	if since := time.Since(f.bus.Asked().Since); since < 7*backup.Day || since > 7*backup.Day+time.Minute {
		t.Errorf("without since it is %v", since)
	}
	f.get(t, "/api/v1/audit?env=prod&disk=db&kind=purged,refused&kind=downloaded&since=2026-01-01")
	if got := fmt.Sprint(f.bus.Asked().Environment, f.bus.Asked().Disk, f.bus.Asked().Kinds, f.bus.Asked().Since.Format(time.DateOnly)); got != "proddb[purged refused downloaded]2026-01-01" {
		t.Errorf("filter %s", got)
	}
	var seen []string
	for next := "/api/v1/audit?limit=2&kind=purged"; next != ""; {
		l := decode[auditList](t, f.get(t, next))
		seen, next = append(seen, l.text()), l.Next
	}
	if got := strings.Join(seen, ", "); got != all || len(seen) != 3 {
		t.Errorf("in parts: %s", got)
	}
	if len(f.bus.Asked().Kinds) != 1 {
		t.Errorf("the last part forgot the kinds: %v", f.bus.Asked())
	}
}

// A part is not too large, however many files a record holds.
func TestAuditInBytes(t *testing.T) {
	f := newFixture(t, current())
	for i := range 6 {
		r := bus.AuditRecord{Sequence: uint64(i + 1), Purged: &backmonv1.FilesPurged{
			Environment: "prod", Disk: "db", At: timestamppb.New(boardtest.Noon), Phase: backmonv1.PurgePhase_PURGE_PHASE_INTENT, Mode: backmonv1.PurgeMode_PURGE_MODE_DRY_RUN,
		}}
		for range 10_000 {
			r.Purged.Files = append(r.Purged.Files, &backmonv1.PurgedFile{Key: []byte(strings.Repeat("k", 100))})
		}
		f.bus.Audit = append(f.bus.Audit, r)
	}
	got := f.send(t, "GET", "/api/v1/audit", "")
	if l := decode[auditList](t, got); len(l.Records) >= 6 || l.Next == "" || len(got.body) > 8<<20 {
		t.Errorf("%d records in %d bytes", len(l.Records), len(got.body))
	}
}

func TestAuditErrors(t *testing.T) {
	f := newFixture(t, current())
	for query, want := range map[string]string{
		"?disk=db":           "disk: needs the environment beside it (env)",
		"?kind=purge":        `kind: "purge" is no kind of record: purged, refused, downloaded, notified, unnotified`,
		"?since=whenever":    `since: "whenever" is not how long ago`,
		"?after_sequence=-1": `after_sequence: "-1" is not a number`,
		"?limit=5000":        `limit: "5000" is not a number from 1 to 1000`,
		"?page=2":            "page: is no parameter here",
	} {
		wantProblem(t, f.get(t, "/api/v1/audit"+query), 400, want)
	}
	f.bus.Audit, f.bus.Err = books(), bus.ErrDisconnected
	wantProblem(t, f.get(t, "/api/v1/audit"), 503, "NATS")
}

func TestPurge(t *testing.T) {
	expired := func(group string, files, listed int, change func(*backup.Status)) bus.Event {
		s := boardtest.Status(group)
		s.Files.Count, s.Expired.Count, s.Expired.Bytes = files, listed, int64(listed)
		for i := range listed {
			s.Expired.Files = append(s.Expired.Files, backup.ExpiredFile{Key: fmt.Sprint(group, "/", i), Size: 1, Time: boardtest.Noon, Reason: "beyond the 7 newest"})
		}
		if change != nil {
			change(&s)
		}
		return boardtest.SeriesEvent(s)
	}
	disk := boardtest.Disk("db")
	disk.EvaluatedAt = timestamppb.Now()
	frozen := boardtest.Disk("frozen")
	frozen.EvaluatedAt, frozen.PurgeFrozen = timestamppb.Now(), "12 files vanished"
	f := newFixtureWith(t, api.Config{Purging: api.Purging{Mode: "enforce", MaxShare: 0.1, Interval: time.Hour}},
		boardtest.DiskEvent(disk), boardtest.DiskEvent(frozen),
		expired("free", 300, 100, nil), expired("few", 20, 3, nil), expired("held", 20, 3, nil),
		expired("late", 20, 3, func(s *backup.Status) { s.State, s.Severity = backup.Late, backup.SeverityWarning }),
		expired("frozen", 20, 3, func(s *backup.Status) { s.Series.Disk = "frozen" }),
		expired("kept", 20, 0, func(s *backup.Status) { s.Policy.Purge = false }), current())
	decode[order](t, f.ask(t, "POST", "/api/v1/holds", `{"group":"held","why":"legal case","by":"eve"}`))
	type item struct {
		Group        string
		ExpiredFiles int `json:"expired_files"`
		Blocked      []struct{ Code, Text string }
		NextFiles    int `json:"next_files"`
		Next         []struct{ Key, Reason string }
	}
	answer := decode[struct {
		Mode     string
		MaxShare float64 `json:"max_share"`
		Total    int
		Series   []item
	}](t, f.get(t, "/api/v1/purge?sort=name"))
	var got []string
	for _, s := range answer.Series {
		var codes []string
		for _, b := range s.Blocked {
			codes = append(codes, b.Code)
		}
		got = append(got, fmt.Sprintf("%s %d%v %d %d", s.Group, s.ExpiredFiles, codes, s.NextFiles, len(s.Next)))
	}
	if text, want := strings.Join(got, ", "), "few 3[] 3 3, free 100[] 30 20, held 3[hold] 3 3, late 3[LATE] 3 3, frozen 3[frozen] 3 3"; text != want {
		t.Errorf("%s\nwant %s", text, want)
	}
	if answer.Mode != "enforce" || answer.MaxShare != 0.1 || answer.Total != 5 {
		t.Errorf("%+v", answer)
	}
	if l := decode[list](t, f.get(t, "/api/v1/purge?disk=frozen&limit=1")); l.Total != 1 || l.Next != "" {
		t.Errorf("of one disk: %+v", l)
	}
}
