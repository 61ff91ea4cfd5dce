package wire_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/backmon/backmon/pkg/backup"
	"github.com/backmon/backmon/pkg/wire"
	backmonv1 "github.com/backmon/backmon/proto/gen/backmon/v1"
)

// dice makes statuses from bytes, so that the fuzzer can steer them.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 7))} }

func (d dice) name() string {
	names := []string{"", "db", "a/b c", "ü ñ 日本", "with \x00 nul", "quote\"", "=2F", "\u202Ertl"}
	return names[d.IntN(len(names))]
}

func (d dice) group() string { return d.name() + string([]byte{byte(d.IntN(256)), 0xff}) }

func (d dice) instant() time.Time {
	if d.IntN(4) == 0 {
		return time.Time{}
	}
	return time.Unix(d.Int64N(4e9)-1e6, d.Int64N(1e9)).UTC()
}

func (d dice) span() time.Duration { return time.Duration(d.Int64N(int64(90 * backup.Day))) }

func (d dice) status() backup.Status {
	s := backup.Status{
		Series:   backup.SeriesID{Environment: d.name(), Disk: d.name(), Directory: d.name(), File: d.name(), Group: d.group()},
		State:    backup.States()[d.IntN(len(backup.States()))],
		Severity: backup.Severity(d.IntN(4)), Since: d.instant(), KnownSince: d.instant(), SeenAt: d.instant(), EvaluatedAt: d.instant(),
		Policy: backup.Policy{Schedule: d.name(), Timezone: d.name(), Grace: d.span(), Early: d.span(), Sort: d.name(), Purge: d.IntN(2) == 0, RetentionCount: d.IntN(99), RetentionAge: d.span(), Line: d.IntN(99), MinSize: d.Int64(), MaxSize: d.Int64()},
		Files:  backup.FileFacts{Count: d.IntN(999), Young: d.IntN(9), Bytes: d.Int64(), Future: d.IntN(3)},
		Slot:   backup.SlotFacts{Previous: d.instant(), Open: d.instant(), Deadline: d.instant(), Missed: d.IntN(1000), NextDeadline: d.instant()},
	}
	if d.IntN(2) == 0 {
		s.Flags = backup.Flags()[:1+d.IntN(len(backup.Flags()))]
		s.Reasons = []backup.Reason{{Code: d.name(), Text: d.name()}, {Code: "LATE", Text: "because"}}
		s.Policy.Labels = map[string]string{"team": d.name()}
		s.Policy.Keep = backup.Keep{Last: d.IntN(9), Hourly: d.IntN(9), Daily: 7, Weekly: d.IntN(5), Monthly: d.IntN(9), Yearly: d.IntN(3), Within: d.span()}
	}
	if d.IntN(2) == 0 {
		s.Files.Latest = d.latest()
		s.Files.Recent = []backup.RecentFile{{Time: d.instant(), Size: d.Int64()}, {Time: d.instant(), Size: 0}}
		s.Expired = backup.ExpiredFacts{Count: 1 + d.IntN(9), Bytes: d.Int64(), Files: []backup.ExpiredFile{{
			Key: d.group(), Size: d.Int64(), ModifiedAt: d.instant(), ETag: d.name(), Time: d.instant(), HasStat: d.IntN(2) == 0, Reason: d.name(),
		}}}
	}
	return s
}

func (d dice) latest() *backup.LatestFile {
	return &backup.LatestFile{
		File: backup.File{
			Key: d.group(), Size: d.Int64(), ModifiedAt: d.instant(), ETag: d.name(),
			Stat: backup.Stat{BornAt: d.instant(), ModifiedAt: d.instant(), ArchivedAt: d.instant()},
		},
		Time: d.instant(), Good: d.IntN(2) == 0, Future: d.IntN(2) == 0,
	}
}

// roundTrip sends a status over the wire, bytes and all.
func roundTrip(t *testing.T, s backup.Status) backup.Status {
	t.Helper()
	data, err := proto.Marshal(wire.Status(s, &backmonv1.Fence{Job: 1, Delivery: 2, Run: "r"}))
	if err != nil {
		t.Fatalf("marshal: %v", err)
	}
	var m backmonv1.BackupStatus
	if err := proto.Unmarshal(data, &m); err != nil {
		t.Fatalf("unmarshal: %v", err)
	}
	return wire.ParseStatus(&m)
}

func TestStatusRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		want := newDice(seed).status()
		if diff := cmp.Diff(want, roundTrip(t, want)); diff != "" {
			t.Fatalf("seed %d: the status changed on the wire (-want +got):\n%s", seed, diff)
		}
	}
}

func FuzzStatusRoundTrip(f *testing.F) {
	f.Add(uint64(1), "group", "reason\xff")
	f.Fuzz(func(t *testing.T, seed uint64, group, reason string) {
		want := newDice(seed).status()
		want.Series.Group = group
		want.Reasons = []backup.Reason{{Code: "LATE", Text: reason}}
		got := roundTrip(t, want)
		if got.Series != want.Series {
			t.Errorf("series %q became %q", want.Series, got.Series)
		}
		if again := roundTrip(t, got); !cmp.Equal(got, again) {
			t.Errorf("not stable:\n%s", cmp.Diff(got, again))
		}
	})
}

