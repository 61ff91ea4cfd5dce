package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/bus"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
	"github.com/backmon/backmon/services/gateway/board/boardtest"
)

// list is what a list of statuses answers with.
type list struct {
	Total, All, Page, Pages int
	Next                    string
	States, Severities      map[string]int
	Series                  []struct {
		Environment, Group, State, URL, Page_URL string //nolint:revive // as the JSON has it
	}
}

func (l list) names() string {
	var all []string
	for _, s := range l.Series {
		all = append(all, s.Environment+":"+s.Group)
	}
	return strings.Join(all, " ")
}

func TestStatuses(t *testing.T) {
	f := some(t)
	for _, c := range []struct{ query, want string }{
		{"", "4 of 4, map[MISSING:1 OK:2 UNKNOWN:1] map[critical:1 ok:2 unknown:1]: prod:b/c prod:d prod:a test:a"},
		{"?env=prod&state=OK", "1 of 4, map[MISSING:1 OK:1 UNKNOWN:1] map[ok:1]: prod:a"},
		{"?sort=-name&limit=2", "4 of 4, map[MISSING:1 OK:2 UNKNOWN:1] map[critical:1 ok:2 unknown:1]: test:a prod:b/c"},
		{"?q=nothing", "0 of 4, map[] map[]: "},
	} {
		t.Run(c.query, func(t *testing.T) {
			l := decode[list](t, f.get(t, "/api/v1/statuses"+c.query))
			if got := fmt.Sprintf("%d of %d, %v %v: %s", l.Total, l.All, l.States, l.Severities, l.names()); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// Next leads through all parts, whether the first was asked for by its number or
// not, and keeps the query.
func TestStatusesInParts(t *testing.T) {
	f := some(t)
	for _, first := range []string{"/api/v1/statuses?limit=1&disk=db", "/api/v1/statuses?limit=1&disk=db&page=1"} {
		var seen []string
		for next := first; next != ""; {
			l := decode[list](t, f.get(t, next))
			if l.Total != 4 || len(l.Series) != 1 {
				t.Fatalf("%s: %+v", next, l)
			}
			seen, next = append(seen, l.names()), l.Next
		}
		if got := strings.Join(seen, " "); got != "prod:b/c prod:d prod:a test:a" {
			t.Errorf("from %s: %s", first, got)
		}
	}
}

// Where a status says that more is told, it is.
func TestLinksLead(t *testing.T) {
	f := some(t)
	for _, s := range decode[list](t, f.get(t, "/api/v1/statuses")).Series {
		got := decode[struct{ Environment, Group string }](t, f.get(t, s.URL))
		if got.Environment != s.Environment || got.Group != s.Group {
			t.Errorf("%s leads to %+v", s.URL, got)
		}
		if !strings.HasPrefix(s.Page_URL, "/series/") {
			t.Errorf("the page is %q", s.Page_URL)
		}
	}
}

// seriesAnswer is what one series answers with.
type seriesAnswer struct {
	State        string
	Purge_Block  *struct{ Code string } //nolint:revive // as the JSON has it
	Download_URL string                 //nolint:revive // as the JSON has it
	Slots        []struct {
		At      time.Time
		Outcome string
	}
	History  []struct{ State string }
	Expiring []struct{ Key, Reason string }
}

func (s seriesAnswer) slots() string {
	var all []string
	for _, slot := range s.Slots {
		all = append(all, slot.Outcome)
	}
	return strings.Join(all, " ")
}

func TestSeries(t *testing.T) {
	yesterday := time.Now().UTC().Truncate(24 * time.Hour).Add(-24 * time.Hour)
	night := func(day int) backup.Status {
		s := boardtest.Status("a")
		s.EvaluatedAt = yesterday.Add(time.Duration(day)*24*time.Hour + 4*time.Hour)
		for d := range 4 + day {
			s.Files.Recent = append(s.Files.Recent, backup.RecentFile{Time: s.EvaluatedAt.Add(-time.Duration(d)*24*time.Hour - 2*time.Hour), Size: 5})
		}
		return s
	}
	last := night(0)
	last.Expired.Files = []backup.ExpiredFile{{Key: "old", Size: 3, Time: yesterday, Reason: "beyond the 7 newest"}}
	disk := boardtest.Disk("db")
	disk.SucceededAt = timestamppb.New(time.Now())
	f := newFixture(t, boardtest.DiskEvent(disk), boardtest.SeriesEvent(last), boardtest.SeriesEvent(boardtest.Bad("b")), current())
	f.bus.Past = map[backup.SeriesID][]backup.Status{last.Series: {night(-2), night(-1), night(0)}, boardtest.Bad("b").Series: {boardtest.Bad("b")}}
	const path = "/api/v1/series/prod/db/postgres/nightly/"

	got := decode[seriesAnswer](t, f.get(t, path+"a?slots=3&history=2"))
	// Today's slot, at 2, is empty; before 3 it is open, and before 2 it has not come.
	want := map[bool]string{true: "met met missed", false: "met met open"}[time.Now().UTC().Hour() >= 3]
	if time.Now().UTC().Hour() < 2 {
		want = "met met met"
	}
	if got.slots() != want {
		t.Errorf("slots %s, want %s", got.slots(), want)
	}
	if len(got.History) != 2 || got.History[0].State != "OK" {
		t.Errorf("history %+v", got.History)
	}
	if len(got.Expiring) != 1 || got.Expiring[0].Reason != "beyond the 7 newest" || got.Purge_Block != nil {
		t.Errorf("expiring %+v, block %+v", got.Expiring, got.Purge_Block)
	}
	if got.Download_URL != path+"a/download" {
		t.Errorf("download %q", got.Download_URL)
	}
	if file := f.get(t, got.Download_URL); file.body != "file of prod:db a" {
		t.Errorf("the file is %q", file.body)
	}
	if bad := decode[seriesAnswer](t, f.get(t, path+"b")); bad.Purge_Block == nil || bad.Purge_Block.Code != "MISSING" || len(bad.History) != 1 {
		t.Errorf("a missing series: %+v", bad)
	}
}

// The past needs NATS, the last status does not.
func TestSeriesWithoutTheBus(t *testing.T) {
	f := some(t)
	f.bus.Err = bus.ErrDisconnected
	const path = "/api/v1/series/prod/db/postgres/nightly/a"
	wantProblem(t, f.get(t, path), 503, "slots=0&history=0")
	if got := decode[seriesAnswer](t, f.get(t, path+"?slots=0&history=0")); got.State != "OK" || got.Slots == nil || got.History == nil {
		t.Errorf("the last status alone: %+v", got)
	}
}

// A schedule that this version can't read is no reason to tell nothing.
func TestSeriesWithoutSlots(t *testing.T) {
	s := boardtest.Status("a")
	s.Policy.Schedule = "at dawn"
	f := newFixture(t, boardtest.SeriesEvent(s), current())
	got := decode[map[string]any](t, f.get(t, "/api/v1/series/prod/db/postgres/nightly/a"))
	if text, _ := got["slots_error"].(string); !strings.Contains(text, "at dawn") {
		t.Errorf("slots_error %q", text)
	}
}

func TestDisks(t *testing.T) {
	f := some(t)
	type disk struct {
		Environment, Disk, Severity, URL string
		Counts                           struct {
			Series int
			States map[string]int
		}
	}
	text := func(query string) string {
		var all []string
		for _, d := range decode[struct{ Disks []disk }](t, f.get(t, "/api/v1/disks"+query)).Disks {
			all = append(all, fmt.Sprint(d.Environment, ":", d.Disk, " ", d.Severity, " ", d.Counts.Series, " ", d.Counts.States))
		}
		return strings.Join(all, ", ")
	}
	for query, want := range map[string]string{
		"":                  "prod:db critical 3 map[MISSING:1 OK:1 UNKNOWN:1], prod:gone unknown 0 map[], test:db ok 1 map[OK:1]",
		"?disk=db&env=test": "test:db ok 1 map[OK:1]",
		"?disk=none":        "",
	} {
		if got := text(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestDisk(t *testing.T) {
	d := boardtest.Disk("db")
	d.Flags = []backmonv1.DiskFlag{backmonv1.DiskFlag_DISK_FLAG_OVER_QUOTA, backmonv1.DiskFlag_DISK_FLAG_MASS_DELETE}
	d.ErrorKind, d.Error = backmonv1.ErrorKind_ERROR_KIND_ACCESS_DENIED, "access denied"
	d.Totals.UnmatchedSamples = [][]byte{[]byte("a/\xff"), []byte("b")}
	d.AmbiguousSamples = []*backmonv1.AmbiguousFile{{Key: []byte("\xff"), Rules: []string{"x (line 3)"}}}
	d.Problems = []*backmonv1.Problem{{
		Level: backmonv1.ProblemLevel_PROBLEM_LEVEL_ERROR, File: "backup_definitions.yaml", Line: 3, Column: 5, Path: "directories", Message: "unknown key",
		Hint: `did you mean "files"?`, Excerpt: &backmonv1.Excerpt{Line: 2, Text: "a\nb"},
	}}
	f := newFixture(t, boardtest.DiskEvent(d), boardtest.SeriesEvent(boardtest.Status("a")), current())
	got := decode[struct {
		Error_Kind, Severity string //nolint:revive // as the JSON has it
		Flags                []string
		Definition_Problems  []struct { //nolint:revive // as the JSON has it
			Line, Column int
			Hint         string
			Excerpt      struct{ Text string }
		}
		Unmatched_Samples []string //nolint:revive // as the JSON has it
		Directories       []struct {
			Directory string
			Series    int
		}
	}](t, f.get(t, "/api/v1/disks/prod/db"))
	want := `{access-denied critical [OVER_QUOTA MASS_DELETE] [{3 5 did you mean "files"? {a` + "\nb" + `}}] ["a/\xff" b] [{postgres 1}]}`
	if text := fmt.Sprint(got); text != want {
		t.Errorf("disk %s\nwant %s", text, want)
	}
}

func TestEvaluate(t *testing.T) {
	f := some(t)
	for _, queued := range []bool{false, true} {
		f.bus.Queued = queued
		got := f.ask(t, "POST", "/api/v1/disks/prod/gone/evaluate", "")
		if got.status != 202 || decode[struct{ Coalesced bool }](t, got).Coalesced != queued {
			t.Errorf("queued %v: %d %s", queued, got.status, got.body)
		}
	}
	if found := f.bus.Found(); len(found) != 1 || found[0].GetDisk() != "gone" || found[0].GetTrigger() != backmonv1.Trigger_TRIGGER_REQUEST ||
		time.Since(found[0].GetRequestedAt().AsTime()) > patience {
		t.Errorf("published %v", found)
	}
	f.bus.Err = bus.ErrDisconnected
	wantProblem(t, f.ask(t, "POST", "/api/v1/disks/prod/db/evaluate", ""), 503, "NATS")
}

// What a page of 10,000 series costs.
func BenchmarkStatuses(b *testing.B) {
	f := newFixture(b, current())
	for i := range 10_000 {
		f.board.Apply(boardtest.SeriesEvent(boardtest.Status(fmt.Sprintf("customers/%05d", i))))
	}
	for b.Loop() {
		if got := f.send(b, "GET", "/api/v1/statuses?q=customers", ""); got.status != 200 {
			b.Fatal(got.status)
		}
	}
}
