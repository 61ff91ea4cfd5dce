package gateway_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	"github.com/backmon/backmon/pkg/goldentest"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
	"github.com/backmon/backmon/services/tooltest"
)

const rulesFile = "../../deploy/prometheus/rules.yaml"

// sound is a disk without any trouble.
func sound(change func(*backmonv1.DiskStatus)) bus.Event {
	d := boardtest.Disk("db")
	d.Problems, d.Totals.QuotaBytes = nil, 10<<30
	change(d)
	return boardtest.DiskEvent(d)
}

func unchanged(*backmonv1.DiskStatus) {}

func series(change func(*backup.Status)) bus.Event {
	s := boardtest.Status("postgres/a")
	change(&s)
	return boardtest.SeriesEvent(s)
}

// lasting is what one gateway answers for that long, up to now.
func lasting(long time.Duration, answers ...string) []tooltest.Scrape {
	instances := map[string]string{}
	for i, a := range answers {
		instances[string(rune('a'+i))+":80"] = a
	}
	return []tooltest.Scrape{{Answers: instances, Lasts: long + stepFor(long)}}
}

// stepFor makes days pass in few steps.
func stepFor(long time.Duration) time.Duration {
	if long >= 24*time.Hour {
		return time.Hour
	}
	return tooltest.Step
}

// TestAlerts has Prometheus find the alerts in what a real gateway says. The golden
// files hold them with all that people read; fires are their names.
func TestAlerts(t *testing.T) {
	well := []bus.Event{sound(unchanged), series(func(*backup.Status) {})}
	proven := []string{"CertificateExpires"} // by a test of its own
	for _, c := range []struct {
		name    string
		scrapes []tooltest.Scrape
		later   time.Duration // of now, after what the statuses call now
		fires   []string
	}{
		{name: "well", scrapes: lasting(24*time.Hour, scrape(t, well, nil))},
		{name: "due and pending wake nobody", scrapes: lasting(24*time.Hour, scrape(t, []bus.Event{
			sound(unchanged), series(func(s *backup.Status) { s.State = backup.Due }),
			series(func(s *backup.Status) { s.Series.Group, s.State, s.Files.Latest = "postgres/new", backup.Pending, nil }),
		}, nil))},
		{name: "late", fires: []string{"BackupLate"}, scrapes: lasting(0, scrape(t, []bus.Event{
			sound(unchanged), series(func(s *backup.Status) { s.State, s.Severity = backup.Late, backup.SeverityWarning }),
		}, nil))},
		{name: "missing and useless", fires: []string{"BackupMissing", "BackupSuspicious", "BackupUseless"}, scrapes: lasting(10*time.Minute, scrape(t, []bus.Event{
			sound(unchanged), boardtest.SeriesEvent(boardtest.Bad("postgres/b")),
		}, nil))},
		{name: "two gateways alert once", fires: []string{"BackupMissing", "BackupSuspicious", "BackupUseless"}, scrapes: lasting(10*time.Minute, scrape(t, []bus.Event{
			sound(unchanged), boardtest.SeriesEvent(boardtest.Bad("postgres/b")),
		}, nil), scrape(t, []bus.Event{sound(unchanged), boardtest.SeriesEvent(boardtest.Bad("postgres/b"))}, nil))},
		{name: "definitions broken", fires: []string{"BackupUnknown", "DefinitionsBroken"}, scrapes: lasting(30*time.Minute, scrape(t, []bus.Event{
			sound(func(d *backmonv1.DiskStatus) {
				d.DefinitionSound, d.Problems = false, []*backmonv1.Problem{{Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR}}
			}), boardtest.SeriesEvent(boardtest.Unseen("postgres/c")),
		}, nil))},
		{name: "disk not seen for a moment", scrapes: lasting(10*time.Minute, scrape(t, unseen(time.Hour), nil))},
		{name: "disk not seen", fires: []string{"DiskNotSeen"}, scrapes: lasting(40*time.Minute, scrape(t, unseen(time.Hour), nil))},
		{name: "disk not seen for long", fires: []string{"DiskNotSeen", "DiskNotSeenForLong"}, scrapes: lasting(40*time.Minute, scrape(t, unseen(7*time.Hour), nil))},
		{name: "disk never seen", fires: []string{"DiskNotSeen", "DiskNotSeenForLong"}, scrapes: lasting(40*time.Minute, scrape(t, []bus.Event{boardtest.DiskEvent(boardtest.UnseenDisk("db"))}, nil))},
		{name: "backups vanished", fires: []string{"BackupsVanished"}, scrapes: lasting(0, scrape(t, []bus.Event{sound(func(d *backmonv1.DiskStatus) {
			d.Flags = []backmonv1.DiskFlag{backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE}
		})}, nil))},
		{name: "nearly full", fires: []string{"DiskNearlyFull"}, scrapes: lasting(2*time.Hour, scrape(t, []bus.Event{sound(func(d *backmonv1.DiskStatus) {
			d.Totals.QuotaBytes = d.Totals.Bytes + d.Totals.Bytes/20
		})}, nil))},
		{name: "over quota", fires: []string{"DiskOverQuota"}, scrapes: lasting(2*time.Hour, scrape(t, []bus.Event{sound(func(d *backmonv1.DiskStatus) {
			d.Totals.QuotaBytes, d.Flags = d.Totals.Bytes/2, []backmonv1.DiskFlag{backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA}
		})}, nil))},
		{name: "purging refused for two days", scrapes: lasting(48*time.Hour, scrape(t, well, []bus.AuditEvent{refused(boardtest.Status("postgres/a").Series, "denied")}))},
		{name: "purging refused for four days", fires: []string{"PurgingBlocked"}, scrapes: lasting(96*time.Hour, scrape(t, well, []bus.AuditEvent{refused(boardtest.Status("postgres/a").Series, "denied")}))},
		{name: "held for four days", scrapes: lasting(96*time.Hour, scrape(t, well, []bus.AuditEvent{refused(boardtest.Status("postgres/a").Series, "hold")}))},
		{name: "slow", fires: []string{"ScanSlow"}, scrapes: lasting(time.Hour, scrape(t, []bus.Event{sound(func(d *backmonv1.DiskStatus) {
			d.Cost.Elapsed = durationpb.New(40 * time.Minute)
		})}, nil))},
		{name: "statuses grow old", fires: []string{"DiskNotEvaluated"}, later: 4 * time.Hour, scrapes: lasting(time.Hour, scrape(t, well, nil))},
		{name: "nothing watched", fires: []string{"NothingWatched"}, scrapes: lasting(time.Hour, scrape(t, nil, nil))},
		{name: "down", fires: []string{"BackmonAbsent", "BackmonDown"}, scrapes: append(lasting(time.Hour, scrape(t, well, nil)), lasting(time.Hour, "")...)},
		{name: "one of two is down", fires: []string{"BackmonDown"}, scrapes: lasting(time.Hour, "", scrape(t, well, nil))},
		{name: "notices fail", fires: []string{"NotificationsFail"}, scrapes: append(
			lasting(time.Hour, notices(t, well, 0, 0)), lasting(30*time.Minute, notices(t, well, 2, 0))...,
		)},
		{name: "notices wait", fires: []string{"NotificationsStuck"}, scrapes: lasting(time.Hour, notices(t, well, 0, 3))},
	} {
		t.Run(c.name, func(t *testing.T) {
			scenario := tooltest.Scenario{Rules: rulesFile, Scrapes: c.scrapes, Now: boardtest.Noon.Add(c.later), Step: stepFor(c.scrapes[0].Lasts)}
			checkAlerts(t, scenario, c.fires)
		})
		proven = append(proven, c.fires...)
	}
	for _, name := range tooltest.AlertNames(t, rulesFile) {
		if !slices.Contains(proven, name) {
			t.Errorf("%s fires in no scenario", name)
		}
	}
}