// FuzzParseStatus holds a reader against whatever a newer or broken writer sends.
func FuzzParseStatus(f *testing.F) {
	seed, err := proto.Marshal(wire.Status(newDice(3).status(), nil))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{0x10, 0x7f, 0x1a, 0x01, 0x7f, 0x20, 0x7f})
	f.Fuzz(func(_ *testing.T, data []byte) {
		var m backmonv1.BackupStatus
		if proto.Unmarshal(data, &m) != nil {
			return
		}
		s := wire.ParseStatus(&m)
		_ = s.State.String() + s.Severity.String()
		for _, flag := range s.Flags {
			_ = flag.String()
		}
	})
}

func TestSameContent(t *testing.T) {
	base := newDice(5).status()
	base.State = backup.OK
	tests := map[string]struct {
		change func(*backup.Status)
		same   bool
	}{
		"nothing":        {func(*backup.Status) {}, true},
		"evaluated":      {func(s *backup.Status) { s.EvaluatedAt = s.EvaluatedAt.Add(time.Hour) }, true},
		"seen":           {func(s *backup.Status) { s.SeenAt = s.SeenAt.Add(time.Hour) }, true},
		"state":          {func(s *backup.Status) { s.State = backup.Late }, false},
		"reason":         {func(s *backup.Status) { s.Reasons = []backup.Reason{{Code: "LATE", Text: "x"}} }, false},
		"count":          {func(s *backup.Status) { s.Files.Count++ }, false},
		"missed":         {func(s *backup.Status) { s.Slot.Missed++ }, false},
		"expired":        {func(s *backup.Status) { s.Expired.Count++; s.Expired.Bytes++ }, false},
		"retention-rule": {func(s *backup.Status) { s.Policy.RetentionCount++ }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			other := base
			test.change(&other)
			a := wire.Status(base, &backmonv1.Fence{Job: 1})
			b := wire.Status(other, &backmonv1.Fence{Job: 2})
			if got := wire.SameContent(a, b); got != test.same {
				t.Errorf("SameContent = %t, want %t", got, test.same)
			}
		})
	}
}

// TestEnumsAgree holds the numbers of the contract against those of the core.
func TestEnumsAgree(t *testing.T) {
	for _, s := range backup.States() {
		if got := backmonv1.State(s).String(); got != "STATE_"+s.String() {
			t.Errorf("state %s is %s on the wire", s, got)
		}
	}
	for _, f := range backup.Flags() {
		if got := backmonv1.Flag(f).String(); got != "FLAG_"+f.String() {
			t.Errorf("flag %s is %s on the wire", f, got)
		}
	}
	if n := len(backmonv1.State_name); n != len(backup.States())+1 {
		t.Errorf("%d states on the wire, %d in the core", n-1, len(backup.States()))
	}
	if n := len(backmonv1.Flag_name); n != len(backup.Flags())+1 {
		t.Errorf("%d flags on the wire, %d in the core", n-1, len(backup.Flags()))
	}
}

func TestProblemsRoundTrip(t *testing.T) {
	want := []backup.Problem{
		{Level: backup.Error, File: "backup_definitions.yaml", Line: 3, Column: 9, Path: "directories.db", Message: "bad", Hint: "do this", Excerpt: backup.Excerpt{Line: 2, Text: "a\nb: c"}},
		{Level: backup.Warning, Message: "odd"},
	}
	if diff := cmp.Diff(want, wire.ParseProblems(wire.Problems(want))); diff != "" {
		t.Error(diff)
	}
}

func TestDiskParts(t *testing.T) {
	rule := &backup.Rule{Alias: "x", Line: 7}
	totals := wire.Totals(backup.Totals{Files: 5, Bytes: 6, Matched: 4, Unmatched: 1, UnmatchedSamples: []string{"a\xff"}, OrphanedStats: 2}, 99)
	if totals.GetQuotaBytes() != 99 || totals.GetOrphanedStats() != 2 || string(totals.GetUnmatchedSamples()[0]) != "a\xff" {
		t.Errorf("totals = %v", totals)
	}
	files := wire.AmbiguousFiles([]backup.AmbiguousFile{{Key: "k", Rules: []*backup.Rule{rule}}})
	if got := files[0].GetRules()[0]; got != "x (line 7)" {
		t.Errorf("rule = %q", got)
	}
	counts := wire.StateCounts([]backup.Status{{State: backup.OK}, {State: backup.OK}, {State: backup.Gone}, {State: backup.Late}})
	if len(counts) != 2 || counts[0].GetSeries() != 2 || counts[1].GetState() != backmonv1.State_STATE_LATE {
		t.Errorf("counts = %v", counts)
	}
}