// notices is a scrape of a gateway whose notifier gave up some notices, and holds
// others back.
func notices(t *testing.T, statuses []bus.Event, failed, waiting int) string {
	t.Helper()
	return with(scrape(t, statuses, nil), notifying(t, failed, waiting))
}

func TestCertificateAlert(t *testing.T) {
	// The certificate ends in an hour; the present of the test is a day before that.
	text := scrapeTLS(t, []bus.Event{sound(func(d *backmonv1.DiskStatus) {
		d.EvaluatedAt = timestamppb.New(time.Now().Add(-23 * time.Hour))
	})}, nil)
	_, rest, found := strings.Cut(text, "\nbackmon_tls_certificate_expiry_timestamp_seconds ")
	ends, _, _ := strings.Cut(rest, "\n")
	seconds, err := strconv.ParseFloat(ends, 64)
	if err != nil || !found {
		t.Fatalf("%v in\n%s", err, text)
	}
	scenario := tooltest.Scenario{Rules: rulesFile, Scrapes: lasting(2*time.Hour, text), Now: time.Unix(int64(seconds), 0).Add(-24 * time.Hour)}
	checkAlerts(t, scenario, []string{"CertificateExpires"})
	scenario.Now = scenario.Now.Add(-20 * 24 * time.Hour)
	if complaint := scenario.CheckAlerts(t, nil); complaint != "" {
		t.Errorf("three weeks before:\n%s", complaint)
	}
}

// unseen is a disk that was seen well that long ago, and not since.
func unseen(ago time.Duration) []bus.Event {
	lost := boardtest.UnseenDisk("db")
	lost.SucceededAt = timestamppb.New(boardtest.Noon.Add(-ago))
	return []bus.Event{boardtest.DiskEvent(lost), series(func(s *backup.Status) { s.State, s.Severity = backup.Unknown, backup.SeverityUnknown })}
}

// checkAlerts compares the alerts of the scenario with the golden file, and that with
// the names.
func checkAlerts(t *testing.T, s tooltest.Scenario, names []string) {
	t.Helper()
	file := filepath.Join("testdata", "alerts", filepath.Base(t.Name())+".json")
	if goldentest.Updating() {
		writeAlerts(t, file, tooltest.ReadAlerts(t, s.CheckAlerts(t, nil)))
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want []tooltest.Alert
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if complaint := s.CheckAlerts(t, want); complaint != "" {
		t.Errorf("promtool says (go test -update writes %s):\n%s", file, complaint)
	}
	var found []string
	for _, a := range want {
		found = append(found, a.Name)
	}
	slices.Sort(found)
	if diff := cmp.Diff(names, slices.Compact(found)); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
}

func writeAlerts(t *testing.T, file string, alerts []tooltest.Alert) {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(alerts); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
